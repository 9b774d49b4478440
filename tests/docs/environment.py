"""
What the recipes of `waypost sql` run with, in an environment of its own.

`make tools` runs this; without it the recipes that need it are skipped.
"""

import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[2] / ".tools" / "recipes"
# Later versions of dbt-core fetch a part of theirs from elsewhere while they are installed.
PACKAGES = ("dbt-core==1.11.16", "dbt-duckdb==1.11.1", "duckdb==2.0.0", "pandas==3.1.1")
BIN = HOME / "bin"
_READY = HOME / f"installed-{'-'.join(PACKAGES)}"


def missing() -> str | None:
    """Why no recipe can be run on this machine, or None where they can."""
    return None if _READY.exists() else "dbt and pandas are not installed; run `make tools`"


def install() -> None:
    """Installs what is absent."""
    if _READY.exists():
        return
    uv, quiet = str(Path(sys.executable).parent / "uv"), ["--quiet", "--python"]
    subprocess.run([uv, "venv", "--allow-existing", *quiet, sys.executable, HOME], check=True)
    subprocess.run([uv, "pip", "install", *quiet, BIN / "python", *PACKAGES], check=True)
    _READY.touch()


if __name__ == "__main__":
    install()
