"""A feed that is narrowed shows what a plain recount of all events finds, page by page."""

import json
from collections.abc import Callable
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests.fakes import FakeReader
from tests.unit.insights import feed_world, people_world
from tests.unit.insights.feed_world import NOW, People, Row
from waypost.insights import conditions, spans
from waypost.times import DAY_MS, iso

pytestmark = pytest.mark.slow

Wanted = Callable[[Row, People], bool]
ODD = 'it\'s "a.b"'
SINCE = NOW - 200 * DAY_MS


def happened(chance: Random) -> list[Row]:
    """Events with a place, and properties of all kinds."""
    rows = feed_world.happened(chance, 60)
    for row in rows:
        plan = chance.choice(["pro", "free", 5, "5", 5.0, None, True, {"name": ODD}])
        row |= {"module": chance.choice(["m1", "m2", None]), "page": chance.choice(["/Docs", "/x"])}
        row |= {"action": row["action"] and chance.choice(["Did", "Paid", ODD])}
        row |= {"properties": json.dumps({"plan": plan, ODD: {"deep": [plan, 7]}})}
    return rows


def is_shown(row: Row) -> bool:
    return row["kind"] is None and row["action"] is not None


def plan(row: Row) -> Any:
    return json.loads(row["properties"])["plan"]


def is_number(value: Any, number: float) -> bool:
    return not isinstance(value, bool) and str(value) in {f"{number:.0f}", f"{number:.1f}"}


CASES: list[tuple[dict[str, Any], Wanted]] = [
    ({"action": "Did"}, lambda row, _: row["action"] == "Did"),
    ({"action": ["Did", ODD]}, lambda row, _: row["action"] in {"Did", ODD}),
    ({"filter": f"action != {json.dumps(ODD)}"}, lambda row, _: row["action"] != ODD),
    ({"source": "kinesin", "module": "m1"},
     lambda row, _: (row["source"], row["module"]) == ("kinesin", "m1")),
    ({"filter": "module missing"}, lambda row, _: row["module"] is None),
    ({"filter": "page contains docs"}, lambda row, _: row["page"] == "/Docs"),
    ({"from": iso(SINCE)}, lambda row, _: row["time"] >= SINCE),
    ({"to": iso(SINCE), "action": "Paid"},
     lambda row, _: row["time"] < SINCE and row["action"] == "Paid"),
    ({"info.plan": "pro"}, lambda row, _: plan(row) == "pro"),
    ({"info.plan": "5"}, lambda row, _: is_number(plan(row), 5)),
    ({"filter": "info.plan>4"}, lambda row, _: is_number(plan(row), 5)),
    ({f"info.{ODD.split('.', maxsplit=1)[0]}": "x"}, lambda *_: False),
    ({"account": "a0"}, lambda row, now: now.account(row) == "a0"),
    ({"account": "a0", "action": "Did"},
     lambda row, now: now.account(row) == "a0" and row["action"] == "Did"),
    ({"account": ["a0", "a1"]}, lambda row, now: now.account(row) in {"a0", "a1"}),
    ({"filter": "account missing"}, lambda row, now: now.account(row) is None),
    ({"user": "x-u1", "module": "m2"},
     lambda row, now: now.person(row["user_id"]) == "u1" and row["module"] == "m2"),
    ({"user": ["u1", "u2"]}, lambda row, now: now.person(row["user_id"]) in {"u1", "u2"}),
    ({"user": "u1", "account": "a1"},
     lambda row, now: now.person(row["user_id"]) == "u1" and now.account(row) == "a1"),
    ({"trait.role": "admin"}, lambda row, now: now.person(row["user_id"]) in {"u1", "u3"}),
    ({"account": "a0", "trait.role": "admin"},
     lambda row, now: now.account(row) == "a0" and now.person(row["user_id"]) in {"u1", "u3"}),
    ({"account.trait.plan": "pro"}, lambda row, now: now.account(row) == "a2"),
    ({"action": "'; DROP TABLE events; --"}, lambda *_: False),
    ({"action": "\0"}, lambda *_: False),
]  # fmt: skip


def with_properties(row: Row) -> Row:
    columns = {name: row[name] for name in ("time", "user_id", "company_id", "action")}
    values = json.loads(row["properties"]).items()
    texts = {
        f"p:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values
        if value is not None
    }
    return {**columns, "weight": 1.0, "count": 1, **texts}


def reader(rows: list[Row], now: People) -> FakeReader:
    reader = feed_world.fake_reader(rows, now)
    reader.tables |= people_world.rollups(rows)
    reader.tables["props"] = [with_properties(row) for row in rows if row["kind"] is None]
    admin = json.dumps({"role": "admin"})
    reader.tables["users"] = [
        {"id": user, "external_id": f"x-{user}", "traits": admin if user in {"u1", "u3"} else "{}"}
        for user in now.accounts
    ]
    reader.tables["accounts"] = [{"id": "a2", "traits": '{"plan":"pro"}'}]
    return reader


@pytest.mark.parametrize(("given", "wanted"), CASES, ids=[str(given)[:40] for given, _ in CASES])
def test_a_narrowed_feed_is_that_of_a_recount(given: dict[str, Any], wanted: Wanted) -> None:
    rows, now = happened(Random(3)), feed_world.people(Random(4))
    stores = feed_world.stores(reader(rows, now), now)

    shown = [event.id for page in feed_world.pages(stores, limit="7", **given)
             for event in page.events]  # fmt: skip

    listed = [row for row in rows if is_shown(row) and wanted(row, now)]
    listed.sort(key=lambda row: (row["time"], row["id"].hex), reverse=True)
    assert shown == [row["id"].hex for row in listed]


def test_few_among_many_are_looked_for_up_to_a_bound_and_the_cursor_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spans, "MOST_ROWS", 5)
    rows, now = happened(Random(3)), feed_world.people(Random(4))
    rows[0] |= {"action": "Did", "kind": None, "module": "rare"}
    stores = feed_world.stores(reader(rows, now), now)

    read = list(islice(feed_world.pages(stores, module="rare"), 500))

    assert 1 < len(read) < 500
    assert [event.id for page in read for event in page.events] == [rows[0]["id"].hex]


def test_a_recount_notices_a_filter_that_is_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, now = happened(Random(3)), feed_world.people(Random(4))
    stores = feed_world.stores(reader(rows, now), now)
    monkeypatch.setattr(conditions, "_among", lambda *given: f"{given[2]} IS NOT NULL")

    shown = [event.id for page in feed_world.pages(stores, module="m1") for event in page.events]

    active = [row for row in rows if is_shown(row)]
    assert len(shown) == len(active) > sum(row["module"] == "m1" for row in active)
