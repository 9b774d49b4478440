"""Activities judged by columns become what each of them alone becomes."""

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests import effort
from waypost.event import Batch
from waypost.sources import planhat, planhat_columns, planhat_stretches
from waypost.tenants import Placeholders

NOW = 1_800_000_000_000
EVERYDAY: dict[str, Any] = {
    "email": "ann@acme.com",
    "name": "Ann Lee",
    "companyExternalId": "acme",
    "action": "Logged in",
    "weight": 1,
    "count": 1,
    "date": "2026-10-13T08:00:00.000Z",
    "info": {"plan": "pro", "seats": 5},
}
_TEXTS = [
    "x",
    "",
    " x ",
    "\t",
    "a|b",
    "| ",
    "undefined",
    "NaN",
    "{{id}}",
    "é",
    "x" * 300,
    0,
    7,
    None,
]
# What may stand in each field: everyday values, unusual ones, and such as are refused.
VALUES: dict[str, list[Any]] = {
    "email": [
        *("bob@acme.com", "nancy@acme.com", "Ann@Acme.com", " ann@acme.com", "null@acme.com"),
        *("@", "a@", "@b", "a b@c", "a@b@c", "", None, 5, "undefined", True),
        "x" * 300 + "@acme.com",
    ],
    "externalId": _TEXTS,
    "id": _TEXTS,
    "name": [*_TEXTS, "Na", "null", {}],
    "firstName": ["Ann", "", None],
    "lastName": ["Null", "undefined", None],
    "companyExternalId": _TEXTS,
    "cId": [*_TEXTS, []],
    "companyId": [*_TEXTS, False],
    "action": [*_TEXTS, "$pageview", "<b>", "null"],
    "weight": [0, 2, 2.0, 2.5, "7", "", -1, 10**7, "abc", None, 1.0],
    "count": [2, "3", "", 0, 1.5, 10**7, None, True],
    "date": [
        *("2026-10-13", "2026-10-13T08:00:00Z", "2026-10-13T08:00:00.0000", "10/13/2026, 8:00 AM"),
        *("2026-02-30T08:00:00Z", "2026-10-13T24:00:00Z", "2026-10-13T08:00:00+02:00", "", None),
        *("2036-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "yesterday", 0, 12.5),
        *(NOW - 5, NOW * 2, NOW // 1000),
    ],
    "info": [
        *({}, {"a": 1.0}, {"a.b": 1}, {"a": {"b.c": [1]}}, {"a": None, "b": True}, None, "x", [1]),
        *({"n": 10**38}, {"n": 10**37}),
    ],
    "unknown": ["kept", 5, None],
    "messageId": ["m1", None],
}
CHANGES = [Placeholders(), Placeholders(add=("acme",), keep=("undefined",))]


def _by_columns(body: bytes, changes: Placeholders) -> Batch:
    whole = Batch()
    for stretch in planhat_stretches.stretches(body, NOW, changes):
        whole.events += stretch.events
        whole.rejects += stretch.rejects
    return whole


def _bodies() -> Iterator[list[dict[str, Any]]]:
    """Each value once between everyday activities; and mixtures of all, drawn from a seed."""
    for field, values in VALUES.items():
        yield from ([EVERYDAY, EVERYDAY | {field: value}, EVERYDAY] for value in values)
        yield [EVERYDAY | {field: value} for value in values]
    for seed in range(effort.times(10, 40, 2000)):
        draw = random.Random(seed)
        yield [EVERYDAY | _some(draw) for _ in range(40)]


def _some(draw: random.Random) -> dict[str, Any]:
    return {
        field: draw.choice(VALUES[field]) for field in draw.sample(list(VALUES), draw.randint(0, 3))
    }


def _differences() -> list[tuple[list[dict[str, Any]], Placeholders]]:
    return [
        (items, changes)
        for items, changes in itertools.product(_bodies(), CHANGES)
        for body in [json.dumps(items).encode()]
        if _by_columns(body, changes) != planhat.parse(body, NOW, changes)
    ]


def test_columns_make_the_events_and_the_rejects_that_items_make_alone() -> None:
    assert _differences() == []


@pytest.mark.parametrize("careless", ["_are_plain", "_are_addresses", "are_plain_properties"])
def test_a_column_that_is_not_looked_through_is_caught(
    careless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planhat_columns, careless, lambda _column: True)

    with pytest.raises((AssertionError, AttributeError, TypeError, IndexError)):
        test_columns_make_the_events_and_the_rejects_that_items_make_alone()


@pytest.mark.parametrize(
    ("more", "canonical"),
    [
        ({}, True),
        ({"date": None}, False),
        ({"email": "Ann@acme.com"}, False),
        ({"email": "änn@acme.com"}, False),
        ({"info": {"n": 5.0}}, False),
        ({"info": {"a": {"b": 1}}}, False),
        ({"weight": 2.0}, True),
        ({"name": "  x "}, False),
    ],
)
def test_a_stretch_knows_when_ids_are_made_of_its_events_as_they_are(
    more: dict[str, Any], canonical: bool
) -> None:
    body = json.dumps([EVERYDAY, EVERYDAY | more]).encode()

    (stretch,) = planhat_stretches.stretches(body, NOW)

    assert stretch.canonical is canonical


def test_a_body_longer_than_a_stretch_keeps_its_places() -> None:
    items = [
        EVERYDAY | {"info": {"n": n}} | ({"weight": "x"} if n % 700 == 5 else {})
        for n in range(1500)
    ]

    batch = _by_columns(json.dumps(items).encode(), Placeholders())

    assert [reject.index for reject in batch.rejects] == [5, 705, 1405]
    assert [event.n for event in batch.events] == [n for n in range(1500) if n % 700 != 5]
    assert all(event.properties == {"n": event.n} for event in batch.events)
