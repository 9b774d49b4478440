"""An event that overwrites: of two with one id the last one counts, whenever it comes."""

from collections.abc import Callable

import pytest

from tests.faults.pipeline import HOUR_MS, NOW, Pipeline
from waypost.event import Batch, Event


def salted(action: str = "Did", **fields: object) -> Event:
    who = {"external_id": "ann", "company_id": "acme", "key": "salt", "overwrites": True}
    return Event(time=NOW, action="Did", label=action, **(who | fields))  # type: ignore[arg-type]


def send(pipeline: Pipeline, *events: Event) -> None:
    for n, event in enumerate(events):
        event.n = n
    assert pipeline.request(Batch(list(events)))


def shown(pipeline: Pipeline) -> list[str | None]:
    pages = pipeline.feed.older("t1", None)
    newest = {record.id: record.label for page in reversed(list(pages)) for record in page.records}
    return list(newest.values())


def at_once(_: Pipeline) -> None:
    pass


def matched(pipeline: Pipeline) -> None:
    pipeline.deliver()
    pipeline.clock.tick(1000)


def hours_later(pipeline: Pipeline) -> None:
    for _ in range(5):
        pipeline.settle()
        pipeline.clock.tick(HOUR_MS)


@pytest.mark.parametrize("pause", [at_once, matched, hours_later])
def test_the_last_copy_counts_and_the_first_is_a_duplicate(
    pause: Callable[[Pipeline], None],
) -> None:
    pipeline = Pipeline()
    send(pipeline, salted("first", count=2))
    pause(pipeline)

    pipeline.clock.tick(1)
    send(pipeline, salted("last", count=5))
    pipeline.settle()

    assert sum(pipeline.published().values()) == 5
    assert pipeline.totals() == {
        "received": 2,
        "stored": 1,
        "duplicate": 1,
        "rejected": 0,
        "ignored": 0,
    }
    assert len(pipeline.archived()) == 1
    assert shown(pipeline) == ["last"]


def test_a_row_shows_the_last_copy_even_when_the_first_is_matched_again() -> None:
    pipeline = Pipeline()
    send(pipeline, salted("first"))
    pipeline.clock.tick(1)
    send(pipeline, salted("last"))
    pipeline.deliver()

    pipeline._match([0], None)

    assert [event.label for _, event in pipeline.rows.of_user("t1", ["x:ann"], None, 10)] == [
        "last"
    ]


def test_another_event_of_the_same_hours_is_not_touched() -> None:
    pipeline = Pipeline()
    other = Event(time=NOW + 1, action="Other", external_id="bob", company_id="acme")
    send(pipeline, salted("first"), other)
    hours_later(pipeline)

    send(pipeline, salted("last"))
    pipeline.settle()

    assert sum(pipeline.published().values()) == 2
    assert pipeline.totals()["stored"] == 2


def test_without_the_mark_the_first_copy_would_have_stayed() -> None:
    pipeline = Pipeline()
    send(pipeline, salted("first", count=2, overwrites=False))
    hours_later(pipeline)

    send(pipeline, salted("last", count=5, overwrites=False))
    pipeline.settle()

    assert sum(pipeline.published().values()) == 2
    assert pipeline.totals()["rejected"] == 1
