"""Whether there is time for one more piece of work, judged by what the ones before it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

# Kept for the answer: in it a last call may hang for six seconds, and a full batch takes a hundred
# calls to tell SQS what was not done. No call of the work itself is begun in it.
RESERVE_MS = 15_000
_LEAST_MS = 5_000
_FIRST_GUESS_MS = 5.0
# Pieces differ: one may meet twice the new users of another.
_SAFETY = 1.5


class Pace:
    """The time that an event takes in this invocation. Its methods may be called from any thread.

    What does not fit should not be begun: work that is cut off is work for nothing.
    """

    def __init__(
        self, remaining_ms: Callable[[], int], timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._remaining_ms = remaining_ms
        self._timer = timer
        self._lock = Lock()
        self._events, self._ms, self._begun = 0, 0.0, False

    def fits(self, events: int) -> bool:
        """Whether a piece of so many events may be begun.

        The first one may wherever there is any time at all: else a piece that is estimated above
        a whole invocation would never be begun.
        """
        with self._lock:
            first, self._begun = not self._begun, True
            each = self._ms / self._events if self._events else _FIRST_GUESS_MS
        estimate = 0.0 if first else _SAFETY * each * events
        return self._remaining_ms() >= max(_LEAST_MS, estimate) + RESERVE_MS

    def is_over(self) -> bool:
        """Whether there is no time for anything any more."""
        return self._remaining_ms() < _LEAST_MS + RESERVE_MS

    @contextmanager
    def timed(self, events: int) -> Iterator[None]:
        """Learns from the block how long so many events take, beside what other threads do."""
        start = self._timer()
        yield
        with self._lock:
            self._ms += (self._timer() - start) * 1000
            self._events += events
