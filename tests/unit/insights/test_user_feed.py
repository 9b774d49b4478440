"""A user's feed while the lake lags: rows are laid over, where they can tell everything."""

from uuid import UUID

import pytest

from tests.asking import asked
from tests.fakes import FakeReader
from tests.unit.insights import feed_world
from tests.unit.insights.feed_world import NOW, TENANT, People
from waypost.event import IDENTIFY, TIME, Event
from waypost.insights.ports import EventStores
from waypost.times import HOUR_MS, iso
from waypost.web.api.events import events

FOLDED = {
    "time": NOW - 2 * HOUR_MS, "id": UUID(int=1), "user_id": "u1", "action": "Did", "weight": 1.0,
    "count": 1, "active_ms": 0, "module_ms": 0, "source": "planhat", "received": NOW, "kind": None,
    "company_id": None,
}  # fmt: skip
LATE = NOW - HOUR_MS


@pytest.fixture
def reader() -> FakeReader:
    reader = feed_world.fake_reader([FOLDED], People({"u1": None}, {}))
    reader.complete_until = LATE
    return reader


@pytest.fixture
def stores(reader: FakeReader) -> EventStores:
    return feed_world.stores(reader, People({"u1": None}, {}))


def write(
    stores: EventStores, number: int, time: int, kind: str | None = None, action: str | None = "Did"
) -> None:
    event = Event(id=f"{number:032x}", time=time, external_id="x-u1", action=action, kind=kind)
    stores.rows.claim(TENANT, [("r", event)])  # type: ignore[attr-defined]


def shown(stores: EventStores, limit: int) -> list[list[int]]:
    pages = feed_world.pages(stores, user="u1", limit=str(limit))
    return [[int(event.id, 16) for event in page.events] for page in pages]


@pytest.mark.parametrize(("limit", "pages"), [(9, [[3, 2, 1]]), (2, [[3, 2], [1]])])
def test_rows_stand_among_the_events_of_a_lake_that_lags(
    stores: EventStores, limit: int, pages: list[list[int]]
) -> None:
    write(stores, 1, NOW - 2 * HOUR_MS)  # has been folded already
    write(stores, 2, NOW - 2)
    write(stores, 3, NOW - 1)
    write(stores, 4, NOW, "identify")

    assert shown(stores, limit) == pages
    page = events(TENANT.id, asked(**{"user": "u1"}), stores)
    assert page.complete_until == iso(NOW)
    assert [(event.user.name, event.source) for event in page.events[2:]] == [
        ("u1 of now", "planhat")
    ]


@pytest.mark.parametrize("kind", [IDENTIFY, TIME])
def test_reports_hide_no_event(stores: EventStores, kind: str) -> None:
    write(stores, 2, NOW - 9)
    for number in range(3, 900):
        write(stores, number, NOW - 1, kind)

    assert shown(stores, 1) == [[2], [1]]


def test_rows_that_name_no_action_are_not_read_without_end(stores: EventStores) -> None:
    for number in range(3, 30):
        write(stores, number, NOW - 1, action=None)

    page = events(TENANT.id, asked(**{"user": "u1", "limit": "1"}), stores)

    assert (len(page.events), page.complete_until) == (1, iso(LATE))


def test_a_lake_that_is_up_to_date_needs_no_rows(stores: EventStores, reader: FakeReader) -> None:
    reader.complete_until = NOW
    write(stores, 2, NOW - 2)

    assert shown(stores, 9) == [[1]]


def test_of_a_user_of_very_many_browsers_the_page_tells_until_when_it_is_complete(
    stores: EventStores,
) -> None:
    write(stores, 2, NOW - 2)
    keys = ([f"a:{n}" for n in range(25)], "001#a:24")
    stores.directory.further_keys = lambda *_: keys  # type: ignore[method-assign]

    page = events(TENANT.id, asked(**{"user": "u1"}), stores)

    assert [int(event.id, 16) for event in page.events] == [1]
    assert page.complete_until == iso(LATE)
