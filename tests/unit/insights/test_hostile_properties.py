"""Properties of any name and any value are filtered and grouped by as what they are."""

import json
from collections import Counter
from typing import Any

import msgspec
import pytest

from tests.fakes import FakeReader, FakeTenants
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.web import csv_answers
from waypost.web.api import metrics
from waypost.web.asking import Parameters

NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z
KEYS = [
    *("plain", "with space", "O'Brien", 'say "so"', "a--b; DROP TABLE events", "%$v0", "{0}"),
    *("a/b", "~tilde~1", "[0]", "$", "*", "ключ", "鍵", "🔑", "\x01", "\n", "SELECT", "p:x", "0"),
]
VALUES: list[Any] = [
    *("plain", "O'Brien", '"quoted"', "'; DROP TABLE events; --", "(no plain)", "(other)"),
    *("5", "5.0", "007", "1e3", "NaN", "Infinity", "null", "true", "", " ", "\n", "\\", "$v0"),
    *("a\x00b", "\ud7ff\ue000", "🔑", "%", "_", "[1,2]", "x" * 5000),
    *(5, 5.5, -1, 0, 1e15, 12345678901234567890, True, False, None),
    *([], [1, 2], ["a", {"b": 'c"'}], {}, {"deep": {"er": [1]}}),
]


def shown(value: Any) -> str:
    """How a value is a key."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class World:
    """Events with these properties, one for each, in the lake's own text."""

    def __init__(self, *properties: dict[str, Any]) -> None:
        rows = [
            {"time": NOON + n, "user_id": f"u{n}", "count": 1, "weight": 1.0}
            | {"properties": json.dumps(info)}
            for n, info in enumerate(properties)
        ]
        columns = {key for info in properties for key in info}
        props = [
            {name: row[name] for name in row if name != "properties"}
            | {f"p:{key}": _column(info.get(key)) for key in columns if "\0" not in key}
            for row, info in zip(rows, properties, strict=True)
        ]
        self.reader = FakeReader(events=rows, props=props)
        self.stores = QuestionStores(FakeTenants(), self.reader, lambda: NOON)

    def ask(self, **given: Any) -> metrics.SeriesAnswer:
        lists = {name: each if isinstance(each, list) else [each] for name, each in given.items()}
        return metrics.answer("t", Parameters(lists), self.stores)

    def groups(self, **given: Any) -> dict[str | None, Any]:
        answer = self.ask(**given)
        # What an answer holds can be written, both ways.
        msgspec.json.encode(answer).decode()
        csv_answers.text([answer])
        return {total.key: total.value for total in answer.totals}


def _column(value: Any) -> str | None:
    return None if value is None else shown(value)


@pytest.mark.parametrize("key", KEYS)
def test_a_property_of_any_name_is_grouped_and_filtered_by(key: str) -> None:
    world = World({key: "yes"}, {key: "no"}, {})

    groups = world.groups(group_by=f"info.{key}")
    asked = {"field": f"info.{key}", "op": "=", "value": "yes"}
    filtered = world.ask(filter=json.dumps(asked))
    nested = World({"in": {key: 3}}, {}).groups(metric=f"sum(info.in.{key})")

    assert groups == {"yes": 1, "no": 1, f"(no {key})": 1}
    assert filtered.total == 1
    assert nested == {None: 3}


@pytest.fixture(scope="module")
def of_values() -> World:
    return World(*({"plain": value, "in": {"deep": value}} for value in VALUES))


@pytest.mark.parametrize("field", ["info.plain", "info.in.deep"])
def test_properties_of_any_value_are_groups_and_found_again(of_values: World, field: str) -> None:
    none = f"(no {field.rpartition('.')[2]})"
    expected = Counter(none if value is None else shown(value) for value in VALUES)
    known = [shown(value) for value in VALUES if value is not None]

    groups = of_values.groups(group_by=field)
    among = {"field": field, "op": "in", "value": known}
    beside = {"field": field, "op": "not in", "value": known}

    assert groups == expected
    assert of_values.ask(filter=json.dumps(among)).total == len(known)
    assert of_values.ask(filter=json.dumps(beside)).total == 1


@pytest.mark.parametrize("value", ["'; DROP TABLE events; --", "a\x00b", '"quoted"', "$v0", "🔑"])
def test_one_value_is_found_and_no_other(of_values: World, value: str) -> None:
    asked = {"field": "info.plain", "op": "=", "value": value}

    answer = of_values.ask(filter=json.dumps(asked), group_by="info.in.deep")

    assert {total.key: total.value for total in answer.totals} == {value: 1}


def test_ten_thousand_names_of_properties_are_asked_one_by_one() -> None:
    world = World(*({f"key {n}": n} for n in range(0, 10_000, 2500)), {"key 9999": "x"})

    told = [world.groups(group_by=f"info.key {n}") for n in (0, 2500, 9999, 3)]

    assert told[:2] == [{"(no key 0)": 4, "0": 1}, {"(no key 2500)": 4, "2500": 1}]
    assert told[2:] == [{"(no key 9999)": 4, "x": 1}, {"(no key 3)": 5}]


def test_of_ten_thousand_values_the_most_frequent_are_shown_and_the_rest_is_whole() -> None:
    rows = [
        {"time": NOON, "user_id": f"u{n % 7}", "count": 1 + (n == 77), "p:id": f"v{n}"}
        for n in range(10_000)
    ]
    world = World()
    world.reader.tables["props"] = rows

    events, users = (world.ask(group_by="info.id", top="2", metric=m) for m in ("events", "users"))

    assert [(each.key, each.value) for each in events.totals] == [
        ("v77", 2),
        ("v0", 1),
        ("(other)", 9998),
    ]
    assert (events.groups, events.truncated) == (10_000, False)
    assert users.totals[-1].value == 7


def test_numbers_as_text_are_numbers_where_they_are_compared_and_added() -> None:
    world = World(*({"n": value} for value in (5, "5", "5.0", "6", 7.5, "five", True, [9], None)))

    assert world.ask(metric="sum(info.n)").total == 5 + 5 + 5 + 6 + 7.5
    assert world.ask(filter="info.n>=6").total == 2
    assert world.ask(filter="info.n=5").total == 3
    assert world.ask(metric="max(info.n)", filter='info.n in ["6", "five"]').total == 6


@pytest.mark.parametrize(
    "given",
    [
        {"group_by": "info.a\0b"},
        {"group_by": "info." + "x" * 2000},
        {"metric": "sum(info.a\0)"},
        {"metric": "sum(info." + "x" * 2000 + ")"},
        {"metric": "sum(info.a); DROP TABLE events"},
        {"filter": "info.a\0=1"},
        {"timezone": "UTC'; DROP TABLE events; --"},
        {"group_by": "events.properties"},
        {"interval": "day'"},
    ],
)
def test_what_names_nothing_is_refused_before_the_lake_is_read(given: dict[str, str]) -> None:
    world = World({"a": 1})

    with pytest.raises(BadQuery):
        world.ask(**given)

    assert not world.reader.plans


@pytest.mark.parametrize(
    "field", ["info.", "info..", "info.a.", "info.a..b", "info.a.0", "info.-1"]
)
def test_a_path_that_leads_nowhere_is_a_group_without_a_value(field: str) -> None:
    world = World({"a": {"b": 1}}, {"a": [1]})

    assert sum(world.groups(group_by=field).values()) == 2
