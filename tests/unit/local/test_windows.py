"""A batch closes when it is full, when its window is over, and when nothing more comes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from waypost.local.windows import QUIET_SECONDS, Gathering, open_for

NOW = 1_800_000_000.0


def test_a_batch_gathers_until_nothing_more_comes() -> None:
    assert open_for([NOW], NOW, window=5, size=1000) == pytest.approx(QUIET_SECONDS)


def test_a_message_that_still_comes_keeps_a_batch_open() -> None:
    arrived = [NOW - QUIET_SECONDS, NOW]

    assert open_for(arrived, NOW, window=5, size=1000) > 0


def test_a_batch_is_open_no_longer_than_its_window() -> None:
    arrived = [NOW - 5 + n / 10 for n in range(51)]

    assert open_for(arrived, NOW, window=5, size=1000) == 0
    assert open_for(arrived, NOW, window=6, size=1000) > 0


def test_a_full_batch_is_closed_at_once() -> None:
    assert open_for([NOW] * 10, NOW, window=5, size=10) == 0
    assert open_for([NOW] * 9, NOW, window=5, size=10) > 0


def test_a_message_that_came_back_begins_a_window_of_its_own() -> None:
    """It can be had since it came back, however long ago it was sent."""
    came_back = NOW - QUIET_SECONDS / 2

    assert open_for([came_back], NOW, window=5, size=1000) > 0


@dataclass
class Queue:
    """A queue that hands over ten messages at a time, as SQS does."""

    bodies: list[str]
    since: float = NOW
    window: float = 5.0
    asked: list[int] = field(default_factory=list)

    def gathering(self, now: float) -> Gathering:
        return Gathering(
            receive=self.receive,
            arrived=lambda _: [self.since] * len(self.bodies),
            window=lambda _: self.window,
            wake=lambda: None,
            clock=lambda: now,
        )

    def receive(self, _: str, most: int) -> list[dict[str, Any]]:
        self.asked.append(most)
        taken, self.bodies = self.bodies[: min(most, 10)], self.bodies[min(most, 10) :]
        return [{"body": body} for body in taken]


def test_nothing_is_received_while_a_batch_gathers() -> None:
    queue = Queue(["a"] * 3)

    assert queue.gathering(NOW)("q", 1000) == []
    assert queue.asked == [], "what is received is hidden, and nobody would work on it"


def test_a_batch_holds_more_than_one_reception() -> None:
    queue = Queue(["a"] * 25)

    assert len(queue.gathering(NOW + 5)("q", 1000)) == 25


def test_a_batch_holds_no_more_than_its_size() -> None:
    queue = Queue(["a"] * 25)

    assert len(queue.gathering(NOW)("q", 12)) == 12
    assert len(queue.bodies) == 13


def test_a_batch_of_large_messages_fits_an_invocation() -> None:
    queue = Queue(["x" * 250_000] * 40)

    assert len(queue.gathering(NOW + 5)("q", 1000)) == 20


def test_a_queue_without_a_window_is_received_at_once() -> None:
    queue = Queue(["a"] * 4, window=0)

    assert len(queue.gathering(NOW)("q", 4)) == 4
