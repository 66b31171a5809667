"""What teachers write as evidence, shown: plain text as it was typed, Markdown as headings and lists, and never anything that acts."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog.prose import _TAGS, written

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](\\javascript:alert(1))",
    "[a](<javascript:alert(1)>)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](//evil.example/x)",
    "[a](/s/frame/district)",
    '[a](https://x.example/"onmouseover="alert(1))',
    "[a](https://x.example 'x\" onclick=\"alert(1)')",
    '![a](x"onerror=alert(1))',
    "![a](https://x.example/track.png)",
    '<https://x.example/"onclick=alert(1)>',
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    '```"><script>alert(1)</script>\nx\n```',
    "`<script>alert(1)</script>`",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "<a href=https://x.example style=position:fixed;inset:0>a</a>",
    "<details ontoggle=alert(1) open>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "# <base href=//evil.example>",
    "- <meta http-equiv=refresh content=0;url=//evil.example>",
    "\u2028<script>\u2029alert(1)</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
)


class Reader(HTMLParser):
    """Every element with its attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def acts(html: str) -> list[str]:
    """What is more than text with headings, lists and links that open outside."""
    faults = []
    for tag, attributes in Reader(html).found:
        wanted = {"href", "target", "rel"} if tag == "a" else {"start"} if tag == "ol" else {"class"} if tag == "p" else set()
        if tag not in _TAGS or not set(attributes) <= wanted:
            faults.append(f"{tag} {attributes}")
        if tag == "a" and not (attributes.get("href") or "https://").lower().startswith(("https://", "http://", "mailto:")):
            faults.append(f"leads to {attributes['href']}")
    return faults


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "**{}**", "[{}](https://x.example)", "a\n{}\nb", "{}\n===", "{}" + "\n" * 3001])
def test_nothing_acts(payload: str, around: str) -> None:
    assert acts(written(around.replace("{}", payload))) == []


@given(st.text(st.one_of(st.sampled_from("<>[]()!\"'`*_~#&:/\\\n -1.=ajsx"), st.characters(exclude_categories=["Cs"])), max_size=200))
def test_nothing_acts_whatever_is_written(text: str) -> None:
    assert acts(written(text)) == []


@given(
    st.lists(
        st.sampled_from(["script", "onerror", "<", ">", "[", "](", ")", "javascript:", "https://x.example", '"', "!", "\n", "> ", "`"])
    )
)
def test_nothing_acts_whatever_is_put_together(parts: list[str]) -> None:
    assert acts(written("".join(parts))) == []


WORDS = st.text(st.characters(whitelist_categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=8)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=4)


@given(st.lists(LINES, min_size=1, max_size=4), st.sampled_from(["", " ", "    ", "\t"]))
def test_plain_text_keeps_its_words_lines_and_paragraphs(paragraphs: list[list[str]], indent: str) -> None:
    html = written("\n\n".join("\n".join(indent + line for line in lines) for lines in paragraphs))
    assert html.count("<p>") == len(paragraphs)
    assert html.count("<br>") == sum(len(lines) - 1 for lines in paragraphs)
    assert Reader(html).text.split() == [word for lines in paragraphs for line in lines for word in line.split()]


@pytest.mark.parametrize(
    "text",
    [
        "[a]: it is listed here",
        "![photo](of the board)",
        "AT&amp;T &lt;3",
        "class_of_2026_plan",
        "My plan\n-------\nstarts",
        "[sic]",
        "<u>not</u>",
    ],
)
def test_no_word_of_plain_text_is_lost(text: str) -> None:
    shown = Reader(written(text)).text
    assert all(word in shown for word in text.replace("-------", "").split())


def test_formatting_is_shown() -> None:
    html = written("## What I saw\n\n**Eight** of _ten_:\n\n- one\n- two\n\n1. first\n\n> Can I ask you?\n\n[Plan](https://x.example/plan)")
    for part in ("<h4>What I saw</h4>", "<strong>Eight</strong>", "<em>ten</em>", "<li>one</li>", "<ol>", "<blockquote>",
                 '<a href="https://x.example/plan" target="_blank" rel="noopener noreferrer">Plan</a>'):  # fmt: skip
        assert part in html


@pytest.mark.parametrize(
    "text", ["![" * 30_000, "[" * 60_000, "*_" * 30_000, "*a " * 20_000, "a\n" * 30_000, "<a@" * 20_000, "|a" * 30_000]
)
def test_no_text_is_slow_to_show(text: str) -> None:
    began = time.process_time()
    written(text)
    assert time.process_time() - began < 1
