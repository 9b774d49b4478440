"""The same items by a door, in a file and as rows: the same verdicts, events, ids and notes."""

import csv
import io
import json
import random
from typing import Any, NamedTuple

import msgspec
import pytest

from tests import effort, fakes
from tests.faults.doorbell import BULK, CSV, RECEIVED, TENANT, Doorbell
from waypost import times
from waypost.event import Verdict
from waypost.ingest import file_loader
from waypost.ingest.messages import Message
from waypost.ingest.ports import LoadStores
from waypost.sources import planhat_columns, planhat_csv_columns
from waypost.sources.formats import files
from waypost.tenants import Tenant

ROUNDS = effort.times(50, 200, 20_000)
KEY = f"drops/{TENANT}/week"
HOUR = 3_600_000

# Of each field what a cell can say as well; each list goes on with what only JSON can.
TEXTS = [
    "u-1",
    " u-1 ",
    "Zoë",
    "null",
    "undefined",
    "0",
    "x" * 257,
    "a,b",
    'say "hi"',
    "a\tb",
    "💥",
]
EMAILS = [
    "ann@acme.com",
    " Ann@Acme.com",
    "ann",
    "none@none",
    "null",
    "a b@c.d",
    "x" * 330 + "@a.b",
]
NUMBERS = ["1", "2.0", "2.5", "0", "-1", "1e3", "1000001", "many", "nan", "٣", 1, 3, 2.5, 0, 10**20]
DATES = [
    "2026-11-20T08:00:00.000Z", "2026-11-20T08:00:00Z", "2026-11-20 10:00+02:00", "2016-10-13",
    "Fri, 20 Nov 2026 08:00:00 GMT", "2016-02-30", "2026-11-20T24:00:00Z", "2016", "20161013",
    "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "2026-11-21T12:00:00.000Z", "soon",
    "2026-11-21T12:00:00.001Z", str(RECEIVED - HOUR), str(RECEIVED // 1000 - 60), "1785000000.123",
    "1785000000123456", RECEIVED - HOUR, RECEIVED // 1000 - 60, 1_785_000_000.123, 10**21,
]  # fmt: skip
ACTIONS = ["Logged in", " x ", "y" * 513, "1", "a.b"]
EXTRAS = ["pro", " pro", "5", "true", "x" * 600]
INFOS = [{"a": 1}, {"a": 1.0, "b.c": [1, {"d": None}]}, {"plan": "own"}, {}, {"x": "y" * 40_000}]
ONLY_JSON: dict[str, list[Any]] = {
    "externalId": [7, 7.5, True, [], "", None, 10**20, "\0"],
    "email": [5, False, {}, "", "a\nb@c.d"],
    "name": ["", 3, None, "line\r\nend"],
    "weight": [True, "", None, [1]],
    "count": [False, "", None, 2.0, 1e300],
    "date": [0, 20_261_120, True, "", None, -1, 1e300, []],
    "info": ["x", None, [1], {"deep": [[[[[[1]]]]]]}],
    "plan": ["", None, {"a": 1}, 5, 5.0],
    "messageId": ["m1", "m2", 5, "", None],
    "sentAt": [times.iso(RECEIVED), "", None],
    "session": ["s1", " ", 4],
    "bot": [False, None],
}
FIELDS: dict[str, list[Any]] = {
    **dict.fromkeys(("externalId", "id", "companyExternalId", "cId", "name", "firstName"), TEXTS),
    **dict.fromkeys(("plan", "seat type"), EXTRAS),
    **{"email": EMAILS, "weight": NUMBERS, "count": NUMBERS, "date": DATES, "action": ACTIONS},
    "info": INFOS,
}


class Judged(NamedTuple):
    """What became of the items: the events that were taken, what else was said, and of whom.

    `said` holds (place, code, field, verdict) of all entries of the ledger.
    """

    events: dict[int, dict[str, Any]]
    said: list[tuple[int, str, str | None, str]]


def drawn(chance: random.Random, *, cells: bool) -> list[dict[str, Any]]:
    """A few items; such that a row can say as well, where they are for `cells`."""
    pools = FIELDS if cells else {**FIELDS, **ONLY_JSON}
    items = []
    for _ in range(chance.choice([1, 2, 5, 12])):
        names = chance.sample(list(pools), chance.randrange(2, 7))
        names += [] if chance.random() < 0.2 else [chance.choice(["externalId", "email"])]
        items.append({name: _value(chance, name, cells) for name in dict.fromkeys(names)})
    items += items[:1] * chance.choice([0, 0, 1])
    # Now and then enough for several stretches, and not too much for a body.
    is_long = chance.random() < 0.005 and len(json.dumps(items)) < 20_000
    return items * (150 if is_long else 1)


def _value(chance: random.Random, name: str, cells: bool) -> Any:
    everyday, odd = FIELDS.get(name, []), [] if cells else ONLY_JSON.get(name, [])
    # Mostly the first ones, which are good: an item is refused for one reason alone.
    if everyday and chance.random() < 0.6:
        return everyday[0]
    value = chance.choice([*everyday, *odd])
    # Space beside a delimiter is none of a cell's.
    return value.strip() if cells and isinstance(value, str) else value


def by_door(items: list[dict[str, Any]]) -> Judged:
    return _posted(BULK, json.dumps(items).encode())


def by_rows(items: list[dict[str, Any]]) -> Judged:
    return _posted(CSV, table(items))


def _posted(path: str, body: bytes) -> Judged:
    bell = Doorbell()
    answer = bell.post(body, path)
    bell.sound(answer)
    assert "processed" in answer.body
    return judged(bell.stores.messages)


def by_file(body: bytes) -> Judged:
    """What `load` makes of a file that was dropped into the inbox."""
    inbox, outbox = fakes.FakeInbox(), fakes.FakeOutbox()
    told = {"key": KEY, "etag": inbox.put(KEY, body)}
    event = {"time": times.iso(RECEIVED), "detail": {"object": told}}
    stores = LoadStores(
        fakes.FakeTenants(**{TENANT: Tenant(TENANT)}),
        inbox,
        fakes.FakeBatches(),
        outbox,
        fakes.FakeRows(),
        fakes.FakeOutbox(),
    )
    record: Any = {"messageId": "m", "body": json.dumps(event)}
    assert file_loader.load_all([record], stores=stores, remaining_ms=lambda: 900_000) == []
    return judged([outbox.read(text) for _, text in outbox.sent])


def judged(messages: list[Message]) -> Judged:
    """By place; an event with neither key nor date has an id of its request, which says nothing."""
    events = {}
    for event in (event for message in messages for event in message.events):
        keyed = event.digest is not None or event.time != RECEIVED
        events[event.n] = msgspec.to_builtins(event) | ({} if keyed else {"id": ""})
    entries = [entry for message in messages for entry in message.rejects]
    said = [(entry.index, entry.code, entry.field, str(entry.verdict)) for entry in entries]
    return Judged(events, sorted(said, key=str))


def lines(items: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in items)


def table(items: list[dict[str, Any]]) -> bytes:
    """The items as CSV; what an item does not have is an empty cell."""
    # Without a column that is known there is no header, and a file of nothing but errors.
    names = list(dict.fromkeys(["externalId", *(name for item in items for name in item)]))
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(names)
    for item in items:
        given = [item.get(name, "") for name in names]
        rows.writerow(json.dumps(cell) if isinstance(cell, dict) else cell for cell in given)
    return out.getvalue().encode()


def compare(count: int, *, cells: bool) -> int:
    """How many items were taken; stops at the first ones that are not the same everywhere."""
    taken = 0
    for n in range(count):
        items = drawn(random.Random(f"{cells} {n}"), cells=cells)
        expected = by_door(items)
        others = {"array": by_file(json.dumps(items).encode()), "lines": by_file(lines(items))}
        if cells:
            others |= {"rows": by_rows(items), "table": by_file(table(items))}
        for name, other in others.items():
            assert other == expected, f"round {n}, {name}: {items!r}"
        taken += len(expected.events)
        judgements = [entry[0] for entry in expected.said if entry[3] != Verdict.NOTED]
        assert sorted([*expected.events, *judgements]) == list(range(len(items)))
    return taken


def test_items_of_json_are_the_same_by_a_door_and_in_a_file() -> None:
    assert compare(ROUNDS, cells=False) > ROUNDS / 2


def test_items_are_the_same_as_rows_of_a_table() -> None:
    assert compare(ROUNDS, cells=True) > ROUNDS


def _plant(name: str, patch: pytest.MonkeyPatch) -> None:
    if name == "a weight of the door":
        patch.setattr(planhat_columns.Columns, "_numbers", lambda _, column, *__: [1] * len(column))
    elif name == "a row of the file":
        patch.setattr(files, "json_items", lambda *given: list(_JSON_ITEMS(*given))[:4])
    else:
        patch.setattr(
            planhat_csv_columns._Judging, "_extra", lambda rows, _: [{}] * len(rows._none)
        )


_JSON_ITEMS = files.json_items


@pytest.mark.parametrize(
    ("bug", "cells"),
    [("a weight of the door", False), ("a row of the file", False), ("a column of the rows", True)],
)
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, bug: str, cells: bool) -> None:
    _plant(bug, monkeypatch)

    with pytest.raises(AssertionError, match=r"round .*"):
        compare(5_000, cells=cells)
