"""Rules of links that teachers hand in: which may be one, what an answer says of it, and what to tell the teacher."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lti_tool.http import is_public
from lti_tool.language import later

LinkState = Literal["waiting", "open", "sign_in", "missing", "silent", "private", "unknown"]

WORDS: dict[str, str] = {
    "waiting": later("We are looking whether it opens for everybody."),
    "open": later("It opens for everybody."),
    "sign_in": later("Reviewers may not be able to open it: it asks to sign in. Set it to “anyone with the link”, then look again."),
    "missing": later("Nothing was found at this address. Open the link yourself, and correct it."),
    "silent": later("It did not answer when we looked. Open the link yourself; if it opens, all is well."),
    "private": later(
        "It leads into a private network: reviewers can’t open it. Upload the file, or share it where everybody can reach it."
    ),
    "unknown": later("We could not see whether it opens for everybody. Open it in a private window to find out."),
}
"""For the teacher, by LinkState. Only `open` is good news; the others are warnings, never a refusal."""

SIGN_IN = (
    ("accounts.google.com", ""),
    ("login.microsoftonline.com", ""),
    ("login.live.com", ""),
    ("", "/panopto/pages/auth/login"),
    ("", "/adfs/ls"),
    ("", "/idp/profile/saml2"),
    ("", "/shibboleth.sso/"),
    ("www.dropbox.com", "/login"),
    ("vimeo.com", "/log_in"),
)
"""Pages that ask who one is: host (empty for any) and how the path begins, in lower case."""

_LOCAL = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "onion")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,1000})", re.IGNORECASE)
_META = re.compile(r"<meta\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z:-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([a-z0-9_-]{1,40})""", re.IGNORECASE)
_MOST = {"title": 200, "site": 80, "description": 300}
_NAMES = {"og:title": "title", "og:site_name": "site", "og:description": "description", "description": "description"}


@dataclass(frozen=True)
class Answer:
    """What came back from one address: its status, where it sends to (empty when nowhere), its type and the begin of its body."""

    url: str
    status: int
    location: str
    media_type: str
    body: bytes


def is_web_address(url: str) -> bool:
    """Whether a browser can open it as a page: http(s), a host, nobody's password in it, nothing unprintable."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError:
        return False
    clean = url.isprintable() and " " not in url and "\\" not in url and len(url) <= 2000
    return clean and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def is_private_address(url: str) -> bool:
    """Whether a web address leads, by its words alone, to where only one network's people get."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    last = host.split(".")[-1]
    if ":" not in host and not _NUMBER.fullmatch(last):
        return last in (host, *_LOCAL)
    try:
        return not is_public(host)
    except ValueError:  # a number in one of the other ways in which browsers read one
        return True


def has_usual_port(url: str) -> bool:
    """Whether a web address stands at the port of its scheme: we look at no other."""
    parts = urlsplit(url)
    return parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))


def asks_to_sign_in(url: str) -> bool:
    """Whether this is a page that asks who one is."""
    parts = urlsplit(url.lower())
    return any((not host or parts.hostname == host) and parts.path.startswith(path) for host, path in SIGN_IN)


def judged(answer: Answer) -> LinkState:
    """What the last answer, which sends nowhere else, says of a link."""
    if answer.status in (401, 403, 407) or asks_to_sign_in(answer.url):
        return "sign_in"
    if answer.status in (404, 410):
        return "missing"
    if 200 <= answer.status < 300:
        return "open"
    return "silent" if answer.status >= 500 else "unknown"


def about(answer: Answer) -> dict[str, str]:
    """What a page says of itself: title, site and description, as plain text, each only where it is said."""
    if answer.media_type.partition(";")[0].strip().lower() not in ("text/html", "application/xhtml+xml"):
        return {}
    found: dict[str, str] = {}
    page = _text(answer)
    if title := _TITLE.search(page):
        found["title"] = title[1]
    for meta in _META.finditer(page):
        given = {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(meta[1])}
        said = (given.get("property") or given.get("name") or "").lower()
        name = _NAMES.get(said, "")
        if name and given.get("content") and (said.startswith("og:") or name not in found):
            found[name] = given["content"]
    words = {name: _words(text)[: _MOST[name]] for name, text in found.items()}
    return {name: text for name, text in words.items() if text}


def _text(answer: Answer) -> str:
    said = _CHARSET.search(answer.media_type) or _CHARSET.search(answer.body[:2048].decode("latin-1"))
    try:
        return answer.body.decode(said[1] if said else "utf-8", errors="replace")
    except (LookupError, ValueError):
        return answer.body.decode("utf-8", errors="replace")


def _words(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in html.unescape(text)).split())


def shown(state: str, about: Mapping[str, str]) -> str:
    """A link's title with its site, for a list; empty where nothing is known."""
    title, site = about.get("title", ""), about.get("site", "")
    return f"{title} ({site})" if title and site and site.lower() not in title.lower() else title or site if state == "open" else ""
