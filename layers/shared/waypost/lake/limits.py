"""
How much one question may take: seconds, and bytes that it fetches.

Bytes are known before they are fetched, so what is too much is refused at once. Time is not: a
thread of its own interrupts DuckDB where it is up.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from waypost.errors import TooLong

if TYPE_CHECKING:
    import duckdb

OUT_OF_TIME = "this question takes longer than an answer may"
OUT_OF_MEMORY = "this question takes more memory than an answer may"
_AGAIN = 0.2  # seconds: between two queries an interrupt meets nobody
_TELLS = 3.0  # seconds between two reports


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` tells how long a question that begins now may take, and `bytes` how much it may
    fetch. `told` hears every three seconds how many bytes are here, and of how many.
    """

    seconds: Callable[[], float] = lambda: math.inf
    bytes: float = math.inf
    told: Callable[[int, int], None] | None = None


UNLIMITED = Limits()


class Watch:
    """What one question took so far. Any thread may ask, and tell."""

    def __init__(self, limits: Limits, timer: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._timer = timer
        self._end = timer() + limits.seconds()
        self._lock = Lock()
        self._fetched, self._claimed = 0, 0

    def claim(self, size: int) -> None:
        """So many bytes are about to be fetched. Raises `TooLong` where that is too much."""
        with self._lock:
            self._claimed += size
        if self._claimed > self._limits.bytes:
            raise TooLong("this question reads more of the lake than an answer has time for")
        self.check()

    def came(self, size: int) -> None:
        """So many bytes are here. Raises `TooLong` where the time is up."""
        with self._lock:
            self._fetched += size
        self.check()

    def check(self) -> None:
        if self.left() <= 0:
            raise TooLong(OUT_OF_TIME)

    def left(self) -> float:
        """The seconds that are left."""
        return self._end - self._timer()

    def guard(self, db: "duckdb.DuckDBPyConnection", done: Event) -> None:
        """Until `done`: interrupts what runs in a database that has no time left, and tells."""
        while not done.wait(self._pause()):
            if self.left() <= 0:
                db.interrupt()
            if self._limits.told is not None:
                self._limits.told(self._fetched, max(self._fetched, self._claimed))

    def _pause(self) -> float:
        longest = math.inf if self._limits.told is None else _TELLS
        return max(_AGAIN, min(self.left(), longest))

    def needs_guard(self) -> bool:
        return self._limits.told is not None or self._end < math.inf


@contextmanager
def watched(limits: Limits, db: "duckdb.DuckDBPyConnection") -> Iterator[Watch]:
    """A question in a database, within limits."""
    watch, done = Watch(limits), Event()
    guard = Thread(target=watch.guard, args=(db, done), daemon=True)
    if watch.needs_guard():
        guard.start()
    try:
        yield watch
    finally:
        done.set()
        if guard.ident is not None:
            guard.join()
