"""Sparse reads: of a big file only what a question looks at is here, and the answer is the same."""

from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from tests.unit.lake.lakes import TENANT, Lake
from waypost.lake import fetching, footers, tables, views
from waypost.lake.plans import Cost, Plan

ROWS = 20_000
GROUP = 2_048  # the least that DuckDB writes
USERS = 400
QUESTIONS = 8  # of each table


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Every table with a file of some ten row groups."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for table in tables.TABLES:
        month = ("2027-01-01", "2027-01-31") if table in tables.MONTHLY else ("", "")
        lake.publish(table, *month, made_up(table), group=GROUP)
    return lake


@pytest.fixture(autouse=True)
def small_counts_as_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "BIG", 0)
    monkeypatch.setattr(footers, "TAIL", 4_096)
    monkeypatch.setattr(fetching, "_GAP", 512)


@pytest.mark.parametrize("table", tables.TABLES)
def test_random_questions_have_the_same_answers(lake: Lake, table: str, tmp_path: Path) -> None:
    random = Random(table)
    lake.folder, cached = tmp_path, Lake(tmp_path / "x", lake=lake.lake)
    cached.metrics = lake.metrics
    for _ in range(QUESTIONS):
        plan, sql = question(random, table)

        sparse, cost = ask(random.choice([lake, cached]), plan, sql)

        assert sparse == whole(lake, plan, sql), (plan, sql)
        assert cost.bytes >= 0


def test_values_that_are_asked_for_leave_row_groups_out(lake: Lake, tmp_path: Path) -> None:
    lake.folder = tmp_path
    (size,) = {file.size for file in lake.month("2027-01").files["events"]}
    some = ("events", ("user_id", ("u0007", "u0390")))
    plan = Plan({"events": None}, equal=dict([some]))
    sql = "SELECT count(*), max(properties) FROM events WHERE user_id IN ('u0007', 'u0390')"

    answer, cost = ask(lake, plan, sql)

    assert answer == whole(lake, plan, sql)
    assert answer[0][0] > 50
    assert cost.bytes < size / 2


@pytest.mark.parametrize("users", [("u0007",), ("u0007", "u0111", "u0390")])
def test_a_page_of_some_users_is_the_same(
    lake: Lake, tmp_path: Path, users: tuple[str, ...]
) -> None:
    lake.folder = tmp_path
    columns = ("time", "id", "user_id", "action", "properties", "page")
    plan = Plan({"events": columns}, "2027-01-03", equal={"events": ("user_id", users)})
    sql = f"""SELECT {", ".join(columns)} FROM events
        WHERE user_id IN {users if users[1:] else f"('{users[0]}')"}
        ORDER BY time DESC, id DESC LIMIT 20"""

    answer, _ = ask(lake, plan, sql)

    assert len(answer) == 20
    assert answer == whole(lake, plan, sql)


def test_values_that_are_no_texts_leave_nothing_out(lake: Lake, tmp_path: Path) -> None:
    """As texts, 9.0 lies behind 15.75."""
    lake.folder = tmp_path
    plan = Plan({"events": ("weight",)}, equal={"events": ("weight", ("9.0",))})
    sql = "SELECT count(*) FROM events WHERE weight = 9.0"

    answer, _ = ask(lake, plan, sql)

    assert answer == whole(lake, plan, sql)


def test_a_user_who_is_nowhere_costs_footers_alone(lake: Lake, tmp_path: Path) -> None:
    lake.folder = tmp_path
    plan = Plan({"events": ("properties",)}, equal={"events": ("user_id", ("nobody",))})

    answer, cost = ask(lake, plan, "SELECT count(*) FROM events")

    assert answer == [(0,)]
    assert cost.gets <= 2


def test_columns_that_are_not_asked_for_are_not_fetched(lake: Lake, tmp_path: Path) -> None:
    lake.folder = tmp_path
    sql = "SELECT sum(weight) FROM activity"

    answer, cost = ask(lake, Plan({"activity": ("weight",)}), sql)
    _, more = ask(lake, Plan({"activity": ("weight", "first", "last")}), sql)

    assert answer == whole(lake, Plan({"activity": None}), sql)
    assert more.bytes > 0
    assert cost.bytes < next(iter(lake.month("2027-01").files["activity"])).size / 2


def test_what_is_here_is_not_asked_for_again(lake: Lake, tmp_path: Path) -> None:
    lake.folder = tmp_path
    plan = Plan({"context": ("time", "module")}, "2027-01-01", "2027-01-20")
    sql = "SELECT module, count(*) FROM context GROUP BY ALL ORDER BY ALL"

    first, cost = ask(lake, plan, sql)
    again, nothing = ask(lake, plan, sql)

    assert first == again
    assert cost.gets > 1
    assert (nothing.gets, nothing.bytes) == (0, 0)


def test_without_its_bloom_filters_a_question_fails_and_does_not_lie(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out on purpose here must be seen: it is how a wrong plan of bytes would look."""
    lake.folder = tmp_path
    monkeypatch.setattr(footers, "TAIL", 8)
    read = footers.read

    def without_blooms(*asked: Any) -> Any:
        known = read(*asked)
        for footer in known.values():
            for chunks in footer.columns.values():
                for chunk in chunks:
                    chunk.bloom = None
        return known

    monkeypatch.setattr(footers, "read", without_blooms)

    with pytest.raises(duckdb.Error):
        ask(lake, Plan({"path": ("user_id",)}), "SELECT count(*) FROM path WHERE user_id = 'u0007'")


def made_up(table: str) -> str:
    """Random rows of a table, the same each time."""
    kinds = tables.TABLES[table] | tables.BEHIND.get(table, {})
    columns = ", ".join(
        f'{_value(name, kind, number)} AS "{name}"'
        for number, (name, kind) in enumerate(kinds.items(), start=1)
    )
    return f"(SELECT {columns} FROM range({ROWS}) AS t(i))"


def _value(name: str, kind: str, number: int) -> str:
    if name == "gone":
        return "NULL::BIGINT"
    hashed = f"hash(i * 31 + {number})"
    if name in ("user_id", "company_id", "person", "account") or (name == "id" and kind != "UUID"):
        return f"format('u{{:04d}}', ({hashed} % {USERS})::INTEGER)"
    values = {
        "VARCHAR": f"CASE WHEN {hashed} % 9 > 0 THEN 'v' || ({hashed} % 50) END",
        "UUID": "md5(i::VARCHAR)::UUID",
        "JSON": f"('{{\"k\": ' || ({hashed} % 50) || '}}')::JSON",
        "DATE": f"DATE '2027-01-01' + ({hashed} % 31)::INTEGER",
        "BOOLEAN": f"{hashed} % 2 = 0",
        "UBIGINT": hashed,
        "DOUBLE": f"({hashed} % 64) / 4.0",
    }
    moment = f"(1798761600000 + {hashed} % 2678400000)::BIGINT"
    if name in ("time", "hour", "first", "last"):
        return moment
    return f"({values.get(kind, f'{hashed} % 1000')})::{kind}"


def question(random: Random, table: str) -> tuple[Plan, str]:
    """A plan, and a query that keeps to it."""
    names = random.sample(
        list(tables.TABLES[table]), k=random.randint(1, min(4, len(tables.TABLES[table])))
    )
    texts = [name for name in names if tables.TABLES[table][name] == "VARCHAR"]
    first, last = sorted(f"2027-01-{random.randint(1, 31):02d}" for _ in range(2))
    span = random.choice([(None, None), (first, last), (first, None), (None, last)])
    equal, where = {}, ""
    if texts and random.random() < 0.8:
        name = random.choice(texts)
        letter = "u" if name in ("user_id", "company_id", "person", "account", "id") else "v"
        values = tuple(
            f"u{random.randrange(USERS):04d}" if letter == "u" else f"v{random.randrange(50)}"
            for _ in range(random.randint(1, 4))
        )
        listed = ", ".join(f"'{value}'" for value in values)
        where = random.choice([f'"{name}" IN ({listed})', f"\"{name}\" = '{values[0]}'"])
        if random.random() < 0.7:
            equal = {table: (name, values)}
        elif random.random() < 0.5:
            where = f"\"{name}\" > '{values[0]}'"
    return Plan({table: tuple(names)}, *span, equal=equal), _sql(random, table, names, where)


def _sql(random: Random, table: str, names: list[str], where: str) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    rows = f"FROM {table}" + (f" WHERE {where}" if where else "")
    kinds = [
        f'SELECT count(*), min("{names[0]}"), max("{names[0]}") {rows}',
        f"SELECT {listed}, count(*) {rows} GROUP BY ALL ORDER BY ALL LIMIT 50",
        f"SELECT {listed} {rows} ORDER BY {listed} DESC LIMIT 7",
        f'SELECT count(DISTINCT "{names[-1]}") {rows}',
        f"SELECT count(*) FROM (SELECT {listed} {rows}) AS a "
        f'JOIN (SELECT max("{names[0]}") AS "{names[0]}" {rows}) USING ("{names[0]}")',
    ]
    return random.choice(kinds)


def ask(lake: Lake, plan: Plan, sql: str) -> tuple[list[tuple[Any, ...]], Cost]:
    with lake.reader().open(TENANT, plan) as opened:
        return opened.rows(sql), opened.cost


def whole(lake: Lake, plan: Plan, sql: str) -> list[tuple[Any, ...]]:
    """The answer of DuckDB over the whole files."""
    (table,) = plan.tables
    for key, data in lake.lake.objects.items():
        if key.startswith(f"{table}/"):
            (lake.folder / "whole.parquet").write_bytes(data)
    files = f"(FROM '{lake.folder / 'whole.parquet'}'{views.within(table, plan.first, plan.last)})"
    with duckdb.connect() as db:
        db.execute(f"CREATE VIEW {table} AS FROM {files}")
        return db.execute(sql).fetchall()
