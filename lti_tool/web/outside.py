"""What a request says of our own address counts for nothing: the settings say where the tool stands.

A redirect that adds a slash is made from the Host header, and an error page needs a Host that can be read. Probes and proxies
name hosts of their own, so a foreign name is replaced, not refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from lti_tool.tool import Tool

WANTED = "lti_tool.headers"
"""Where a request's environment keeps the headers that its answer gets here: each would be looked at several times on its way otherwise."""
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


@lru_cache(maxsize=8)
def _host(url: str) -> str:
    return urlsplit(url).netloc


def guard(wsgi: Any, here: Tool) -> Any:
    """The application behind a door where Host is one of ours and the query is ASCII: other bytes count as percent-encoded ones.

    Its answers go out with the headers that it wants for all of them, unless one says otherwise.
    """

    def guarded(environ: dict[str, Any], start_response: Any) -> Any:
        ours, evidence = _host(here.settings.base_url), _host(here.settings.evidence_origin)
        if environ.get("HTTP_HOST") not in (ours, evidence):
            environ["HTTP_HOST"] = ours
        if query := environ.get("QUERY_STRING"):
            environ["QUERY_STRING"] = quote(query, safe=_ASCII, encoding="latin-1")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said = {name.lower() for name, _ in headers}
            headers.extend(header for header in environ.get(WANTED, ()) if header[0].lower() not in said)
            return start_response(status, headers, exc_info)

        return wsgi(environ, start)

    return guarded
