"""No cursor and no name that somebody makes up is Waypost's own trouble: 400 or 404, not 503."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.asking import asked
from tests.fakes import FakeReader
from tests.integration.worlds import World
from waypost.errors import BadCursor, BadQuery, NotFound
from waypost.event import Event
from waypost.insights.ports import EventStores, LedgerStores, ProfileStores
from waypost.profiles import resolution
from waypost.tenants import Tenant
from waypost.web.api import batches, events, ledger, profiles

NOW = 1_800_000_000_000
CURSORS = ["x" * 5000, "\ud800", "😀" * 300]
NAMES = [
    "", "x" * 1100, "x" * 1025, "😀" * 300, "\x00", "\x7f\x1b[2J", "a\ud800", "@", "a@b..c",
    "@" + "x." * 500, "ΐ" * 400 + "@acme.com", "u_", "u_" + "x" * 1100, "|", "*", "../..",
]  # fmt: skip
Ask = Callable[[World, str, dict[str, str]], Any]


def _events(world: World, tenant: str, query: dict[str, str]) -> Any:
    stores = EventStores(
        world.settings, world.people, world.rows, world.feed, FakeReader(), lambda: NOW
    )
    return events.events(tenant, asked(**query), stores)


def _profiles(list_: Callable[..., Any]) -> Ask:
    return lambda world, tenant, query: list_(
        tenant, asked(**query), ProfileStores(world.people, FakeReader(), lambda: NOW)
    )


class NoMarks:
    def mark(self, _tenant: str) -> tuple[str, frozenset[bytes]]:
        return "", frozenset()


LISTS: dict[str, Ask] = {
    "events": _events,
    "accounts": _profiles(profiles.accounts),
    "users": _profiles(profiles.users),
    "unassigned": _profiles(profiles.unassigned),
    "batches": lambda world, tenant, query: batches.batches(tenant, asked(**query), world.listed),
    "ledger": lambda world, tenant, query: ledger._entries(
        tenant, asked(**query), LedgerStores(world.entries, FakeReader(), NoMarks(), world.lake)
    ),
}


@pytest.mark.parametrize("list_", LISTS)
@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_no_page_gave_out_is_refused(
    world: World, tenant: Tenant, list_: str, cursor: str
) -> None:
    with pytest.raises(BadCursor):
        LISTS[list_](world, tenant.id, {"cursor": cursor})


@pytest.mark.parametrize("cursor", CURSORS)
def test_who_polls_from_where_no_page_ended_is_refused(
    world: World, tenant: Tenant, cursor: str
) -> None:
    with pytest.raises(BadCursor):
        _events(world, tenant.id, {"after": cursor})


@pytest.mark.parametrize("list_", [name for name in LISTS if name != "events"])
@pytest.mark.parametrize("cursor", ["😀" * 256, "\x00", "zz", "u_zz"])
def test_a_cursor_behind_everything_is_an_empty_page_or_a_first_one(
    world: World, tenant: Tenant, list_: str, cursor: str
) -> None:
    # Its cursors begin with a time.
    cursor = f"0:{cursor}" if list_ == "unassigned" else cursor

    LISTS[list_](world, tenant.id, {"cursor": cursor})


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_nobody_can_bear_is_nobody(world: World, tenant: Tenant, name: str) -> None:
    stores = ProfileStores(world.people, FakeReader(), lambda: NOW)

    with pytest.raises(NotFound):
        profiles.user(tenant.id, name, stores)
    with pytest.raises(NotFound):
        profiles.account(tenant.id, name, stores)
    with pytest.raises(NotFound):
        batches.batch(tenant.id, name, world.listed)
    if not name:
        return  # An empty parameter is an absent one.
    if "\ud800" in name:
        with pytest.raises(BadQuery):
            _events(world, tenant.id, {"account": name})
        return
    with pytest.raises(NotFound):
        _events(world, tenant.id, {"user": name})
    assert _events(world, tenant.id, {"account": name}).events == []


@pytest.mark.parametrize(
    "id", ["x" * 256, "😀" * 256, "😀" * 255, "😀" * 252, "😀" * 251, "ΐ" * 256]
)
def test_a_browser_of_the_longest_id_is_one_more_key_of_its_user(
    world: World, tenant: Tenant, id: str
) -> None:
    for anonymous in ("first", id):
        event = Event(time=NOW, action="Did", external_id="ann", anonymous_id=anonymous)
        view = world.directory.view(tenant, [event])
        resolution.resolve(event, view, tenant, NOW)
        assert not world.directory.commit(tenant.id, view.change)

    ann = profiles.find_user(tenant.id, "ann", world.people)
    assert profiles.find_user(tenant.id, id, world.people).id == ann.id
    assert len(world.people.further_keys(tenant.id, ann.id, None, 9)[0]) == 1
