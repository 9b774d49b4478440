"""The recipes of `waypost sql`: each of them is run, over a small lake."""

import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
import sqlglot

from tests.conftest import ROOT
from tests.docs import environment
from tests.fakes.reader import FakeReader
from tests.unit.cli import sql_world
from tests.unit.lake.lakes import TENANT, Lake
from waypost.cli import sql_output, sql_query
from waypost.cli.output import Failure
from waypost.insights.ports import QuestionStores
from waypost.insights.sql_views import VIEWS
from waypost.web.api.routes import QUESTIONS
from waypost.web.asking import Parameters

RECIPES = ROOT / "layers" / "shared" / "waypost" / "cli" / "recipes"
README = (RECIPES / "README.md").read_text()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sql_world.lake(tmp_path_factory.mktemp("lake"))


def questions() -> list[str]:
    """The queries of Metabase, with what it puts into their variables, and those of the page."""
    text = (RECIPES / "metabase.sql").read_text()
    filled = text.replace("{{tenant}}", f"'{TENANT}'").replace("{{since}}", "'2027-01'")
    assert "{{" not in filled
    return [query for query in filled.split(";\n") if query.strip()] + _sql_of_the_page()


def _sql_of_the_page() -> list[str]:
    return re.findall(r"^```sql\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("query", questions(), ids=range(len(questions())))
def test_questions_in_sql_are_answered(lake: Lake, query: str) -> None:
    assert sql_world.ask(lake, query)


@pytest.mark.parametrize("query", questions(), ids=range(len(questions())))
def test_questions_in_sql_are_read_by_athena_and_mean_the_same(lake: Lake, query: str) -> None:
    (back,) = sqlglot.transpile(query, read="athena", write="duckdb")

    assert sql_world.ask(lake, back) == sql_world.ask(lake, query)


def test_a_question_that_names_no_column_is_caught(lake: Lake) -> None:
    with pytest.raises(Failure):
        sql_world.ask(lake, questions()[0].replace("user_id", "nobody_id"))


def needed() -> None:
    if reason := environment.missing():
        pytest.skip(reason)


def run(*command: str | Path, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "PATH": os.environ["PATH"]}
    return subprocess.run(
        [environment.BIN / command[0], *command[1:]],
        cwd=cwd,
        env=quiet,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def files_of(lake: Lake, folder: Path) -> None:
    """What `waypost sql "FROM …" -o lake/….parquet` writes."""
    folder.mkdir()
    for view in VIEWS:
        query, target = f"FROM {view}", folder / f"{view}.parquet"
        own = sql_world.files(lake)
        with sql_query.opened(query, own, first=None, last=None, target=target) as opened:
            opened.db.sql(query).write_parquet(str(target))


def test_dbt_builds_its_model_and_notices_an_id_that_stands_twice(
    lake: Lake, tmp_path: Path
) -> None:
    needed()
    shutil.copytree(RECIPES / "dbt", tmp_path, dirs_exist_ok=True)
    files_of(lake, tmp_path / "lake")
    twice(tmp_path / "lake" / "users.parquet")

    done = run("dbt", "build", "--profiles-dir", ".", "--no-use-colors", cwd=tmp_path)

    failed = re.findall(r"of 11 FAIL \d+ (\w+)", done.stdout)
    assert failed == ["source_unique_waypost_users_user_id"], done.stdout
    assert "PASS=10 WARN=0 ERROR=1 SKIP=0" in done.stdout
    with duckdb.connect(str(tmp_path / "waypost.duckdb")) as db:
        rows = db.execute("FROM weekly_accounts ORDER BY ALL").fetchall()
    assert [(str(week)[:10], *rest) for week, *rest in rows] == [
        ("2026-12-28", "acme", "Acme", 1, 4),
        ("2026-12-28", "globex", "Globex", 1, 4),
        ("2027-02-08", "globex", "Globex", 1, 2),
    ]


def twice(file: Path) -> None:
    """Writes every row of a file once more."""
    more = file.with_suffix(".more")
    with duckdb.connect() as db:
        db.execute(f"COPY (FROM '{file}' UNION ALL FROM '{file}') TO '{more}' (FORMAT parquet)")
    more.replace(file)


def test_pandas_reads_the_rows_of_waypost_sql(lake: Lake) -> None:
    needed()
    query = "SELECT day, user_id, account_name FROM activity"
    out = io.StringIO()
    with sql_query.opened(query, sql_world.files(lake), first=None, last=None) as opened:
        answer = sql_output.asked(opened.db, query)
        sql_output.write("json", sql_output.columns(answer), sql_output.rows(answer), out)

    done = run("python", "weekly.py", cwd=RECIPES, stdin=out.getvalue())

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "day,Acme,Globex",
        "2026-12-28,1,1",
        "2027-02-08,0,1",
    ]


def test_grafana_asks_what_the_api_answers() -> None:
    dashboard = json.loads((RECIPES / "grafana.json").read_text())
    targets = [target for panel in dashboard["panels"] for target in panel["targets"]]

    for target in targets:
        answer = answered(target)

        points = answer[target["root_selector"]]
        assert points
        assert {column["selector"] for column in target["columns"]} <= points[0].keys()


def answered(target: dict[str, Any]) -> dict[str, Any]:
    """What the API answers to a panel, for the span that Grafana would put in."""
    name = target["url"].removeprefix("/api/v1/")
    span = {
        "${__from:date:iso}": "2027-01-01T00:00:00Z",
        "${__to:date:iso}": "2027-02-01T00:00:00Z",
    }
    given = {
        parameter["key"]: [span.get(parameter["value"], parameter["value"])]
        for parameter in target["url_options"]["params"]
    }
    reader = FakeReader(days=[{"day": "2027-01-03", "user_id": "ann"}])
    stores = QuestionStores(_Nobody(), reader, lambda: 1_800_000_000_000)
    answer = QUESTIONS[name](TENANT, Parameters(given), stores)
    built: dict[str, Any] = msgspec.to_builtins(answer)
    return built


class _Nobody:
    """No tenant has settings."""

    def get(self, _tenant: str) -> None:
        return None
