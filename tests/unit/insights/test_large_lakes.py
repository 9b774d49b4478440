"""A question that an engine reads for has the answer that it has where its files are fetched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from tests.asking import asked
from tests.fakes import FakeReader, FakeTenants, FixedClock
from tests.unit.insights import activity_world
from tests.unit.insights.activity_world import DAY
from tests.unit.insights.test_athena import BUCKET, EVENTS, TABLES, TENANT, glue
from waypost.insights.large_lakes import LargeLakes
from waypost.insights.ports import QuestionStores
from waypost.lake.months import File
from waypost.lake.plans import Plan
from waypost.lake.tables import MONTHLY
from waypost.lake.tables import TABLES as COLUMNS
from waypost.times import DAY_MS
from waypost.web.api import routes

NOW = DAY + 2 * DAY_MS
QUESTIONS: list[tuple[str, Mapping[str, Any]]] = [
    ("funnels", {"step": ["a", "b"], "last": "30d"}),
    ("funnels", {"step": ["a", "[info.plan exists]"], "per": "account", "last": "30d"}),
    ("paths", {"action": "a", "last": "30d"}),
    ("paths", {"action": "nothing", "last": "30d"}),
    ("metrics", {"metric": "events", "group_by": "action", "last": "7d"}),
    ("metrics", {"metric": "users", "group_by": ["account", "info.plan"], "last": "7d"}),
    ("metrics", {"metric": "median(info.seats)", "last": "7d", "compare": "previous"}),
    ("metrics", {"metric": "weight", "filter": "trait.role exists", "interval": "hour"}),
    ("metrics", {"metric": "logins", "last": "7d"}),
    ("retention", {"interval": "day"}),
    ("retention", {"interval": "day", "first": "a", "per": "account"}),
    ("changes", {"days": "1", "baseline": "1"}),
]


class Files(FakeReader):
    """A lake that says of each table kept by month that it is a file of some size."""

    size = 100

    def files(self, _tenant: str, plan: Plan) -> dict[str, list[File]]:
        return {
            table: [File(f"{table}/tenant_id=t/month=2024-10/f.parquet", 1, self.size, *_DAYS)]
            for table in plan.tables
            if table in MONTHLY
        }


_DAYS = ("2024-10-01", "2024-10-31")


class Engine:
    """Athena, played by DuckDB in its own dialect; it has asked for what it `read`."""

    def __init__(self, reader: FakeReader) -> None:
        self.reader = reader
        self.read: list[str] = []

    def rows(self, _tenant: str, sql: str, folder: Path) -> list[Path]:
        self.read.append(sql)
        asked = [table for table in COLUMNS if f"raw_{table} " in sql]
        with self.reader.open(TENANT, Plan(dict.fromkeys(asked))) as opened:
            glue(opened.db, asked)
            here = sqlglot.parse_one(sql, read="athena").sql("duckdb")
            opened.db.execute(f"CREATE TABLE found AS {here}")
            ((number,),) = opened.rows("SELECT count(*) FROM found")
            opened.db.execute(f"COPY found TO '{folder / 'f.parquet'}' (FORMAT parquet)")
        return [folder / "f.parquet"] if number else []


@pytest.mark.parametrize(("kind", "given"), QUESTIONS)
def test_a_question_of_a_large_lake_has_the_same_answer(
    kind: str, given: Mapping[str, Any]
) -> None:
    world = activity_world.reader(*EVENTS, **TABLES)
    files = Files(**world.tables)
    engine = Engine(world)
    large = LargeLakes(reader=files, engine=engine, bucket=BUCKET, most=99)

    whole, elsewhere = (ask(kind, given, reader) for reader in (world, large))

    assert elsewhere == whole
    assert engine.read


def test_paths_of_somebody_who_is_not_known_yet_are_found_elsewhere_too() -> None:
    walked = [
        {"time": DAY + n, "user_id": "new", "action": action} for n, action in ((1, "x"), (2, "y"))
    ]
    world = activity_world.reader(*walked)
    large = LargeLakes(reader=Files(**world.tables), engine=Engine(world), bucket=BUCKET, most=99)

    answer = ask("paths", {"action": "x", "last": "30d"}, large)

    assert [(path.key, path.users) for path in answer.after] == [("y", 1)]


def test_what_fits_in_is_read_here() -> None:
    world = activity_world.reader(*EVENTS, **TABLES)
    engine = Engine(world)
    large = LargeLakes(reader=Files(**world.tables), engine=engine, bucket=BUCKET, most=100)

    ask(*QUESTIONS[0], large)

    assert engine.read == []


def test_a_question_in_which_no_statement_stands_for_the_rest_is_read_here() -> None:
    world = activity_world.reader(*EVENTS, **TABLES)
    large = LargeLakes(reader=Files(**world.tables), engine=Engine(world), bucket=BUCKET, most=0)

    with large.open(TENANT, Plan({"events": ("action",)})) as opened:
        assert len(opened.rows("FROM events")) == len(EVENTS)


def ask(kind: str, given: Mapping[str, Any], reader: Any) -> Any:
    stores = QuestionStores(FakeTenants(), reader, FixedClock(NOW))
    return routes.QUESTIONS[kind](TENANT, asked(**given), stores)
