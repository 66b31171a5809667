"""What an examiner says of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Found:
    """`outcome` and `reason` as in stored_models.StoredFile; the size of the copy of a picture in pixels."""

    outcome: str
    reason: str = ""
    width: int = 0
    height: int = 0
