"""What a request says of our own address counts for nothing: the settings say where the tool stands.

A redirect that adds a slash is made from the Host header, and an error page needs a Host that can be read. Probes and proxies
name hosts of their own, so a foreign name is replaced, not refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from lti_tool.tool import Tool

_ASCII = "".join(map(chr, range(0x21, 0x7F)))


@lru_cache(maxsize=8)
def _host(url: str) -> str:
    return urlsplit(url).netloc


def guard(wsgi: Any, here: Tool) -> Any:
    """The application behind a door where Host is one of ours and the query is ASCII: other bytes count as percent-encoded ones."""

    def guarded(environ: dict[str, Any], start_response: Any) -> Any:
        ours, evidence = _host(here.settings.base_url), _host(here.settings.evidence_origin)
        if environ.get("HTTP_HOST") not in (ours, evidence):
            environ["HTTP_HOST"] = ours
        if query := environ.get("QUERY_STRING"):
            environ["QUERY_STRING"] = quote(query, safe=_ASCII, encoding="latin-1")
        return wsgi(environ, start_response)

    return guarded
