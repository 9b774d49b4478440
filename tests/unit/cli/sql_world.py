"""A small lake of which SQL is asked: merged and removed people, reports that are no events."""

from pathlib import Path
from typing import Any

from tests.unit.lake.lakes import TENANT, Lake
from waypost.cli import sql_output, sql_query
from waypost.cli.sql_query import Files
from waypost.times import DAY_MS, start_of_day

DAY = "2027-01-03"
MOMENT = start_of_day(DAY) + 3_661_001  # 01:01:01.001
ODD = """O'Brien "x"; DROP TABLE events --"""
_GONE = {"gone": MOMENT}
_TIME = {"kind": "time", "count": 0, "weight": 0.0}


def _event(number: int, user: str | None, company: str | None, **more: Any) -> dict[str, Any]:
    row = {"time": MOMENT + number * 1000, "id": f"{number:032x}", "user_id": user}
    row |= {"company_id": company, "action": "Logged in", "weight": 0.5, "count": 2}
    return row | {"received": MOMENT + DAY_MS, "properties": '{"plan":"pro"}', **more}


EVENTS = [
    _event(1, "anonymous", None, session="s1", active_ms=1500),
    _event(2, "ann", "acme", session="s1", module="Reports", module_ms=2500, properties=None),
    _event(3, "ann", "unheard of", session="s2", action=ODD),
    _event(4, "new", None, label=ODD),
    _event(5, None, "acme"),
    _event(6, "ann", "acme", kind="traits"),
    _event(7, "ann", None, time=MOMENT + 40 * DAY_MS, session="s2"),
    _event(8, "erased", None),
    _event(9, "ann", "acme", session="s1", active_ms=250, module_ms=250, **_TIME),
    _event(10, "idle", None, session="s3", active_ms=1000, **_TIME),
]
SEEN = [
    {"user_id": "anonymous", "events": 2, "weight": 1.0, "first": MOMENT, "last": MOMENT + 1},
    {"user_id": "ann", "company_id": "acme", "events": 3, "weight": 2.0, "first": 1, "last": 2},
    {"user_id": "ann", "events": 0, "weight": 0.0, "first": 0, "last": MOMENT + DAY_MS},
]
PEOPLE: dict[str, list[dict[str, Any]]] = {
    "who": [
        {"user_id": "anonymous", "person": "ann", "account": "globex"},
        {"user_id": "ann", "person": "ann", "account": "globex"},
        {"user_id": "erased"} | _GONE,
        {"user_id": "idle", "person": "idle"},
    ],
    "alias": [{"company_id": id, "account": id} for id in ("acme", "globex")],
    "users": [
        {"id": "anonymous", "merged_into": "ann", "created": 1},
        {
            "id": "ann",
            "email": "ann@globex.com",
            "name": ODD,
            "account_id": "globex",
            "reason": "email_domain",
            "confidence": 0.75,
            "traits": '{"role":"admin"}',
            "created": MOMENT,
        },
        {"id": "erased"} | _GONE,
        {"id": "idle", "reason": "no_domain"},
    ],
    "accounts": [
        {"id": "acme", "name": "Acme", "created": MOMENT},
        {"id": "globex", "name": "Globex"},
        {"id": "gone"} | _GONE,
    ],
}


def lake(folder: Path) -> Lake:
    """The lake, of two months."""
    made = Lake(folder)
    for rows in (EVENTS[:6] + EVENTS[7:], [EVENTS[6]]):
        day = "2027-02-12" if len(rows) == 1 else DAY
        made.add("events", day, day, rows)
        made.derive(day, day, "made", ("path", "context", "activity"))
    for table, rows in PEOPLE.items():
        made.add(table, "", "", rows)
    made.add("seen", "", "", SEEN)
    return made


def files(lake: Lake) -> Files:
    return Files(TENANT, lake.lake, lake.metrics, lake.folder / "sql")


def ask(lake: Lake, query: str, first: str | None = None, last: str | None = None) -> list[Any]:
    """The rows of an answer, each a tuple, or the value where there is one column."""
    statement = sql_query.only_reading(query)
    with (
        sql_query.opened(statement, files(lake), first=first, last=last) as opened,
        sql_query.told(query),
    ):
        answer = list(sql_output.rows(sql_output.asked(opened.db, statement)))
    return [row[0] if len(row) == 1 else row for row in answer]
