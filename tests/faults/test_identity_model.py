"""Runs that match the same people at once end as one after the other would, wherever each of them
stands still or dies; and the check finds the bugs that are planted here.
"""

from typing import Any, cast

import pytest

from tests import fakes
from tests.faults.identity_model import Check
from tests.faults.identity_workers import Directory, SteppedTable
from waypost.event import Event
from waypost.profiles import directory as profiles
from waypost.profiles.view import Change, Lost, People, View
from waypost.storage import keys
from waypost.storage.items import Item
from waypost.tenants import Tenant

X: dict[str, Any] = {"external_id": "ann"}
BOB = {"external_id": "bob"}
E = {"email": "ann@acme.com"}
A = {"anonymous_id": "a1"}
ACME = {"company_id": "acme"}
LATER = {"company_id": "bolt", "time": 1_800_000_000_001}
NAMED = {"kind": "identify", "name": "Ann", "action": None}

CHECKS = {
    "the same newcomer": Check([X | E], [X | E]),
    "an e-mail that another event has alone": Check([X | E | ACME], [E]),
    "an e-mail, and a browser": Check([X | E], [E | A]),
    "three keys, and two of them": Check([X | E | A], [E | A]),
    "a browser that becomes somebody": Check([X | A], [X | ACME], known=[A]),
    "a browser that becomes somebody twice": Check([X | A | ACME], [X | A], known=[A]),
    "a browser that becomes a known person": Check([X | A], [A | ACME], known=[A, X | ACME]),
    "a browser that two people use": Check([X | A], [BOB | E | A], known=[A]),
    "one e-mail, two external ids": Check([X | E], [BOB | E]),
    "two accounts": Check([X | E | ACME], [X | E | LATER]),
    "a known user moves and is named": Check([X | LATER], [X | E | NAMED], known=[X | E | ACME]),
    "a user who waits is placed twice": Check([X | ACME], [X | E | ACME], known=[X | E]),
}


@pytest.mark.parametrize("name", CHECKS)
def test_two_runs_on_the_same_people_end_as_one_after_the_other(name: str) -> None:
    assert CHECKS[name].wrong() == []


@pytest.mark.slow
def test_three_runs_end_as_one_after_the_other() -> None:
    assert Check([X | E | ACME], [E | A], [X | A | LATER]).wrong() == []


class PointerBeforeUser(fakes.FakeDirectory):
    """Planted: a key is led to a user who may turn out to be somebody else."""

    def commit(self, tenant: str, change: Change) -> Lost:
        change.adopted.clear()
        return super().commit(tenant, change)


class NobodyIsReserved(fakes.FakeDirectory):
    """Planted: a pointer to a user who is not written yet counts as none."""

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        view = super().view(tenant, events)
        view.reserved = lambda _: None  # type: ignore[method-assign, assignment]
        return view


class Overwriting(fakes.FakeDirectory):
    """Planted: a user is written whatever stands there."""

    def __init__(self, table: SteppedTable) -> None:
        super().__init__(table)
        put = table._put
        table._put = lambda item, seen: put(  # type: ignore[method-assign]
            item, _seen(table, item) if "record" in item else seen
        )


def _seen(table: SteppedTable, item: Item) -> Item | None:
    standing = table.items.get((item["pk"], item["sk"]))
    return {"version": standing["version"]} if standing and "version" in standing else None


class AppliedAgain(fakes.FakeDirectory):
    """Planted: who lost writes the very same over what the other wrote."""

    def commit(self, tenant: str, change: Change) -> Lost:
        for id in super().commit(tenant, change).users & change.users.keys():
            pk, sk = keys.user(tenant, id)
            record = profiles.encode(change.users[id])
            self.table.put({"pk": pk, "sk": sk, "record": record, "version": 9})
        return Lost()


class LandedAnyway(fakes.FakeDirectory):
    """Planted: who lost lands the record that was not written."""

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        view = super().view(tenant, events)
        written = view.written

        def anyway(lost: Lost, *, whole: bool = False) -> People:
            return written(Lost() if lost else lost, whole=whole)

        view.written = anyway  # type: ignore[method-assign]
        return view


@pytest.mark.parametrize(
    ("planted", "name"),
    [
        (PointerBeforeUser, "a browser that two people use"),
        (NobodyIsReserved, "an e-mail, and a browser"),
        (Overwriting, "two accounts"),
        (AppliedAgain, "a known user moves and is named"),
        (LandedAnyway, "an e-mail that another event has alone"),
    ],
)
def test_a_planted_bug_is_found(planted: type[fakes.FakeDirectory], name: str) -> None:
    assert CHECKS[name].wrong(cast(Directory, planted)) != []


@pytest.mark.parametrize(
    "check",
    [
        Check([X | E], [X | E], tells_again=False),
        Check([X | A], [A | ACME], known=[A, X | ACME], tells_again=False),
    ],
    ids=["a newcomer", "a browser that becomes a known person"],
)
def test_changes_that_land_at_the_first_delivery_alone_are_found(check: Check) -> None:
    assert check.wrong() != []
