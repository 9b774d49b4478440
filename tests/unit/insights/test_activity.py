"""Rows of activity: which table tells them, and what they say."""

import pytest

from tests.unit.insights.activity_world import DAY, DAY_TEXT, ask, reader
from waypost.insights import fields, filters
from waypost.insights.activity import rows
from waypost.insights.needs import Asked
from waypost.times import DAY_MS, HOUR_MS

WHOLE_DAY = {"start": DAY, "end": DAY + DAY_MS, "grain": DAY_MS}


@pytest.mark.parametrize(
    ("names", "columns", "span", "table"),
    [
        ((), ("count",), WHOLE_DAY, "totals_day"),
        (("action", "source"), ("weight", "time"), WHOLE_DAY, "totals_day"),
        (("action",), ("count", "time"), WHOLE_DAY | {"grain": HOUR_MS}, "totals"),
        (("action",), ("count",), WHOLE_DAY | {"start": DAY + 1}, "props"),
        (("account",), ("count",), WHOLE_DAY, "activity"),
        (("account.trait.tier",), ("module_ms",), WHOLE_DAY, "activity"),
        (("user", "action"), ("count",), WHOLE_DAY, "props"),
        (("module",), ("count",), WHOLE_DAY, "context"),
        (("info.plan",), ("count",), WHOLE_DAY, "props"),
        (("info.plan", "module"), ("count",), WHOLE_DAY, "events"),
        (("info.plan.name",), ("count",), WHOLE_DAY, "events"),
        (("info.plan", "info.Plan"), ("count",), WHOLE_DAY, "events"),
        (("page",), ("count",), WHOLE_DAY, "events"),
        ((), ("person", "time"), WHOLE_DAY | {"distinct": True}, "days"),
        ((), ("account",), WHOLE_DAY | {"distinct": True, "grain": HOUR_MS}, "path"),
        (("action",), ("person",), WHOLE_DAY | {"distinct": True}, "path"),
        ((), ("person", "time", "action"), {}, "path"),
    ],
)
def test_the_smallest_table_that_knows_answers(
    names: tuple[str, ...], columns: tuple[str, ...], span: dict[str, int], table: str
) -> None:
    asked = [fields.field(name, "group_by") for name in names]

    answer = rows(Asked(fields=tuple(asked), columns=frozenset(columns), **span))  # type: ignore[arg-type]

    assert answer.table == table


def test_whose_an_event_is_is_told_as_it_is_now() -> None:
    lake = reader({"user_id": "u1", "company_id": "acme"}, {"user_id": "new", "company_id": None})

    answer = ask(lake, fields_of=("user", "account"), columns=frozenset({"person", "account"}))

    assert answer == [("new", None, "new", None), ("u2", "acme", "u2", "acme")]


def test_a_span_has_its_first_moment_and_not_its_last() -> None:
    lake = reader(*({"time": DAY + offset} for offset in (-1, 0, 4, 5)))

    answer = ask(lake, columns=frozenset({"time"}), start=DAY, end=DAY + 5)

    assert answer == [(DAY,), (DAY + 4,)]


def test_times_are_rounded_down_to_the_grain_and_equal_rows_are_one() -> None:
    lake = reader(
        *({"time": DAY + offset, "action": "a", "count": 2, "weight": 3.0} for offset in (1, 2, 9))
    )

    answer = ask(
        lake,
        fields_of=("action", "user"),
        columns=frozenset({"time", "count", "weight"}),
        grain=5,
        start=DAY,
    )

    assert answer == [(DAY, "a", "u2", 4, 12.0), (DAY + 5, "a", "u2", 2, 6.0)]


def test_cases_tell_which_of_them_a_row_meets() -> None:
    lake = reader({"action": "a"}, {"action": "b", "user_id": "u1"}, {"action": "c"})
    cases = tuple(
        tuple(map(filters.read, case)) for case in (["action=a"], ["user=x2", "action!=c"])
    )

    answer = ask(lake, fields_of=("action",), columns=frozenset({"person"}), cases=cases)

    assert answer == [("a", True, True, "u2"), ("b", False, True, "u2")]


def test_reports_of_time_have_a_part_in_the_times_alone() -> None:
    lake = reader({"kind": "time", "active_ms": 5}, {"kind": "identify"}, {"active_ms": 2})

    counted = ask(lake, "label missing", columns=frozenset({"count"}))
    timed = ask(lake, "label missing", columns=frozenset({"active_ms"}))

    assert counted == [(1,)]
    assert timed == [(2,), (5,)]


def test_days_and_hours_tell_the_same_as_events() -> None:
    totals = [{"day": DAY_TEXT, "action": "a", "events": 4, "weight": 2.0}]
    lake = reader({"action": "a", "count": 4, "weight": 0.5}, totals_day=totals)
    columns = frozenset({"time", "count", "weight"})

    by_day = ask(lake, fields_of=("action",), columns=columns, **WHOLE_DAY)
    by_event = ask(lake, fields_of=("action",), columns=columns, start=DAY, end=DAY + 1)

    assert by_day == by_event == [(DAY, "a", 4, 2.0)]


def test_who_is_nobody_is_not_a_certain_user() -> None:
    lake = reader({"user_id": None}, {"user_id": "u1"}, {"user_id": "new"})

    answer = ask(lake, "user!=x2", fields_of=("user",), columns=frozenset({"count"}))

    assert answer == [("new", 1), (None, 1)]
