"""Filters: read from text and JSON, and what they hold for."""

import json
from typing import Any

import pytest

from tests.unit.insights.activity_world import ask, reader
from waypost.errors import BadQuery
from waypost.insights import filters

VALUES = ("5", "5.0", "05", "pro", "Pro", "x, y", "nan", None)


def told(*given: str) -> list[Any]:
    """Which of the values of `info.p` meet the filters."""
    events = [
        {"properties": json.dumps({} if text is None else {"p": text, "at": {"0": [{"k": text}]}})}
        for text in VALUES
    ]
    answer = ask(reader(*events), *given, fields_of=("info.p", "info.at.0.0.k"))
    return [value for value in VALUES if value in {row[0] for row in answer}]


@pytest.mark.parametrize(
    ("given", "met"),
    [
        ("info.p=5", ["5", "5.0"]),
        ("info.p = 5.0", ["5", "5.0"]),
        ("info.p=05", ["05"]),
        ("info.p!=5", ["05", "pro", "Pro", "x, y", "nan", None]),
        ("info.p in pro, 5", ["5", "5.0", "pro"]),
        ('info.p in ["x, y"]', ["x, y"]),
        ('info.p not in ["x, y", 5]', ["05", "pro", "Pro", "nan", None]),
        ("info.p contains PR", ["pro", "Pro"]),
        ("info.p>=5", ["5", "5.0", "05"]),
        ("info.p<4", []),
        ("info.p>p", ["pro", "x, y"]),
        ("info.p exists", ["5", "5.0", "05", "pro", "Pro", "x, y", "nan"]),
        ("info.p missing", [None]),
        ("info.at.0.0.k=pro", ["pro"]),
        ("metadata.p=pro", ["pro"]),
        ('{"field":"info.p","op":"in","value":["pro",5]}', ["5", "5.0", "pro"]),
        ('info.p="pro"', ["pro"]),
    ],
)
def test_a_filter_holds_for_these_values(given: str, met: list[str | None]) -> None:
    assert told(given) == met


def test_several_filters_all_hold() -> None:
    assert told("info.p contains p", "info.p!=pro") == ["Pro"]


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("", "write one like"),
        ("info.plan", "write one like"),
        ("acton=Logged in", "did you mean action?"),
        ("plan=pro", "info.plan?"),
        ("user>5", "user is compared by one of"),
        ('{"field":"action","op":"is","value":1}', "action is compared by one of"),
        ('{"field":"action","op":"=","value":[1,2]}', "one value"),
        ('{"field":"action","op":"=","value":{"a":1}}', "one value"),
        ('{"field":"action","op":"exists","value":1}', "no value"),
        ('{"feld":"action"}', "a field, an op and a value"),
        ("{", "not readable as JSON"),
        ("x" * 30_000, "longer than"),
        ("action in " + ",".join(map(str, range(2_000))), "more than 1000 values"),
        ("info.a\0b=1", "names no field"),
    ],
)
def test_what_is_no_filter_is_refused_with_a_remedy(given: str, remedy: str) -> None:
    with pytest.raises(BadQuery) as refused:
        filters.read(given)

    assert remedy in refused.value.message
    assert refused.value.extra == {"field": "filter"}


@pytest.mark.parametrize(
    "text", ["'", '"', "'; DROP TABLE events; --", "$v0", "%", "\\", "a\0b", "é" * 999, "💥", "]["]
)
def test_no_text_is_anything_but_a_value(text: str) -> None:
    events = reader({"properties": json.dumps({text.replace(".", ""): text})})

    given = json.dumps({"field": "info.p", "op": "=", "value": text})

    assert ask(events, given) == []
    assert ask(events, json.dumps({"field": "action", "op": "contains", "value": text})) == []


@pytest.mark.parametrize("key", ["'", '"', "*", "$x", "a/b", "~0", "", "é", "a b", "[0]", "-"])
def test_a_property_is_found_whatever_its_name(key: str) -> None:
    events = reader({"properties": json.dumps({key: "yes", "other": {key: "deep"}})})

    given = [
        {"field": f"info.{key}", "value": "yes"},
        {"field": f"info.other.{key}", "value": "deep"},
    ]

    answer = ask(events, *map(json.dumps, given), fields_of=(f"info.{key}", f"info.other.{key}"))
    assert [row[:2] for row in answer] == [("yes", "deep")]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("user=ann@acme.com", 1),
        ("user=ANN@acme.com", 1),
        ("user=x2", 1),
        ("user=a1", 1),
        ("user=u1", 1),
        ("user=u2", 1),
        ("user contains ann", 1),
        ("user=u3", 0),
        ("user!=ann@acme.com", 0),
        ("trait.role=admin", 1),
        ("trait.deep.er>=1", 1),
        ("trait.nothing missing", 1),
        ("account=silver ltd", 1),
        ("account contains SILVER", 1),
        ("account=acme", 0),
        ("account!=acme", 1),
        ("account.trait.tier=silver", 1),
        ("account.trait.tier=gold", 0),
    ],
)
def test_people_are_found_by_what_they_are_now(given: str, found: int) -> None:
    of_one_who_was_merged = reader({"user_id": "u1", "company_id": "unknown"})

    assert len(ask(of_one_who_was_merged, given, columns=frozenset({"count"}))) == found
