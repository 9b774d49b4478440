"""The time that a run has left, and how it is spent on what did not work at once.

Pauses are "full jitter" (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog):
anywhere in a span that doubles, so that runs that were throttled together do not come back
together. How often something is tried has no number of its own: it is tried as long as there is
time, since what gives up before repeats everything later.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

# Seconds. The longest span keeps a run near what it waits for; sixteen runs that wait that long
# still ask twice a second.
FIRST_SPAN, LONGEST_SPAN = 0.05, 4.0
_DOUBLINGS = 7
# For a call outside of any run, as the command line makes it.
BUDGET = 13.0
# What is kept for the last try, which may hang, and for the answer.
RESERVE = 7.0
# Nothing may hang longer than until this before the end.
_ANSWER = 1.0


class Context(Protocol):
    """What Lambda tells a handler of its run, as far as anybody asks."""

    def get_remaining_time_in_millis(self) -> int: ...


class Deadline:
    """When to stop trying. One is shared by everything in a process, by its threads as well.

    `clock` tells seconds that never go back, `sleep` waits for some, and `chance` takes a float
    between two others.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._end: float | None = None
        self._reserve = 0.0

    @contextmanager
    def run(self, remaining_ms: int, *, reserve: float = RESERVE) -> Iterator[None]:
        """A run that is ended by force in `remaining_ms`; `reserve` seconds before that nothing
        is tried again, so that the run can still say what became of it.
        """
        self._reserve = reserve
        self._end = self._clock() + remaining_ms / 1000
        try:
            yield
        finally:
            self._end = None

    def tries(self, most: int | None = None) -> Iterator[int]:
        """Numbers the tries from 0, with a pause before each but the first.

        It ends after `most`, or where the next pause would take longer than there is time; whoever
        is not done by then raises `Unavailable`. Outside of a run there are 13 seconds.
        """
        last = self._end - self._reserve if self._end is not None else self._clock() + BUDGET
        number = 0
        while True:
            yield number
            span = min(LONGEST_SPAN, FIRST_SPAN * 2 ** min(number, _DOUBLINGS))
            pause = self._chance(0.0, span)
            number += 1
            if number == most or self._clock() + pause >= last:
                return
            self._sleep(pause)

    def is_over(self) -> bool:
        """Whether a run should begin no further call, so that it can say what it did not do."""
        return self._end is not None and self._clock() >= self._end - self._reserve

    def patience(self, most: float) -> float:
        """How many seconds a call may take: `most`, or fewer where the run ends before.

        Not more than zero means that there is no time for it at all.
        """
        if self._end is None:
            return most
        return min(most, self._end - _ANSWER - self._clock())
