"""
How much a random or exhaustive test tries: a taste in `make quick`, one round in `make test`,
everything in `make soak`. `WAYPOST_EFFORT` says which; without it, it is `test`.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
N = TypeVar("N", int, float)
LEVELS = ("quick", "test", "soak")
LEVEL = os.environ.get("WAYPOST_EFFORT", "test")
assert LEVEL in LEVELS, f"WAYPOST_EFFORT={LEVEL} is none of {', '.join(LEVELS)}"


def times(quick: N, test: N, soak: N, *, level: str = LEVEL) -> N:
    """How often to try, or how much."""
    return {"quick": quick, "test": test, "soak": soak}[level]


def every(nth: int, things: Sequence[T], *, level: str = LEVEL) -> Sequence[T]:
    """The first of the things, each `nth` after it and the last one; all of them in `make soak`."""
    last = len(things) - 1
    return [thing for n, thing in enumerate(things) if level == "soak" or n % nth == 0 or n == last]
