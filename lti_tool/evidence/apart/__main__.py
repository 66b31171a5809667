"""The process of its own: `python -m lti_tool.evidence.apart KIND FOLDER` reads FOLDER/original, writes copy, preview and result."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from lti_tool.evidence.apart.found import Found

_MEMORY = 1 << 30
_PROCESSOR = 20  # seconds
_WRITTEN = 600 << 20
_EXAMINERS = {
    "picture": ("pictures", "examine"),
    "pdf": ("pdf", "examine"),
    "office": ("office", "examine"),
    "old_office": ("office", "examine_old"),
}


def limit() -> None:
    """From here on: this much memory, processor time and disk, no core file, no child."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _PROCESSOR),
        (resource.RLIMIT_FSIZE, _WRITTEN),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _examiner(kind: str) -> Callable[[Path, Path, Path], Found]:
    # Each library is loaded only where it is needed.
    module, name = _EXAMINERS[kind]
    examiner: Callable[[Path, Path, Path], Found] = getattr(import_module(f"{__package__}.{module}"), name)
    return examiner


def main(kind: str, folder: Path) -> None:
    """Examine, and leave the result as JSON."""
    limit()
    found = _examiner(kind)(folder / "original", folder / "copy", folder / "preview")
    (folder / "result").write_text(json.dumps(vars(found)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
