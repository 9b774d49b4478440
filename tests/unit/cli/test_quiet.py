"""Accounts that went quiet, on a terminal and in a pipe."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from waypost.cli import connection, quiet
from waypost.cli.app import app
from waypost.insights import changes

ACME = {
    "id": "acme",
    "name": "Acme Inc",
    "kind": "quiet",
    "reason": "no activity since 2026-10-18, was active on 22 of 28 days",
    "now": 0,
    "before": 25.25,
    "change": -1.0,
    "users": 0,
    "users_before": 3,
    "first_seen": "2026-07-04T12:00:00.000Z",
    "last_seen": "2026-10-18T12:00:00.000Z",
    "days_quiet": 33,
    "periods": [26, 26, 26, 22, 0],
}
ANSWER = {"metric": "weight", "days": 28, "totals": {"quiet": 2}, "accounts": [ACME]}


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


def test_a_quiet_account_is_a_line_with_what_it_did_before(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["quiet", "--table", "--days", "14"])

    assert shown.stdout.splitlines() == [
        "account  name      last seen   days quiet  weight before  users before",
        "acme     Acme Inc  2026-10-18          33           25.2             3",
    ]
    assert shown.stderr == "1 of 2 accounts; --limit shows more\n"
    assert (asked["path"], asked["days"], asked["kind"]) == ("changes", 14, "quiet")


def test_other_changes_can_be_asked_for_as_well(asked: dict[str, Any]) -> None:
    shown = CliRunner().invoke(app, ["quiet", "--kind", "fell", "--kind", "new", "--least", "0"])

    assert (asked["kind"], asked["least"]) == ("fell,new", "0.000000")
    assert shown.stdout.startswith('{"id":"acme","name":"Acme Inc","kind":"quiet","reason":')


def test_with_several_kinds_the_table_names_each_and_its_number_now() -> None:
    text = quiet.as_text(ANSWER | {"totals": {"quiet": 1, "new": 0}})

    assert text.splitlines()[0].split() == [
        *("account", "name", "change", "weight", "last", "seen", "days", "quiet"),
        *("weight", "before", "users", "before"),
    ]


def test_on_a_terminal_a_line_shows_how_it_went() -> None:
    assert quiet.as_text(ANSWER, drawn=True).splitlines()[1].endswith("███▇▁")


def test_a_new_account_has_no_average_before() -> None:
    text = quiet.as_text(ANSWER | {"accounts": [ACME | {"before": None}]})

    assert text.splitlines()[1].split()[-2:] == ["-", "3"]


def test_where_nothing_changed_that_is_said(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWER, "accounts", [])
    monkeypatch.setitem(ANSWER, "totals", {"quiet": 0})

    shown = CliRunner().invoke(app, ["quiet", "--filter", "account.trait.tier=gold"])

    assert shown.stderr == "no account changed in the last 28 days\n"
    assert asked["filter"] == ["account.trait.tier=gold"]


def test_the_choices_are_those_of_the_api() -> None:
    assert {*quiet.Kind} == {*get_args(changes.Kind)}
    assert {*quiet.Metric} == {*get_args(changes.Metric)}
