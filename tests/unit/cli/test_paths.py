"""Paths on a terminal and in a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from waypost.cli import connection, paths
from waypost.cli.app import app

ANSWER = {
    "count": 1200,
    "users": 2,
    "before": [{"key": "(nothing)", "count": 1200, "share": 1.0, "users": 2}],
    "after": [
        {
            "key": "a\nb",
            "then": ["c"],
            "count": 900,
            "share": 0.75,
            "users": 1,
            "median_seconds": 90.0,
        },
        {"key": "(other)", "count": 300, "share": 0.25},
    ],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    query: dict[str, Any] = {}

    class Api:
        def read(self, path: str, **given: Any) -> dict[str, Any]:
            query.update({"path": path, **given})
            return ANSWER

    @contextmanager
    def reader(_: object) -> Iterator[Api]:
        yield Api()

    monkeypatch.setattr(connection, "reader", reader)
    return query


def test_a_path_is_a_line_with_its_side_and_steps(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["paths", "Exported", "--table", "--steps", "2"])

    assert shown.stdout.splitlines() == [
        "        step       count  share   users  median",
        "before  (nothing)  1,200  100.0%      2",
        "after   a\\nb → c     900  75.0%       1  1.5m",
        "after   (other)      300  25.0%",
    ]
    assert shown.stderr == "1,200 times by 2 users\n"
    assert (asked["path"], asked["action"], asked["steps"]) == ("paths", "Exported", 2)


def test_steps_by_another_field_are_asked_for_by_its_name(asked: dict[str, Any]) -> None:
    CliRunner().invoke(app, ["paths", "/pricing", "--by", "page", "--filter", "info.a=b"])

    assert (asked["by"], asked["page"], asked["filter"]) == ("page", "/pricing", ["info.a=b"])


@pytest.mark.usefixtures("asked")
def test_a_pipe_gets_a_line_of_json_for_each() -> None:
    lines = CliRunner().invoke(app, ["paths", "--anchor", "Exported"]).stdout.splitlines()

    assert lines[0] == '{"side":"before","key":"(nothing)","count":1200,"share":1.0,"users":2}'
    assert len(lines) == 3


@pytest.mark.usefixtures("asked")
def test_csv_is_that_of_a_spreadsheet() -> None:
    shown = CliRunner().invoke(app, ["paths", "Exported", "--csv"]).stdout.splitlines()

    assert shown[0] == "side,key,count,share,users,then,median_seconds"


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "given", [[], ["Exported", "--anchor", "Exported"], ["Exported", "--json", "--csv"]]
)
def test_what_is_not_clear_is_refused(given: list[str]) -> None:
    assert CliRunner().invoke(app, ["paths", *given]).exit_code != 0


def test_bars_are_as_long_as_paths_are_frequent() -> None:
    lines = paths.as_text(paths.sided(ANSWER), drawn=True).splitlines()

    assert [line.count("█") for line in lines[1:]] == [30, 22, 7]
