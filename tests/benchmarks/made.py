"""What was made for a benchmark is kept in a folder, and made again where its recipe is another."""

import os
import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from tests.benchmarks.apart import ROOT

# With what is made for all benchmarks it takes some ten GB.
HOME = Path(os.environ.get("BENCH_DATA", ROOT / ".waypost/benchmarks"))
_ALWAYS = ("shapes", "tenant", "people")


def folder(name: str, of: object, make: Callable[[Path], object], *recipes: str) -> Path:
    """The folder that `make` fills, filled. `of` is what it is made of, `recipes` are the modules
    that make it.
    """
    files = [ROOT / f"tests/benchmarks/{recipe}.py" for recipe in (*_ALWAYS, *recipes)]
    recipe = "".join(file.read_text() for file in files)
    digest = blake2b(f"{recipe}{of!r}".encode(), digest_size=6).hexdigest()
    path = HOME / f"{name}-{digest}"
    if not path.exists():
        for stale in HOME.glob(f"{name}-*"):
            shutil.rmtree(stale)
        draft = HOME / f"draft-{name}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        make(draft)
        draft.rename(path)
    return path
