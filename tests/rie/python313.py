"""
Finds the Python 3.13 that `sam build` wants; `python tests/rie/python313.py` prints its path.

A version manager's shim that leads nowhere, and a Python without pip, count as missing.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "python3.13"
USUAL = (
    ".tools/python/cpython-3.13*/bin",
    "~/.pyenv/versions/3.13*/bin",
    "~/.local/share/uv/python/cpython-3.13*/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/opt/*/bin",
)
_PROBE = "import sys, pip; assert sys.version_info[:2] == (3, 13); print(sys.executable)"
_PROBE_SECONDS = 20


class NoPython(Exception):
    """There is no such Python here; the message says what would help."""


def find() -> Path:
    """The interpreter, from PATH first and the usual places next. Raises `NoPython`."""
    for folder in _folders():
        if python := _probe(folder / NAME):
            return python
    raise NoPython(
        f"there is no {NAME} with pip, the functions' runtime that `sam build` wants: "
        "not on PATH, in .tools, ~/.pyenv, ~/.local/share/uv, /usr or /opt"
    )


def _folders() -> Iterator[Path]:
    yield from map(Path, os.get_exec_path())
    for pattern in USUAL:
        absolute = ROOT / Path(pattern).expanduser()
        relative = absolute.relative_to(absolute.anchor)
        yield from sorted(Path(absolute.anchor).glob(str(relative)), reverse=True)


def _probe(candidate: Path) -> Path | None:
    """Where the candidate really runs from, or None."""
    try:
        answer = subprocess.run(
            [candidate, "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    executable = Path(answer.stdout.strip())
    return executable if executable.name == NAME else candidate


if __name__ == "__main__":
    try:
        print(find())
    except NoPython as error:
        sys.exit(str(error))
