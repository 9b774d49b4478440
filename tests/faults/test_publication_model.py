"""Whatever two hourly runs, `match` and a crash do to each other, the numbers come out right.

First every interleaving of a model of the protocol; then the real code, with another run let in
at each of its store calls.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial

import pytest

from tests import effort
from tests.faults import planted
from tests.faults.interleavings import Scenario, explore
from tests.faults.killers import Intruder, Killer
from tests.faults.pipeline import HOUR_MS, Pipeline, event, half_published, wrong
from tests.faults.publication_model import MONTH, Arrival, Rows
from waypost.event import Batch


def rows(*arrivals: tuple[str, int, int]) -> Rows:
    return frozenset(Arrival(event, received, day) for event, received, day in arrivals)


SCENARIOS = {
    "a new day": Scenario(
        {"a": rows(("e", 1, 0)), "b": rows(("f", 2, 0))},
        unread=("a",),
    ),
    "news of a day that stands": Scenario(
        {"p": rows(("g", 1, 0)), "a": rows(("e", 2, 0)), "b": rows(("f", 3, 0))},
        published=("p",),
        unread=("a",),
    ),
    "landed again": Scenario(
        {"p": rows(("e", 1, 0)), "a": rows(("e", 1, 0), ("f", 2, 0)), "b": rows(("f", 2, 0))},
        published=("p",),
        unread=("a",),
    ),
    "two days, and two months": Scenario(
        {"p": rows(("g", 1, 0)), "a": rows(("e", 2, 0), ("f", 3, 1), ("h", 4, MONTH))},
        published=("p",),
        unread=("a",),
        switches=effort.times(1, 2, 5),
    ),
    "a run that hands over": Scenario(
        {"a": rows(("e", 1, 1), ("f", 1, 0))},
        ("run that hands over", "run"),
        unread=("a",),
        switches=effort.times(1, 2, 5),
    ),
    "two runs that hand over": Scenario(
        {"a": rows(("e", 1, 1), ("f", 1, 0))},
        ("run that hands over", "run that hands over"),
        unread=("a",),
        switches=effort.times(1, 2, 4),
    ),
    "a run and compaction": Scenario(
        {"p": rows(("g", 1, 0)), "q": rows(("h", 1, 1)), "a": rows(("e", 2, 0))},
        ("run", "compaction"),
        published=("p", "q"),
        unread=("a",),
    ),
    "two runs and compaction": Scenario(
        {"p": rows(("g", 1, 0)), "q": rows(("h", 1, 1)), "a": rows(("e", 2, 0))},
        ("run", "compaction", "run"),
        published=("p", "q"),
        unread=("a",),
        switches=effort.times(1, 2, 5),
    ),
    "a reader of a new day": Scenario(
        {"a": rows(("e", 1, 0)), "b": rows(("f", 2, 0))},
        ("run", "reader"),
        unread=("a",),
    ),
    "a reader": Scenario(
        {"p": rows(("g", 1, 0)), "a": rows(("e", 2, 0)), "b": rows(("f", 3, 0))},
        ("run", "reader"),
        published=("p",),
        unread=("a",),
    ),
    "a reader, a run and compaction": Scenario(
        {"p": rows(("g", 1, 0)), "q": rows(("h", 1, 1)), "a": rows(("e", 2, 1))},
        ("run", "reader", "compaction"),
        published=("p", "q"),
        unread=("a",),
        switches=effort.times(2, 3, 6),
    ),
    "a reader of what is handed over": Scenario(
        {"a": rows(("e", 1, 1), ("f", 1, 0))},
        ("run that hands over", "reader"),
        unread=("a",),
        switches=effort.times(2, 3, 6),
    ),
}

BUGS = {
    "no fence": "a new day",
    "no claim": "a new day",
    "a claim on what stands by now": "news of a day that stands",
    "a name is used again": "news of a day that stands",
    "who lost is forgotten": "a new day",
    "marked before it is published": "a new day",
    "deleted before it is published": "news of a day that stands",
    "no second look at what waits": "two runs that hand over",
    "the mark is read after the manifests": "a reader of a new day",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_interleaving_does_harm(name: str) -> None:
    explored = explore(SCENARIOS[name])

    assert explored.wrong[:1] == []
    assert explored.states > 400
    assert explored.endings > 5


@pytest.mark.parametrize("bug", BUGS)
def test_the_model_catches_a_planted_bug(bug: str) -> None:
    explored = explore(SCENARIOS[BUGS[bug]], bug)

    assert explored.wrong


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


def overtaken(
    effect: Callable[[Pipeline], None], before: Pipeline, nth: int = 1
) -> Iterator[list[str]]:
    """What is wrong in the end, by each `nth` call at which a run may be overtaken, the last first.

    An earlier one is forgiven much: a run that goes on says what it has read, and no more.
    """
    counting = Killer()
    deepcopy(before).aggregate(counting)
    assert counting.calls > 15
    for at in effort.every(nth, range(counting.calls)[::-1]):
        pipeline = deepcopy(before)
        pipeline.aggregate(Intruder(at, effect=partial(effect, pipeline)))
        pipeline.clock.tick(HOUR_MS)
        pipeline.aggregate()
        yield [f"{problem}, overtaken at call {at}" for problem in wrong(pipeline)]


@pytest.mark.parametrize("effect", [another_run, news_and_another_run, news_and_a_run_that_dies])
def test_a_run_may_be_overtaken_at_any_call(effect: Callable[[Pipeline], None]) -> None:
    assert list(filter(None, overtaken(effect, half_published(), nth=9))) == []


def test_the_real_code_is_caught_marking_what_it_has_not_folded() -> None:
    hasty = half_published(planted.marking_run)

    assert any(overtaken(news_and_a_run_that_dies, hasty))
