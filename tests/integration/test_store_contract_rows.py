"""The stores' promises for events' rows: the first arrival wins, however an event comes."""

from itertools import permutations
from typing import Any

import msgspec
import pytest

from tests.integration.test_store_contract import NOW, event
from tests.integration.worlds import World
from waypost.event import IDENTIFY, NO_TIME, TIME, Event
from waypost.ingest.arrivals import First
from waypost.tenants import Tenant

MINUTE = 60_000


def put_first(world: World, tenant: Tenant, one: Event, receipt: str) -> bool:
    written: bool = world.door.put_first(tenant, one, msgspec.json.encode(one), receipt)
    return written


def test_the_first_write_of_a_row_wins(world: World, tenant: Tenant) -> None:
    written = [put_first(world, tenant, event(), receipt) for receipt in ("r1", "r2")]

    assert written == [True, False]
    assert world.rows.claim(tenant, [("r3", event())]) == {"e1": ("r1", 0, None)}


def test_a_claim_tells_the_first_arrival_however_often_it_comes(
    world: World, tenant: Tenant
) -> None:
    first = world.rows.claim(tenant, [("r1", event("e1", n=4)), ("r1", event("e2", n=5))])
    again = world.rows.claim(tenant, [("r2", event("e2", n=0)), ("r2", event("e3", n=1))])

    assert first == {"e1": ("r1", 4, None), "e2": ("r1", 5, None)}
    assert again == {"e2": ("r1", 5, None), "e3": ("r2", 1, None)}


def test_of_twins_in_one_claim_the_first_is_told(world: World, tenant: Tenant) -> None:
    twin, other = event(n=7), event(n=8, time=NOW + 1)
    twin.digest, other.digest = "one", "two"

    first = world.rows.claim(tenant, [("r1", twin), ("r1", other), ("r2", event(n=0))])

    assert first == {"e1": ("r1", 7, "one")}


def keyed(**fields: Any) -> Event:
    return event(**{"digest": "d"} | fields)


def arrive(world: World, tenant: Tenant, *arrivals: tuple[str, Event]) -> dict[str, First]:
    """What `match` does with the rows of events with a message key."""
    events = [one for _, one in arrivals]
    standing = world.rows.standing(tenant, events)
    for one, time in zip(events, standing.times, strict=True):
        one.time = time
    firsts: dict[str, First] = world.rows.claim(tenant, list(arrivals), standing.rows)
    return firsts


def shown(world: World, tenant: Tenant) -> list[Event]:
    return [one for _, one in world.rows.of_user(tenant.id, ["x:ann"], None, 10)]


def test_an_undated_event_keeps_the_time_of_its_first_arrival(world: World, tenant: Tenant) -> None:
    resent = [keyed(time=NOW + n, own_time=NO_TIME) for n in range(3)]

    firsts = [arrive(world, tenant, (f"r{n}", one)) for n, one in enumerate(resent)]

    assert [one.time for one in resent] == [NOW] * 3
    assert firsts == [{"e1": ("r0", 0, "d")}] * 3


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(permutations(["believed", "ahead", "behind"])))
def test_however_the_clock_is_judged_a_resend_keeps_the_time_of_the_first_arrival(
    world: World, tenant: Tenant, order: tuple[str, ...], together: bool
) -> None:
    judged = {
        "believed": keyed(time=NOW),
        "ahead": keyed(time=NOW - 2 * MINUTE, own_time=NOW),
        "behind": keyed(time=NOW + 2 * MINUTE, own_time=NOW),
    }
    first = judged[order[0]].time
    arrivals = [(f"r{n}", judged[name]) for n, name in enumerate(order)]

    if together:
        arrive(world, tenant, *arrivals)
    else:
        for arrival in arrivals:
            assert arrive(world, tenant, arrival) == {"e1": ("r0", 0, "d")}

    assert len({one.time for one in judged.values()}) == 1
    assert together or judged["behind"].time == first
    (row,) = shown(world, tenant)
    assert row.time == judged["behind"].time


def test_what_a_door_showed_stands_where_the_clock_is_doubted_later(
    world: World, tenant: Tenant
) -> None:
    put_first(world, tenant, keyed(), "r1")

    first = arrive(world, tenant, ("r2", keyed(time=NOW + 2 * MINUTE, own_time=NOW)))

    assert first == {"e1": ("r1", 0, "d")}
    assert [one.time for one in shown(world, tenant)] == [NOW]


def test_a_door_shows_no_event_whose_time_was_corrected_before(
    world: World, tenant: Tenant
) -> None:
    arrive(world, tenant, ("r1", keyed(time=NOW + 2 * MINUTE, own_time=NOW)))

    assert not put_first(world, tenant, keyed(), "r2")
    assert [one.time for one in shown(world, tenant)] == [NOW + 2 * MINUTE]


def test_corrected_times_take_no_place_on_a_users_page(world: World, tenant: Tenant) -> None:
    for n in range(6):
        moved = keyed(id=f"e{n}", time=NOW - 60 * MINUTE - n, own_time=NOW - n)
        arrive(world, tenant, (f"r{n}", moved))

    newest = world.rows.of_user(tenant.id, ["x:ann"], None, 4)
    older = world.rows.of_user(tenant.id, ["x:ann"], newest[-1][0], 4)

    assert [one.id for _, one in newest + older] == [f"e{n}" for n in range(6)]


@pytest.mark.parametrize("kind", [IDENTIFY, TIME])
def test_reports_are_known_again_and_take_no_place_on_a_users_page(
    world: World, tenant: Tenant, kind: str
) -> None:
    reports = [("r1", event(f"e{n}", time=NOW + n, kind=kind)) for n in range(6)]
    world.rows.claim(tenant, [*reports, ("r1", event("e9"))])

    again = world.rows.claim(tenant, [("r2", event("e5", time=NOW + 5, kind=kind))])

    assert again == {"e5": ("r1", 0, None)}
    assert [one.id for _, one in world.rows.of_user(tenant.id, ["x:ann"], None, 4)] == ["e9"]


def test_a_hundred_keyed_events_are_each_known_again(world: World, tenant: Tenant) -> None:
    def sent(receipt: str) -> list[tuple[str, Event]]:
        return [(receipt, keyed(id=f"e{n}", n=n, time=NOW + n)) for n in range(130)]

    firsts = [arrive(world, tenant, *sent(receipt)) for receipt in ("r1", "r2")]

    assert firsts == [{f"e{n}": ("r1", n, "d") for n in range(130)}] * 2


def test_a_user_has_its_own_rows_newest_first(world: World, tenant: Tenant) -> None:
    mine = [event(f"e{n}", time=NOW + n) for n in range(5)]
    world.rows.claim(tenant, [("r1", one) for one in mine])
    world.rows.claim(tenant, [("r1", event("e9", external_id="bob"))])

    newest = world.rows.of_user(tenant.id, ["x:ann", "e:ann@acme.com"], None, 3)
    older = world.rows.of_user(tenant.id, ["x:ann"], newest[-1][0], 3)

    assert [one.id for _, one in newest + older] == ["e4", "e3", "e2", "e1", "e0"]


def test_a_later_reception_replaces_a_row_and_an_earlier_one_does_not(
    world: World, tenant: Tenant
) -> None:
    world.rows.claim(tenant, [("r2", event(label="first"))])

    world.rows.replace(tenant, [("r3", event(label="last"))])
    world.rows.replace(tenant, [("r1", event(label="stale"))])

    assert [one.label for one in shown(world, tenant)] == ["last"]


def test_rows_are_replaced_many_at_once_and_of_two_the_later_reception_stays(
    world: World, tenant: Tenant
) -> None:
    several = [keyed(id=f"e{n}", time=NOW + n, label="first") for n in range(60)]
    world.rows.claim(tenant, [("r1", one) for one in several[:40]])
    last = [keyed(id=one.id, time=one.time, label="last") for one in several]
    stale = [keyed(id=one.id, time=one.time, label="stale") for one in several]

    world.rows.replace(tenant, [("r3", one) for one in last] + [("r2", one) for one in stale])

    rows = world.rows.of_user(tenant.id, ["x:ann"], None, 100)
    assert [row.label for _, row in rows] == ["last"] * 60
