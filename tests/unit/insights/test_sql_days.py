"""Conditions on month, day and time bound which days are fetched, where that changes no row."""

from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests import effort
from tests.unit.cli import sql_world
from tests.unit.cli.sql_world import ask
from tests.unit.lake.lakes import Lake
from waypost.insights import sql_plans, sql_reads

JANUARY = ("2027-01-01", "2027-01-31")


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("FROM events WHERE month = '2027-01'", JANUARY),
        ("FROM sessions AS s WHERE s.month BETWEEN '2027-01' AND '2027-01'", JANUARY),
        ("FROM events WHERE month <= '2027-01-15'", (None, "2027-01-31")),
        ("FROM events WHERE day > DATE '2027-01-03' AND action = 'x'", ("2027-01-03", None)),
        ("FROM events WHERE '2027-01-03' >= day", (None, "2027-01-03")),
        (
            "FROM events WHERE time >= TIMESTAMP '2027-01-03 10:00' AND time < '2027-02-01'",
            ("2027-01-03", "2027-02-01"),
        ),
        (
            "FROM events WHERE day = '2027-02-03' UNION ALL FROM events WHERE month = '2027-01'",
            ("2027-01-01", "2027-02-03"),
        ),
        ("FROM events WHERE day = '2027-02-03' UNION ALL FROM events", (None, None)),
        ("WITH e AS (FROM events WHERE month = '2027-01') SELECT * FROM e", JANUARY),
        ("FROM events e, activity a WHERE a.month = '2027-01'", (None, None)),
        ("FROM events WHERE month = '2027-01' OR action = 'x'", (None, None)),
        ("FROM events WHERE NOT month = '2027-01'", (None, None)),
        ("FROM (FROM events) WHERE month = '2027-01'", (None, None)),
        ("FROM sessions WHERE day = '2027-01-03'", (None, None)),
        ("FROM events WHERE time > '2027-01-03 23:00+05'", (None, None)),
        ("FROM events WHERE month = '2027-13'", (None, None)),
        ("FROM query('FROM events') WHERE month = '2027-01'", (None, None)),
        (
            "FROM users u ASOF JOIN activity a ON u.created >= a.day WHERE a.month <= '2027-01'",
            (None, None),
        ),
        ("FROM events e POSITIONAL JOIN users u WHERE e.month = '2027-01'", (None, None)),
        (
            "FROM events e PIVOT (count(*) FOR action IN ('x')) WHERE month = '2027-01'",
            (None, None),
        ),
        ("SELECT 1 FROM events POSITIONAL JOIN users WHERE month = '2027-01'", (None, None)),
        ("FROM users", (None, None)),
    ],
)
def test_days_are_bounded_by_what_is_asked_of_each_row(
    query: str, days: tuple[str | None, str | None]
) -> None:
    assert sql_reads.days_of(query) == days


def test_days_that_contradict_each_other_are_one_day() -> None:
    plan = sql_plans.reads(
        "SELECT 1 FROM events WHERE month = '2027-02'", "t1", None, JANUARY[1]
    ).plan

    assert (plan.first, plan.last) == ("2027-02-01", "2027-02-01")


def test_bounds_change_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, chance = sql_world.lake(tmp_path), Random(7)
    queries = [
        chance.choice(QUERIES).format(*chance.choices(CONDITIONS, k=2))
        for _ in range(effort.times(8, 12, 400))
    ]
    bounded = [ask(lake, query) for query in queries]

    monkeypatch.setattr(sql_plans, "days_of", lambda _: (None, None))

    assert [ask(lake, query) for query in queries] == bounded
    assert len({repr(rows) for rows in bounded}) > 3


def test_a_bound_that_is_too_narrow_is_caught(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT count(*) FROM events"
    whole = ask(lake, query)
    monkeypatch.setattr(sql_plans, "days_of", lambda _: JANUARY)

    assert ask(lake, query) != whole


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return sql_world.lake(tmp_path)


QUERIES = (
    "SELECT count(*), min(time) FROM events AS e WHERE {} AND {}",
    "SELECT count(*), sum(a.events) FROM events AS e LEFT JOIN activity AS a USING (day) "
    "WHERE {} AND {}",
    "SELECT count(*) FROM activity AS a RIGHT JOIN events AS e USING (user_id) WHERE {} AND {}",
    "SELECT count(*) FROM events AS e WHERE {} AND EXISTS (FROM activity AS a WHERE a.day = e.day) "
    "AND {}",
)
COLUMNS = {
    "month": ("'2027-01'", "'2027-02'", "'2027-01-15'"),
    "day": ("DATE '2027-01-03'", "'2027-02-12'", "'2027-01-31'"),
    "time": ("TIMESTAMP '2027-01-03 01:01:03'", "'2027-02-12'"),
}
CONDITIONS = [
    f"e.{column} {operator} {value}"
    for column, values in COLUMNS.items()
    for operator, value in product(("<", "<=", "=", ">=", ">"), values)
]
