"""Which shapes of a badge were already found to be covered whole by their signature.

Before signing, a document is expanded and compacted to see that no context drops a term (VC Data Integrity 1.0, section 2.4.1): that
takes as long as the signature. Awards of one version by one issuer differ only in values that this tool makes itself, such as
identifiers and times. Once one such document has been looked at, the others have the same shape and need no look of their own.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

_URL: Final = r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._-]+)+"
_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_OWN: Final = {
    path: re.compile(pattern, re.ASCII)
    for path, pattern in {
        ("id",): _URL,
        ("validFrom",): _TIME,
        ("validUntil",): _TIME,
        ("awardedDate",): _TIME,
        ("credentialSubject", "id"): r"urn:uuid:[0-9a-f-]{36}",
        ("credentialSubject", "identifier", 0, "identityHash"): r"sha256\$[0-9a-f]{64}",
        ("credentialSubject", "identifier", 0, "salt"): r"[0-9a-f]{8,64}",
        ("credentialStatus", "id"): _URL + r"#\d{1,9}",
        ("credentialStatus", "statusListIndex"): r"\d{1,9}",
        ("credentialStatus", "statusListCredential"): _URL,
    }.items()
}
"""Values of our own making, by where they stand; only what looks exactly so is left out of a shape."""
_MOST: Final = 1000
_known: set[bytes] = set()


def of(document: dict[str, Any], verification_method: str) -> bytes:
    """The shape: the same for two documents that differ in values of our own making only. Raises ValueError for what is no JSON."""
    text = json.dumps([_plain(document, ()), verification_method], separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def known(shape: bytes) -> bool:
    """Whether a document of this shape was looked at in this process."""
    return shape in _known


def remember(shape: bytes) -> None:
    """A document of this shape was found sound."""
    if len(_known) >= _MOST:
        _known.clear()
    _known.add(shape)


def _plain(value: Any, path: tuple[str | int, ...]) -> Any:
    if isinstance(value, dict):
        return [[key, _plain(inner, (*path, key))] for key, inner in value.items()]
    if isinstance(value, list):
        return {"list": [_plain(inner, (*path, number)) for number, inner in enumerate(value)]}
    pattern = _OWN.get(path)
    if pattern is not None and isinstance(value, str) and pattern.fullmatch(value):
        return {"own": True}
    return {"is": value}
