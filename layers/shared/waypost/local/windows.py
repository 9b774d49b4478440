"""Batching windows: a queue's messages are gathered before its function is called."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

QUIET_SECONDS = 0.2
_BATCH_BYTES = (
    4_000_000  # what AWS hands a function is at most 6 MB, with all that surrounds bodies
)

Messages = list[dict[str, Any]]


def open_for(arrived: list[float], now: float, *, window: float, size: int) -> float:
    """Seconds that a batch still gathers; none when it is full, or its window is over.

    `arrived` are the times from which its messages could be had. Other than on AWS a window also
    closes when nothing more comes for a moment: who sends a first event does not wait for others.
    """
    if len(arrived) >= size:
        return 0.0
    return max(0.0, min(min(arrived) + window, max(arrived) + QUIET_SECONDS) - now)


@dataclass(frozen=True, slots=True)
class Gathering:
    """Receives a queue's messages for its function, once their batch is closed.

    `arrived` answers since when each message of a queue can be had, `receive` takes up to ten of
    them, `window` is the queue's in seconds, and `wake` has the emulator ask again.
    """

    receive: Callable[[str, int], Messages]
    arrived: Callable[[str], list[float]]
    window: Callable[[str], float]
    wake: Callable[[], None]
    clock: Callable[[], float] = time.time

    def __call__(self, queue: str, size: int) -> Messages:
        """The messages of the next batch, or none while it gathers."""
        window, arrived = self.window(queue), self.arrived(queue)
        if arrived and (wait := open_for(arrived, self.clock(), window=window, size=size)):
            timer = threading.Timer(wait, self.wake)
            timer.daemon = True
            timer.start()
            return []
        return self._take(queue, size)

    def _take(self, queue: str, size: int) -> Messages:
        batch: Messages = []
        while len(batch) < size and sum(len(m["body"]) for m in batch) < _BATCH_BYTES:
            more = self.receive(queue, min(10, size - len(batch)))
            if not more:
                break
            batch += more
        return batch
