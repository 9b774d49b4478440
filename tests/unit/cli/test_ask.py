"""Saved questions on a terminal and in a pipe."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from waypost.cli import connection
from waypost.cli.app import app

SAVED = {
    "name": "By week",
    "title": None,
    "kind": "metrics",
    "parameters": {"metric": ["users"], "filter": ["action=a", "page exists"]},
    "saved": "2026-11-20T20:30:12.345Z",
}
ANSWER = {
    "total": 7,
    "totals": [],
    "series": [{"key": "=a", "value": 1200, "parts": [1]}, {"key": "b", "value": None}],
    "provisional": True,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    query: dict[str, Any] = {}

    class Api:
        def read(self, path: str, **given: Any) -> dict[str, Any]:
            query.update({"path": path, **given})
            return {"questions": [SAVED]} if path == "questions" else ANSWER

    @contextmanager
    def reader(_: object) -> Iterator[Api]:
        yield Api()

    monkeypatch.setattr(connection, "reader", reader)
    return query


def test_saved_questions_are_listed_with_what_they_ask(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["questions", "--table"])

    assert shown.stdout.splitlines() == [
        "name     kind     parameters",
        "By week  metrics  metric=users filter=action=a filter=page exists",
    ]


def test_a_question_is_asked_by_its_name_with_others_parameters(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["ask", "By week", "last=7d", "filter=a=b", "filter=c=d"])

    assert json.loads(shown.stdout) == ANSWER
    assert asked == {
        "path": "questions/By%20week/answer",
        "last": ["7d"],
        "filter": ["a=b", "c=d"],
    }
    assert "landed since" in shown.stderr


def test_the_list_that_says_most_is_the_table(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["ask", "By week", "--table"])

    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["key", "value", "parts"],
        ["=a", "1,200", "[1]"],
        ["b"],
    ]


def test_as_csv_no_formula_runs(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["ask", "By week", "--csv"])

    assert shown.stdout.splitlines()[:2] == ["key,value,parts", "'=a,1200,1"]


@pytest.mark.parametrize("other", ["7d", "=7d"])
def test_what_is_no_parameter_is_a_mistake_of_use(asked: dict[str, Any], other: str) -> None:
    shown = CliRunner().invoke(app, ["ask", "By week", other])

    assert shown.exit_code != 0
    assert asked == {}
