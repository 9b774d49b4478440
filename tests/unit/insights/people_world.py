"""Random events and people, the tables that the lake has of them, and who everybody is."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.fakes import FakeReader
from waypost.lake import derived
from waypost.times import DAY_MS, HOUR_MS

Row = dict[str, Any]

FIRST_DAY = 1_793_145_600_000  # 2026-10-28
DAYS = 40
_ROLLUPS = ("path", "context", "props", "totals", "totals_day", "days", "activity", "seen")
_KEYS = ("plan", "amount")


class FileReader(FakeReader):
    """Tables that were written down once, in Parquet, for questions by the hundred."""

    def __init__(self, folder: Path, **rows: list[Row]) -> None:
        super().__init__(**rows)
        self.folder = folder
        for table in rows:
            with duckdb.connect() as db:
                super().fill(db, table, ())
                db.execute(f"COPY rows_of_{table} TO '{folder / table}.parquet'")

    def fill(self, db: duckdb.DuckDBPyConnection, table: str, _asked: tuple[str, ...]) -> None:
        db.execute(f"CREATE VIEW rows_of_{table} AS FROM '{self.folder / table}.parquet'")


@dataclass
class World:
    """`events` are activity and reports; `persons` and `homes` are who, and whose, users are.

    Some users are nobody that `persons` knows, and some companies do not exist. Some events are of
    a company alone.
    """

    events: list[Row]
    persons: dict[str, str]
    homes: dict[str, str | None]
    companies: dict[str, str]
    reader: FakeReader

    def person(self, event: Row) -> str | None:
        id: str | None = event["user_id"]
        return None if id is None else self.persons.get(id, id)

    def account(self, event: Row) -> str | None:
        named = self.companies.get(event["company_id"])
        return named or self.homes.get(event["user_id"])


def random_world(seed: int, folder: Path, events: int = 300) -> World:
    dice = random.Random(seed)
    users = [f"u{n}" for n in range(25)]
    companies = {f"c{n}": f"c{n}" for n in range(5)} | {"c-old": "c1"}
    persons = {user: user for user in users[:20]} | {"u3": "u2", "u4": "u2", "u9": "u8"}
    homes = {user: dice.choice([*companies.values(), None]) for user in persons}
    homes |= {user: homes[person] for user, person in persons.items()}
    stream = [_event(dice, users) for _ in range(events)]
    # Two files of each table, so that most keys of a rollup are in both.
    halves = [rollups(stream[::2]), rollups(stream[1::2])]
    reader = FileReader(
        folder,
        **{table: [row for half in halves for row in half[table]] for table in _ROLLUPS},
        events=stream,
        users=[{"id": user, "name": f"Name of {user}"} for user in persons],
        accounts=[{"id": id} for id in sorted(set(companies.values()))],
        who=[
            {"user_id": user, "person": person, "account": homes[user]}
            for user, person in persons.items()
        ],
        alias=[
            {"company_id": company, "account": account} for company, account in companies.items()
        ],
    )
    return World(stream, persons, homes, companies, reader)


def rollups(events: list[Row]) -> dict[str, list[Row]]:
    """The rows of each rollup, as a run derives them."""
    reader = FakeReader(events=events)
    derived_rows = {}
    with duckdb.connect() as db:
        reader.fill(db, "events", ())
        for table in _ROLLUPS:
            cursor = db.execute(derived.select(table, "rows_of_events", _KEYS))
            names = [column[0] for column in cursor.description]
            derived_rows[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return derived_rows


def _event(dice: random.Random, users: list[str]) -> Row:
    at = FIRST_DAY + dice.randrange(DAYS) * DAY_MS + dice.randrange(24) * HOUR_MS
    return {
        "time": at + dice.choice([0, 1, HOUR_MS - 1, dice.randrange(HOUR_MS)]),
        "user_id": dice.choice([*users, None, None]),
        "company_id": dice.choice(["c0", "c1", "c-old", "unknown", None, None]),
        "action": dice.choice(["Did", "Paid", "Logged in", None]),
        "kind": dice.choice([None, None, None, "identify"]),
        "session": dice.choice([None, *(f"s{n}" for n in range(30))]),
        "module": dice.choice(["home", "shop", None]),
        "source": dice.choice(["planhat", "segment"]),
        "weight": dice.choice([1.0, 0.1, 2.5]),
        "count": dice.choice([1, 1, 3]),
        "active_ms": dice.choice([None, 1500, 20]),
        "module_ms": dice.choice([None, 700]),
        "properties": json.dumps(_properties(dice)),
    }


def _properties(dice: random.Random) -> dict[str, Any]:
    """Numbers as such, as text, and what is none."""
    amounts = [0, 1, 2.5, -3, 40, "7", "seven", "nan", "1e999", True, None, [5]]
    return {
        name: value
        for name, value in {
            "plan": dice.choice(["pro", "free", None]),
            "amount": dice.choice(amounts),
            "cart": dice.choice([{"total": dice.randrange(9)}, {"total": "8"}, {}, None]),
        }.items()
        if value is not None or dice.random() < 0.5
    }
