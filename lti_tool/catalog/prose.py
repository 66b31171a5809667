"""Markdown as safe HTML: of authors, who write the microcredentials, and of everybody who writes evidence."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h2", "h3", "h4", "h5", "h6", "hr"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_prose = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_written = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough")
_written.disable(["code", "lheading", "reference", "entity", "image"])  # what would change or hide words of somebody who knows no Markdown
_MOST_MARKS = 3000  # past this a text is no Markdown of a person, and reading it as such would take seconds
_OPENS_OUTSIDE = ("https://", "http://", "mailto:")


def prose(text: str) -> Markup:
    """`text` (CommonMark and tables) as HTML: no raw HTML, no images, headings from h3 down, links in a new tab."""
    return _safe(_prose, text, 3)


def written(text: str, highest: int = 4) -> Markup:
    """The same for what is written as evidence. Plain text stays as it was typed: each line end is one, no word is lost.

    `highest` (2 to 4) is the level of its first headings: one below that of the heading that it stands under.
    """
    if sum(map(text.count, "[]*_~<>`\n")) > _MOST_MARKS:
        return Markup('<p class="as-written">{}</p>').format(text)
    return _safe(_written, text, highest)


def _safe(markdown: MarkdownIt, text: str, highest: int) -> Markup:
    tokens = markdown.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, max(highest, int(token.tag[1]) + (2 if markdown is _prose else highest - 2)))}"
    html = nh3.clean(
        markdown.renderer.render(tokens, markdown.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"https", "http", "mailto"},
        attribute_filter=_attribute,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(html)  # noqa: S704 (nh3 just cleaned it)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    fine = name in ("start", "target", "rel") or (name == "href" and value.lower().startswith(_OPENS_OUTSIDE))
    return value if fine else None
