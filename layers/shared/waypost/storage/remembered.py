"""What was read a moment ago, so that not every request asks DynamoDB again."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from waypost.errors import Unavailable

T = TypeVar("T")
Clock = Callable[[], float]

SECONDS = 60.0
# What is not there may just be about to be made: a new tenant's first event should not wait.
SECONDS_OF_NOTHING = 5.0
# Until what could not be read again is tried again.
SECONDS_STALE = 5.0


class Remembered(Generic[T]):
    """Values by key, each read at most once a minute; a value of None once in five seconds.

    A value whose minute is over, and which cannot be read again now, serves for five seconds more,
    and so on: a table that is busy stops nobody whom we know. `again` reads such a value, where
    that should take less patience than the first time.

    At most `most` are kept: a full memory starts anew, which costs one read for each key in use.
    A change elsewhere is therefore seen within a minute. `clock` tells seconds that never go back.
    """

    def __init__(
        self,
        read: Callable[[str], T],
        *,
        most: int,
        again: Callable[[str], T] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._read = read
        self._again = again or read
        self._most = most
        self._clock = clock
        self._known: dict[str, tuple[float, T]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str, *, fresh: bool = False) -> T:
        """The value; `fresh` reads it even where it is known. Raises what reading raises."""
        known = self._known.get(key)
        if known is None or fresh or (known[1] is None and self._clock() >= known[0]):
            return self.put(key, self._read(key))
        until, value = known
        if self._clock() < until:
            return value
        try:
            return self.put(key, self._again(key))
        except Unavailable:
            self._known[key] = (self._clock() + SECONDS_STALE, value)
            return value

    def put(self, key: str, value: T) -> T:
        """Remembers a value that was read, or written, elsewhere; answers it."""
        if len(self._known) >= self._most:
            self._known.clear()
        seconds = SECONDS_OF_NOTHING if value is None else SECONDS
        self._known[key] = (self._clock() + seconds, value)
        return value
