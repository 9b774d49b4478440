"""A crash at any store call, before it or after it was applied: nothing lost, nothing doubled."""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial

import pytest

from tests import effort
from tests.faults import planted
from tests.faults.delivered import Delivered, Forgetful
from tests.faults.killers import Killer, every_point
from tests.faults.pipeline import HOUR_MS, Pipeline, event, half_published, recount, wrong
from waypost.event import NO_TIME, Batch, Reject

Judge = Callable[[Killer], list[str]]


def one_with_a_date() -> Batch:
    return Batch([event(0, "a")])


def one_with_a_key() -> Batch:
    return Batch([event(0, "a", time=NO_TIME, key="k1")])


def several_with_twins_and_a_reject() -> Batch:
    return Batch(
        [event(0, "a"), event(1, "a"), event(2, "b"), event(4, "c", time=NO_TIME, key="k1")],
        [Reject(3, "bad", "why")],
    )


def a_chunk() -> Batch:
    return Batch([event(n, f"a{n}", external_id=f"u{n}") for n in range(30)])


BODIES = [one_with_a_date, one_with_a_key, several_with_twins_and_a_reject, a_chunk]


def fatal(points: Sequence[Killer], judge: Judge) -> dict[str, list[str]]:
    """The points at which a crash does harm, each with the harm."""
    harm = {f"{point.when} call {point.at}": judge(point) for point in points}
    return {point: problems for point, problems in harm.items() if problems}


# A door request.


def after_a_request(
    point: Killer, body: Callable[[], Batch], new: Callable[[], Pipeline], *, resends: bool
) -> list[str]:
    pipeline = new()
    acknowledged = pipeline.request(body(), point)
    if not acknowledged and resends:
        pipeline.clock.tick(5_000)
        acknowledged = pipeline.request(body())
    pipeline.settle()
    counted = {action: n for (_, action, _), n in pipeline.published().items()}
    expected = Counter(event.action for event in body().events)
    problems = wrong(pipeline)
    if counted != expected and (acknowledged or counted):
        problems.append(f"counted {counted}")
    if bool(len(pipeline.rows)) != bool(counted):
        problems.append("an event is shown and not counted, or counted and not shown")
    return problems


@pytest.mark.parametrize("resends", [True, False], ids=["client resends", "client gives up"])
@pytest.mark.parametrize("body", BODIES)
def test_a_request_may_die_anywhere(body: Callable[[], Batch], resends: bool) -> None:
    points = every_point(lambda killer: Pipeline().request(body(), killer))

    harm = fatal(points, partial(after_a_request, body=body, new=Pipeline, resends=resends))

    assert len(points) >= 2
    assert harm == {}


def test_the_harness_catches_a_row_written_before_its_message() -> None:
    new = partial(Pipeline, accept=planted.row_first)
    points = every_point(lambda killer: new().request(one_with_a_date(), killer))

    judge = partial(after_a_request, body=one_with_a_date, new=new, resends=False)

    assert list(fatal(points, judge)) == ["after call 0", "before call 1"]


# A match run.


def waiting(start: int, new: Callable[[], Pipeline] = Pipeline) -> Pipeline:
    """Four receptions wait in the queue: new, keyed, in conflict with that, and sent again."""
    pipeline = new()
    pipeline.clock.tick(start)
    first = [
        event(0, "a", email="Ann@acme.com"),
        event(2, "x", external_id=None, company_id=None, anonymous_id="visitor"),
    ]
    guessed = event(1, "b", external_id="bob", email="bob@acme.com", company_id=None)
    keyed, other = (event(0, text, time=NO_TIME, key="k1") for text in ("c", "d"))
    pipeline.request(Batch([first[0], guessed, first[1]]), stream=True)
    pipeline.request(Batch([keyed], [Reject(1, "bad", "why")]))
    pipeline.clock.tick(1_000)
    pipeline.request(Batch([other]))
    pipeline.request(Batch([event(0, "a", email="Ann@acme.com")]))
    return pipeline


def after_a_match(
    point: Killer,
    start: int,
    ended: object,
    *,
    hourly: bool,
    new: Callable[[], Pipeline] = Pipeline,
) -> list[str]:
    pipeline = waiting(start, new)
    pipeline.deliver(point, meanwhile=pipeline.aggregate if hourly else lambda: None)
    pipeline.settle()
    problems = wrong(pipeline)
    if (ending := outcome(pipeline)) != ended:
        problems.append(f"ended as {ending}")
    return problems


def outcome(pipeline: Pipeline) -> dict[str, object]:
    tenant = pipeline.tenant.id
    receipts = [message.receipt for message in pipeline.messages()]
    pages = list(pipeline.feed.older(tenant, None))
    ledger = pipeline.ledger.of_receipt
    return {
        "totals": pipeline.totals(),
        "published": pipeline.published(),
        "archived": pipeline.archived(),
        "rows": len(pipeline.rows),
        "shown": sorted({record.id for page in pages for record in page.records}),
        "ledger": [[entry.code for entry in ledger(tenant, receipt)] for receipt in receipts],
        "users": sorted((u.id, u.email, u.account_id) for u in pipeline.directory.everybody),
        "parts": sorted(map(str, pipeline.batches.parts.items())),
    }


def test_an_undisturbed_match_ends_as_it_should() -> None:
    ended = outcome(waiting(0).settle())

    assert ended["totals"] == {
        "received": 7,
        "stored": 4,
        "duplicate": 1,
        "rejected": 2,
        "ignored": 0,
    }
    assert ended["ledger"] == [[], ["bad"], ["conflict"], []]
    companies = {"a": "acme", "b": "", "c": "acme", "x": ""}
    assert ended["published"] == {("2027-01-15", *pair): 1 for pair in companies.items()}


@pytest.mark.parametrize("hourly", [False, True], ids=["", "an hourly run comes between"])
@pytest.mark.parametrize("start", [0, 50 * 60_000], ids=["same hour", "hours change"])
def test_a_match_may_die_anywhere(start: int, hourly: bool) -> None:
    points = every_point(lambda killer: waiting(start).deliver(killer))

    ended = outcome(waiting(start).settle())

    judge = partial(after_a_match, start=start, ended=ended, hourly=hourly)
    harm = fatal(effort.every(7, points), judge)

    assert len(points) >= 2 * 8
    assert harm == {}


def parts_ahead(point: Killer) -> list[str]:
    """The parts that are counted when a run has died, and whose events have not landed."""
    pipeline = waiting(0)
    ahead: list[str] = []
    pipeline.deliver(point, meanwhile=lambda: ahead.extend(pipeline.unlanded_parts()))
    return ahead


def test_whoever_sees_a_part_counted_finds_its_events() -> None:
    points = every_point(lambda killer: waiting(0).deliver(killer))

    assert fatal(points, parts_ahead) == {}


def test_a_function_of_the_queue_may_die_anywhere() -> None:
    points = every_point(lambda killer: waiting(0, Delivered).deliver(killer))
    ended = outcome(waiting(0).settle())

    judge = partial(after_a_match, start=0, ended=ended, hourly=False, new=Delivered)

    assert len(points) >= 2 * 8
    assert fatal(effort.every(9, points), judge) == {}


def test_the_harness_catches_a_message_that_is_deleted_before_it_is_matched() -> None:
    points = every_point(lambda killer: waiting(0, Forgetful).deliver(killer))
    ended = outcome(waiting(0).settle())

    judge = partial(after_a_match, start=0, ended=ended, hourly=False, new=Forgetful)

    assert fatal(points[:2], judge)


# An hourly run.


def after_a_run(point: Killer, new: Callable[[], Pipeline], *, wait: int) -> list[str]:
    pipeline = new()
    pipeline.aggregate(point)
    pipeline.clock.tick(wait)
    if not pipeline.aggregate():
        return ["the next run did not end"]
    return wrong(pipeline)


def test_an_hourly_run_may_die_anywhere() -> None:
    before = half_published()
    points = every_point(lambda killer: deepcopy(before).aggregate(killer))

    judge = partial(after_a_run, new=lambda: deepcopy(before), wait=30 * HOUR_MS)
    harm = fatal(effort.every(5, points), judge)

    assert len(points) >= 2 * 15
    assert harm == {}


def test_the_harness_catches_what_is_marked_before_it_is_folded() -> None:
    before = half_published(planted.marking_run)
    points = every_point(lambda killer: deepcopy(before).aggregate(killer))
    undisturbed = deepcopy(before)
    undisturbed.aggregate()

    judge = partial(after_a_run, new=lambda: deepcopy(before), wait=1)
    harm = fatal(effort.every(7, points), judge)

    assert undisturbed.published() == recount(undisturbed)
    assert [point for point in harm if "numbers are not a recount" in harm[point]]
