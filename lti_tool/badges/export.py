"""Everything public about badges as plain files: a site that any file server can serve when this tool is gone, and that still verifies.

The files are what the tool answers, byte for byte, at the same paths. They have to be served at the same host name, for that name is
part of every badge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award, BadgeIssuer, IssuerKey, StatusList
from lti_tool.tool import Tool

Get = Callable[[str], tuple[int, str, bytes]]
"""path -> (status, content type, body), as a browser would be answered."""

_AWARD: Final = (".json", ".jwt", ".png", ".svg", "/image.svg", "/image.png", "/ob2.json", "/ob2.png", "/ob2.svg")
_ISSUER: Final = ("", "/did.json", "/profile.json", "/ob2.json", "/jwks.json")
_MENTIONED: Final = re.compile(r"""(?:href|src|content)="([^"\s]+)\"""")
_IN_STYLE: Final = re.compile(r"""url\(["']?([^"')]+)["']?\)""")
_README: Final = """This folder is a web site of badges. It needs no program: any server of plain files can serve it.

1. Serve it at {base}/ : the host name stands in every badge, so keep the name and its certificate.
2. Let a path without a file name answer its index.html (most servers do), .json as application/json, .jwt as text/plain.
3. Allow other sites to read it (header Access-Control-Allow-Origin: *), so that verifiers in a browser can.

Nothing here can be changed: the keys that signed the badges are not in it. A badge can't be revoked any more.
"""


class ExportFailed(Exception):
    """A file could not be made; the message says which."""


@dataclass
class Written:
    """What an export wrote."""

    awards: int = 0
    files: set[str] = field(default_factory=set)


def write(here: Tool, get: Get, folder: Path, *, district_id: UUID | None = None, say: Callable[[str], object] = lambda _: None) -> Written:
    """Write the site of one district, or of all. Raises ExportFailed; FileExistsError when something is in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(str(folder))
    done = Written()
    with here.database.read() as session:
        common, awards = list(_common(session, district_id)), list(_awards(session, district_id))
    (folder / "README.txt").write_text(_README.format(base=here.settings.base_url), encoding="utf-8")
    for path in common:
        _save(get, folder, path, done, here.settings.base_url)
    for number, path in enumerate(awards, 1):
        for part in ("", *_AWARD):
            _save(get, folder, path + part, done, here.settings.base_url)
        done.awards = number
        if number % 100 == 0 or number == len(awards):
            say(f"{number} of {len(awards)} badges")
    return done


def _common(session: Session, district_id: UUID | None) -> Iterator[str]:
    """Paths of issuers, their keys and lists, and of what badges refer to: also for badges whose pages are off."""
    yield "/.well-known/jwks.json"
    signing = select(IssuerKey.id).where(IssuerKey.issuer_id == BadgeIssuer.id).exists()
    query = select(BadgeIssuer).where(signing).order_by(BadgeIssuer.slug)
    for issuer in session.scalars(query if district_id is None else query.where(BadgeIssuer.district_id == district_id)).all():
        page = f"/issuers/{issuer.slug}"
        yield from (page + part for part in (*_ISSUER, *(("/logo.png",) if issuer.has_logo else ())))
        kids = select(IssuerKey.kid).where(IssuerKey.issuer_id == issuer.id, IssuerKey.kind == "rsa", IssuerKey.compromised_at.is_(None))
        yield from (f"{page}/keys/{kid}.json" for kid in session.scalars(kids))
        yield from (
            f"{page}/status/{number}.json" for number in session.scalars(select(StatusList.number).where(StatusList.issuer_id == issuer.id))
        )
        signed = select(Award.version_id, Award.awarded_at).where(Award.issuer_id == issuer.id, Award.signed_at.is_not(None))
        years = {(version_id, awarded_at.year) for version_id, awarded_at in session.execute(signed)}
        for version_id in sorted({version_id for version_id, _ in years}):
            yield from (f"{page}/microcredentials/{version_id}{part}" for part in ("", "/ob2.json"))
        yield from (f"{page}/microcredentials/{version_id}/{year}.png" for version_id, year in sorted(years))


def _awards(session: Session, district_id: UUID | None) -> Iterator[str]:
    query = select(Award.public_id).where(Award.is_public, Award.signed_at.is_not(None)).order_by(Award.id)
    for public_id in session.scalars(query if district_id is None else query.where(Award.district_id == district_id)):
        yield f"/badges/{public_id}"


def _save(get: Get, folder: Path, path: str, done: Written, base_url: str) -> None:
    """Write one answer, and what it needs to be seen: styles, pictures, scripts."""
    if path in done.files:
        return
    status, kind, body = get(path)
    if status != 200:
        raise ExportFailed(f"{path} answers {status}")
    done.files.add(path)
    name = unquote(path).lstrip("/")
    place = folder / (f"{name}/index.html" if kind.startswith("text/html") else name)
    if not place.resolve().is_relative_to(folder.resolve()):
        raise ExportFailed(f"{path} leads out of the folder")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(body)
    for needed in _needed(path, kind, body, base_url):
        _save(get, folder, needed, done, base_url)


def _needed(path: str, kind: str, body: bytes, base_url: str) -> Iterator[str]:
    """Paths of this host that an answer draws on: what is static, and parts of the page itself."""
    if kind.startswith("text/html"):
        mentioned = _MENTIONED.findall(body.decode())
    elif kind.startswith("text/css"):
        mentioned = _IN_STYLE.findall(body.decode())
    else:
        return
    for address in mentioned:
        whole = urlsplit(urljoin(base_url + path, address.replace("&amp;", "&")))
        ours = f"{whole.scheme}://{whole.netloc}" == base_url and not whole.query
        if ours and (whole.path.startswith("/static/") or whole.path.startswith((f"{path}/", f"{path}."))):
            yield whole.path
