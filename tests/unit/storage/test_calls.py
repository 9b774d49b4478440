"""Calls of a client inside the time of a run."""

from typing import Any

import pytest

from tests.fakes.seconds import FakeSeconds
from waypost.errors import Unavailable
from waypost.storage.calls import Calls


class SlowClient:
    """Refuses nothing, and takes ten seconds for each call."""

    def __init__(self, seconds: FakeSeconds) -> None:
        self.calls = 0
        self._seconds = seconds

    def put_item(self, **_: Any) -> dict[str, Any]:
        self.calls += 1
        self._seconds.now += 10
        return {}


def put_many(calls: Calls) -> None:
    for _ in range(100):
        calls.put_item()


def test_a_run_that_is_only_slow_ends_before_it_is_ended() -> None:
    seconds = FakeSeconds()
    client, deadline = SlowClient(seconds), seconds.deadline()

    with deadline.run(120_000, reserve=15.0), pytest.raises(Unavailable):
        put_many(Calls(client, deadline))

    # The last one begins before second 105, and ends before second 120.
    assert client.calls == 11


def test_outside_of_a_run_nothing_is_over() -> None:
    seconds = FakeSeconds()
    client = SlowClient(seconds)

    put_many(Calls(client, seconds.deadline()))

    assert client.calls == 100
