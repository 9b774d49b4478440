"""What each question of the benchmarks fetches from S3: so many files, and not a byte more."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.benchmarks import ask, made, question_lakes, shapes
from tests.benchmarks.folder_lake import FolderLake
from tests.benchmarks.question import Question
from tests.benchmarks.question_lakes import Made
from tests.benchmarks.questions import QUESTIONS

DAYS = 120
# The small tenant with fewer days: whole files are fetched, for all of them are small.
SHAPE = replace(
    shapes.S,
    name="few days",
    events=60_000,
    days=DAYS,
    first=shapes.S.last - timedelta(days=DAYS - 1),
)
# Five months have a file of each table, and the last three days one each.
MONTHS = 5 + 3  # files
OF_30_DAYS = 2 + 3
PEOPLE = {"who": 1, "alias": 1}
FETCHED: dict[str, dict[str, int]] = {
    "totals by week and action": {"totals_day": MONTHS},
    "users by week": {"days": MONTHS, "who": 1},
    "accounts by week": {"days": MONTHS, **PEOPLE},
    "by a property, 30 days": {"props": OF_30_DAYS, "who": 1},
    "by a property, 30 days, two filters": {"props": OF_30_DAYS, "who": 1},
    "sum by a property, 30 days": {"props": OF_30_DAYS},
    "sum by a property, 30 days, two filters": {"props": OF_30_DAYS},
    "quiet accounts": {"seen": 1, "accounts": 1, **PEOPLE},
    # As many active days as hold a page of fifty.
    "page of an account": {"seen": 1, "days": 5, "events": 5, **PEOPLE},
    "page of a user": {"seen": 1, "days": 7, "events": 6, "who": 1},
    # Ninety days, and the names of those who are stuck.
    "funnel of users": {"path": 4 + 3, "users": 1, "who": 1},
    "funnel of accounts": {"path": 4 + 3, "accounts": 1, **PEOPLE},
    "funnel with two filters": {"props": 4 + 3, "users": 1, "who": 1},
    "retention of users": {"seen": 1, "days": MONTHS, "who": 1},
    "retention of accounts": {"seen": 1, "days": MONTHS, **PEOPLE},
    # Half an hour before thirty days, and half a year of days.
    "paths": {"path": OF_30_DAYS, "who": 1},
    "paths with two filters": {"props": OF_30_DAYS, "who": 1},
    "changes": {"activity": MONTHS, "seen": 1, "accounts": 1, **PEOPLE},
    "changes with two filters": {"activity": MONTHS, "seen": 1, "accounts": 1, **PEOPLE},
}


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "HOME", tmp_path_factory.mktemp("tenants"))
        yield question_lakes.of(SHAPE)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_fetches_these_files_and_nothing_else(
    question: Question, of: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sizes: dict[str, int] = {}

    def fetch(lake: FolderLake, key: str, path: Path) -> Path:
        fetched = whole(lake, key, path)
        assert key not in sizes, "fetched twice"
        sizes[key] = fetched.stat().st_size
        return fetched

    whole = FolderLake.fetch
    monkeypatch.setattr(FolderLake, "fetch", fetch)

    answer = ask.through_lake(question, of, str(SHAPE.last))

    assert Counter(key.partition("/")[0] for key in sizes) == FETCHED[question.name]
    assert (answer["gets"], answer["bytes"]) == (len(sizes), sum(sizes.values()))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_has_the_rows_of_bare_sql(
    question: Question, of: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with duckdb.connect() as db:
        expected = ask.bare(db, question, of)["rows"]

    answer = ask.through_lake(question, of, str(SHAPE.last))

    assert expected
    assert list(map(str, answer["rows"])) == list(map(str, expected))
