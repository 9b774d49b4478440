"""Changes over the API: the question that a customer success manager asks on Monday morning."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tests.fakes import FakeReader, FakeTenants
from tests.unit.insights.changes_world import NOW, did, lake, steadily
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.tenants import Tenant
from waypost.web import csv_answers
from waypost.web.api import changes
from waypost.web.api.changes import ChangesAnswer
from waypost.web.asking import Parameters


def ask(
    reader: FakeReader, query: Mapping[str, str | list[str]] | None = None, **more: str
) -> ChangesAnswer:
    given = {**(query or {}), **more}
    lists = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    tenants = FakeTenants({"t": Tenant("t", timezone="Asia/Kolkata")})
    return changes.answer("t", Parameters(lists), QuestionStores(tenants, reader, lambda: NOW))


def kinds(answer: ChangesAnswer) -> dict[str, str]:
    return {account.id: account.kind for account in answer.accounts}


def test_a_change_is_answered_with_its_reason() -> None:
    acme = {"id": "acme", "name": "Acme Inc", "traits": '{"tier":"gold"}'}
    world = lake(*steadily(100, 139, 33), accounts=[acme])

    answer = msgspec.to_builtins(ask(world, traits="true"))

    reason = answer["accounts"][0].pop("reason")
    assert reason.startswith("no activity since 2026-10-18, was active on 2")
    assert answer == {
        "metric": "weight",
        "days": 28,
        "baseline": 4,
        "from": "2026-07-04T00:00:00Z",
        "to": "2026-11-21T00:00:00Z",
        "timezone": "UTC",
        "totals": {"fell": 0, "rose": 0, "quiet": 1, "back": 0, "new": 0},
        "accounts": [
            {
                "id": "acme",
                "name": "Acme Inc",
                "kind": "quiet",
                "now": 0,
                "before": 25,
                "change": -1.0,
                "users": 0,
                "users_before": 1,
                "first_seen": "2026-07-04T12:00:00.000Z",
                "last_seen": "2026-10-18T12:00:00.000Z",
                "days_quiet": 33,
                "churned": False,
                "periods": [26, 26, 26, 22, 0],
                "traits": {"tier": "gold"},
            }
        ],
        "complete_until": "1970-01-01T00:00:00.000Z",
        "provisional": False,
    }


def test_which_kinds_are_told_is_chosen() -> None:
    world = lake(*steadily(100, 139, 40), did(1, "bolt"))

    assert kinds(ask(world)) == {"acme": "quiet", "bolt": "new"}
    for query in ({"kind": "new,fell"}, {"kind": ["new", "fell"]}):
        answer = ask(world, query)
        assert (kinds(answer), answer.totals) == ({"bolt": "new"}, {"fell": 0, "new": 1})


def test_accounts_are_narrowed_by_their_traits_and_ids() -> None:
    records = [{"id": "acme", "traits": '{"tier":"gold"}'}, {"id": "bolt", "name": "Bolt Ltd"}]
    world = lake(*steadily(100, 139, 40), *steadily(100, 139, 40, "bolt"), accounts=records)

    assert kinds(ask(world, {"account.trait.tier": "gold"})) == {"acme": "quiet"}
    assert kinds(ask(world, {"filter": "account.trait.tier missing"})) == {"bolt": "quiet"}
    assert kinds(ask(world, account="bolt")) == {"bolt": "quiet"}
    assert kinds(ask(world, {"filter": "account contains LTD"})) == {"bolt": "quiet"}


def test_the_use_of_one_feature_is_compared_where_a_filter_asks_for_it() -> None:
    world = lake(
        *steadily(100, 139, 0, action="Logged in"),
        *steadily(100, 139, 40, action="Exported"),
        *steadily(20, 20, 0, action="Imported"),
    )

    assert kinds(ask(world, action="Exported")) == {"acme": "quiet"}
    assert kinds(ask(world, action="Imported")) == {"acme": "rose"}
    assert kinds(ask(world)) == {}


def test_churned_accounts_are_marked_and_can_be_asked_for() -> None:
    world = lake(
        *steadily(100, 139, 40), accounts=[{"id": "acme", "traits": '{"is_churned":true}'}]
    )

    (account,) = ask(world, churned="true").accounts

    assert account.churned
    assert ask(world).accounts == []


def test_it_can_be_asked_as_of_an_earlier_day() -> None:
    world = lake(*steadily(100, 139, 40))

    assert kinds(ask(world, to="2026-10-11")) == {}
    assert ask(world, to="2030-01-01").end == "2026-11-21T00:00:00Z"


def test_the_baseline_is_half_a_year_at_most() -> None:
    assert ask(lake(), days="90").baseline == 2
    assert ask(lake(), days="1", baseline="180").start == "2026-05-24T00:00:00Z"


def test_csv_has_a_row_per_account() -> None:
    lines = csv_answers.text([ask(lake(did(1)))]).splitlines()

    assert lines[0].startswith("id,name,kind,reason,now,before,change,")
    assert lines[1].startswith('acme,,new,"first activity of all on 2026-11-19, ')


def test_the_sql_and_what_it_read_are_shown_where_that_is_asked() -> None:
    answer = ask(lake(), explain="true")

    assert answer.explain
    assert {table.table for table in answer.explain.tables} == {
        *("activity", "seen", "accounts", "who", "alias")
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"metric": "wieght"}, "metric"),
        ({"days": "0"}, "days"),
        ({"days": "91"}, "days"),
        ({"days": "90", "baseline": "3"}, "baseline"),
        ({"threshold": "half"}, "threshold"),
        ({"threshold": "1e9"}, "threshold"),
        ({"least": "-1"}, "least"),
        ({"least": "nan"}, "least"),
        ({"kind": "silent"}, "kind"),
        ({"churned": "yes"}, "churned"),
        ({"limit": "1001"}, "limit"),
        ({"from": "2026-01-01"}, "from"),
        ({"last": "30d"}, "last"),
        ({"timezone": "Europe/Berlin"}, "timezone"),
        ({"to": "tomorrow"}, "to"),
        ({"kinds": "new"}, "kinds"),
        ({"filter": "account.trait.tier ~ gold"}, "filter"),
    ],
)
def test_what_is_no_question_is_refused_by_name(
    query: dict[str, str | list[str]], field: str
) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(lake(), query)

    assert refused.value.body()["field"] == field


@pytest.mark.parametrize(
    "query",
    [
        {"to": "0001-01-01"},
        {"to": "1970-01-05"},
        {"to": "9999-12-31"},
        {"account": "'; DROP TABLE seen; --"},
        {"filter": "account.trait.{x}$end'\"=1"},
        {"filter": "info.{a}.'b>=1e308"},
        {"action": "\0"},
        {"threshold": "999", "least": "999.999999"},
        {"days": "1", "baseline": "180", "metric": "users", "kind": "fell,rose,quiet"},
    ],
)
def test_strange_questions_have_answers(query: dict[str, Any]) -> None:
    assert isinstance(ask(lake(did(1000), *steadily(5, 139, 40)), query), ChangesAnswer)


@pytest.mark.parametrize("weight", [1e308, -1e308, 1e155, 1e18, 5e-324, 0.0])
def test_weights_of_any_size_have_an_answer(weight: float) -> None:
    world = lake(*steadily(90, 139, 28, weight=weight), *steadily(5, 27, 0, weight=weight / 9))

    answer = ask(world, {"least": "0", "threshold": "0"})

    assert msgspec.json.decode(msgspec.json.encode(answer))["days"] == 28
    assert csv_answers.text([answer])


def test_what_is_below_nothing_rises_too() -> None:
    answer = ask(lake(*steadily(100, 139, 28, weight=-5.0), *steadily(5, 27, 0, weight=-5.0)))

    assert [(each.kind, each.change) for each in answer.accounts] == [("rose", 0.7964)]
