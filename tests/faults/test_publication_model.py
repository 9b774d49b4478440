"""Whatever two hourly runs, `match` and a crash do to each other, the numbers come out right.

First every interleaving of a model of the protocol; then the real code, with another run let in
at each of its store calls.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests import effort
from tests.faults import planted
from tests.faults.killers import Killer
from tests.faults.pipeline import HOUR_MS, Effect, Pipeline, event, half_published, wrong
from tests.faults.publication_model import Arrival, Landing, Scenario, explore
from waypost.event import Batch
from waypost.lake import commit

E, F, G = Arrival("e", 1), Arrival("f", 2), Arrival("g", 6)
FIRST, TWIN, THIRD = Arrival("x", 3), Arrival("x", 4), Arrival("x", 5)

SCENARIOS = {
    "one hour": Scenario(
        {"p": Landing(1, (G,)), "a": Landing(1, (E,)), "b": Landing(1, (F,))}, ("p",), ("a",)
    ),
    "hours apart": Scenario({"a": Landing(1, (E,)), "b": Landing(3, (F,))}, (), ("a",)),
    "an event twice, the earlier reception lands later": Scenario(
        {"a": Landing(1, (TWIN,)), "b": Landing(2, (FIRST, F))}, (), ("a",)
    ),
    "the same, hours apart": Scenario(
        {"a": Landing(1, (TWIN,)), "b": Landing(3, (FIRST,)), "c": Landing(1, (F,))}, (), ("a",)
    ),
    "redelivered in the next hour": Scenario(
        {"a": Landing(1, (E,)), "b": Landing(2, (E, F))}, (), ("a",)
    ),
    "a file loses its last row": Scenario(
        {
            "a": Landing(1, (TWIN,)),
            "b": Landing(2, (FIRST,)),
            "c": Landing(1, (THIRD,)),
            "d": Landing(1, (G,)),
        },
        ("a",),
        ("b", "c"),
    ),
    "two days": Scenario(
        {"a": Landing(1, (E, Arrival("h", 3, 1))), "b": Landing(1, (Arrival("f", 2, 1),))},
        unread=("a",),
        attempts=1,
    ),
    "three runs": Scenario(
        {"a": Landing(1, (E,)), "b": Landing(1, (F,))}, unread=("a",), attempts=1, runs=3
    ),
}

BUGS = {
    "manifests read after the listing": "one hour",
    "a claim keeps the version": "one hour",
    "no fence": "one hour",
    "no If-Match": "one hour",
    "files listed after the claim": "one hour",
    "marked as read before publishing": "one hour",
    "doubtful hours are no work": "hours apart",
    "an empty file is deleted": "a file loses its last row",
    "empty files of doubtful hours left out": "an event twice, the earlier reception lands later",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_interleaving_ends_in_wrong_numbers(name: str) -> None:
    explored = explore(SCENARIOS[name])

    assert explored.states > 10_000
    assert explored.endings > 50
    assert explored.wrong == []


@pytest.mark.parametrize("bug", BUGS)
def test_the_model_catches_a_planted_bug(bug: str) -> None:
    explored = explore(SCENARIOS[BUGS[bug]], bug)

    assert explored.wrong


@dataclass
class Intruder(Killer):
    """Lets somebody else in before the `at`-th store call, instead of dying there."""

    effect: Effect = lambda: None

    def __call__(self, call: Any, *args: Any, **named: Any) -> Any:
        with self._lock:
            number = self.calls
            self.calls += 1
        if number == self.at:
            self.effect()
        return call(*args, **named)


def another_run(pipeline: Pipeline) -> None:
    pipeline.aggregate()


def news_and_another_run(pipeline: Pipeline) -> None:
    """What lands shares a day and an hour with what the first run has in hand."""
    pipeline.request(Batch([event(0, "news"), event(1, "a0")]))
    pipeline.deliver()
    pipeline.aggregate()


def news_and_a_run_that_dies(pipeline: Pipeline) -> None:
    """It dies with its files written and its numbers not published."""
    pipeline.request(Batch([event(0, "news"), event(1, "a0")]))
    pipeline.deliver()
    counting = Killer()
    deepcopy(pipeline).aggregate(counting)
    pipeline.aggregate(Killer(counting.calls // 2))


def overtaken(effect: Callable[[Pipeline], None], nth: int = 1) -> Iterator[list[str]]:
    """What is wrong in the end, by each `nth` call at which a run may be overtaken."""
    before, counting = half_published(), Killer()
    deepcopy(before).aggregate(counting)
    assert counting.calls > 15
    for at in effort.every(nth, range(counting.calls)):
        pipeline = deepcopy(before)
        pipeline.aggregate(Intruder(at, effect=partial(effect, pipeline)))
        pipeline.clock.tick(HOUR_MS)
        pipeline.aggregate()
        yield [f"{problem}, overtaken at call {at}" for problem in wrong(pipeline)]


@pytest.mark.parametrize("effect", [another_run, news_and_another_run, news_and_a_run_that_dies])
def test_a_run_may_be_overtaken_at_any_call(effect: Callable[[Pipeline], None]) -> None:
    assert list(filter(None, overtaken(effect, nth=4))) == []


def test_the_real_code_is_caught_listing_files_after_its_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commit, "claim", planted.claim_then_list)

    assert any(overtaken(news_and_another_run))
