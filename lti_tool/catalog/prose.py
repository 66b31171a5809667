"""Markdown of authors as safe HTML."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h3", "h4", "h5", "h6", "hr"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_renderer = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def prose(text: str) -> Markup:
    """`text` (CommonMark and tables) as HTML: no raw HTML, no images, headings from h3 down, links in a new tab."""
    tokens = _renderer.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = nh3.clean(
        _renderer.renderer.render(tokens, _renderer.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(html)  # noqa: S704 (nh3 just cleaned it)
