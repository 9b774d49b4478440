"""Time that passes only where somebody waits: pauses cost a test nothing, and still end."""

from typing import Any

from waypost.deadline import Deadline


class FakeSeconds:
    """Seconds for a `Deadline`; `pauses` are those that were slept."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def deadline(self) -> Deadline:
        return Deadline(clock=self, sleep=self.sleep)


class FakeContext:
    """What Lambda tells a function about its run."""

    def __init__(self, seconds: float = 15.0) -> None:
        self._remaining = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining


def no_wait() -> Deadline:
    """A deadline of which nobody waits for the pauses."""
    return FakeSeconds().deadline()


def context(seconds: float = 15.0) -> Any:
    return FakeContext(seconds)
