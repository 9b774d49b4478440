"""The time that a run has: what would not be done in it is left to the next run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

# Kept for the last publication and the answer.
RESERVE_MS = 10_000
_SAFETY = 1.5


class Budget:
    """Told by `remaining_ms`, and by what took longest so far. Any thread may ask."""

    def __init__(
        self, remaining_ms: Callable[[], int], timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._remaining_ms = remaining_ms
        self._timer = timer
        self._lock = Lock()
        self._longest_ms = 0.0

    def is_over(self) -> bool:
        """Whether nothing more should be begun: it might be killed before it is published."""
        return self._remaining_ms() < RESERVE_MS + self._longest_ms * _SAFETY

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Learns from the block how long a piece of work may take."""
        start = self._timer()
        yield
        with self._lock:
            self._longest_ms = max(self._longest_ms, (self._timer() - start) * 1000)
