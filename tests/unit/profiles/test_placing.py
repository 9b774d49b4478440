"""Events of a user without an account are held, and counted once it has one, in any order."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.faults.pipeline import HOUR_MS, NOW, Pipeline
from waypost.event import IDENTIFY, Batch, Event

DAY_MS = 24 * HOUR_MS


def did(action: str, *, time: int = NOW, **fields: Any) -> Event:
    return Event(time=time, action=action, **({"external_id": "ann"} | fields))


def identify(**fields: Any) -> Event:
    return Event(time=NOW + 5, kind=IDENTIFY, **({"external_id": "ann"} | fields))


def send(pipeline: Pipeline, *events: Event) -> None:
    for n, event in enumerate(events):
        event.n = n
    assert pipeline.request(Batch(list(events)))


def at_once(_: Pipeline) -> None:
    pass


def matched(pipeline: Pipeline) -> None:
    pipeline.deliver()


def hours_later(pipeline: Pipeline) -> None:
    for _ in range(6):
        pipeline.settle()


def numbers(pipeline: Pipeline) -> dict[str, int]:
    """Events by action, all of account acme."""
    found = {(action, account): n for (_, action, account), n in pipeline.published().items()}
    assert {account for _, account in found} <= {"acme"}
    return {action or "": n for (action, _), n in found.items()}


@pytest.mark.parametrize("pause", [at_once, matched, hours_later])
@pytest.mark.parametrize(
    "placing", [did("Joined", company_id="acme"), identify(company_id="acme")], ids=["did", "told"]
)
def test_held_events_count_once_their_user_has_an_account(
    pause: Callable[[Pipeline], None], placing: Event
) -> None:
    pipeline = Pipeline()
    send(pipeline, did("Early"), did("Earlier", time=NOW - 3 * DAY_MS))
    pause(pipeline)

    send(pipeline, placing)
    pipeline.settle()

    assert numbers(pipeline).items() >= {"Early": 1, "Earlier": 1}.items()
    assert pipeline.totals()["unassigned"] == 0
    assert pipeline.totals()["received"] == pipeline.totals()["stored"] == 3


@pytest.mark.parametrize("pause", [at_once, hours_later])
def test_what_was_done_anonymously_counts_for_the_person(
    pause: Callable[[Pipeline], None],
) -> None:
    pipeline = Pipeline()
    send(pipeline, did("Known", company_id="acme"))
    send(pipeline, did("Anonymous", external_id=None, anonymous_id="a1"))
    pause(pipeline)

    send(pipeline, identify(anonymous_id="a1"))
    pipeline.settle()

    assert numbers(pipeline) == {"Known": 1, "Anonymous": 1}


def test_an_anonymous_user_of_a_person_who_is_placed_later_is_placed_with_it() -> None:
    pipeline = Pipeline()
    send(pipeline, did("Known"))
    send(pipeline, did("Anonymous", external_id=None, anonymous_id="a1"))
    hours_later(pipeline)
    send(pipeline, identify(anonymous_id="a1"))
    hours_later(pipeline)

    send(pipeline, did("Joined", company_id="acme"))
    pipeline.settle()

    assert numbers(pipeline) == {"Known": 1, "Anonymous": 1, "Joined": 1}


@pytest.mark.slow
def test_the_numbers_do_not_depend_on_the_order_of_arrival() -> None:
    ends = []
    for order in permutations(range(3)):
        pipeline = Pipeline()
        for number in order:
            events = [
                did("Anonymous", external_id=None, anonymous_id="a1"),
                identify(anonymous_id="a1"),
                did("Joined", company_id="acme"),
            ]
            send(pipeline, events[number])
            hours_later(pipeline)
        ends.append((numbers(pipeline), pipeline.totals()))

    assert all(end == ends[0] for end in ends)
    assert ends[0][0] == {"Anonymous": 1, "Joined": 1}


def test_what_was_placed_stays_placed_when_its_day_is_done_again_weeks_later() -> None:
    pipeline = Pipeline()
    send(pipeline, did("Early"))
    hours_later(pipeline)
    send(pipeline, did("Joined", company_id="acme"))
    for _ in range(24 * 14):
        pipeline.clock.tick(HOUR_MS)
    hours_later(pipeline)

    send(pipeline, did("Salted", company_id="acme", key="salt", overwrites=True))
    pipeline.settle()

    assert numbers(pipeline) == {"Early": 1, "Joined": 1, "Salted": 1}


def test_a_user_who_stays_without_an_account_stays_held() -> None:
    pipeline = Pipeline()
    send(pipeline, did("Early"), did("Other", external_id="bob"))
    hours_later(pipeline)

    send(pipeline, did("Joined", company_id="acme"))
    hours_later(pipeline)

    assert numbers(pipeline) == {"Early": 1, "Joined": 1}
    assert pipeline.totals()["unassigned"] == 1


def test_without_the_note_of_a_placing_held_events_would_stay_held() -> None:
    pipeline = Pipeline()
    send(pipeline, did("Early"))
    hours_later(pipeline)
    send(pipeline, did("Joined", company_id="acme"))
    pipeline.deliver()
    items = pipeline.directory.table.items
    for place in [place for place in items if "|placed:" in place[0]]:
        del items[place]

    pipeline.settle()

    assert numbers(pipeline) == {"Joined": 1}


def test_a_placing_is_worked_off_and_then_left_alone() -> None:
    pipeline = Pipeline()
    send(pipeline, did("Early"))
    hours_later(pipeline)
    send(pipeline, did("Joined", company_id="acme"))
    hours_later(pipeline)
    before = {manifest.day: manifest.version for manifest in pipeline.metrics.manifests("t1")}

    hours_later(pipeline)

    after = {manifest.day: manifest.version for manifest in pipeline.metrics.manifests("t1")}
    assert after == before
