"""The process of its own: `python -m lti_tool.evidence.apart KIND FOLDER` reads FOLDER/original, writes copy, preview and result."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from lti_tool.evidence.apart.found import Found

_MEMORY = 1 << 30
_PROCESSOR = 20  # seconds
_WRITTEN = 600 << 20


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
    if kind == "picture":
        from lti_tool.evidence.apart.pictures import examine
    elif kind == "pdf":
        from lti_tool.evidence.apart.pdf import examine
    else:
        from lti_tool.evidence.apart.office import examine, examine_old

        return examine_old if kind == "old_office" else examine
    return examine


def main(kind: str, folder: Path) -> None:
    """Examine, and leave the result as JSON."""
    limit()
    found = _examiner(kind)(folder / "original", folder / "copy", folder / "preview")
    (folder / "result").write_text(json.dumps(vars(found)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
