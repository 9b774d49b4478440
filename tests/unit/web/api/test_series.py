"""Metrics over the API: a question in a query, its span, and the series that answers it."""

from collections.abc import Mapping

import msgspec
import pytest

from tests.asking import asked
from tests.fakes import FakeReader, FakeTenants
from waypost.errors import BadQuery
from waypost.insights.ports import QuestionStores
from waypost.web.api.metrics import SeriesAnswer, series

T = "t-1"
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z


class World:
    """Counted days."""

    def __init__(self) -> None:
        self.reader = FakeReader(totals_day=[])
        self.reader.complete_until = NOON
        self.stores = QuestionStores(FakeTenants(), self.reader, lambda: NOON)

    def count(self, day: str, action: str = "Did", events: int = 1) -> None:
        row = {"day": day, "action": action, "events": events, "weight": events * 1.5}
        self.reader.tables["totals_day"].append(row)

    def ask(self, query: Mapping[str, str]) -> SeriesAnswer:
        return series(T, asked(**query), self.stores)


@pytest.fixture
def world() -> World:
    return World()


def test_a_series_is_answered_with_its_question_and_totals(world: World) -> None:
    world.count("2026-11-19", events=3)
    world.count("2026-11-19", "Paid")

    answer = world.ask({"group_by": "action"})

    assert msgspec.json.encode(answer) == (
        b'{"metric":"events","interval":"day","group_by":"action","from":"2026-11-19T00:00:00Z",'
        b'"to":"2026-11-20T00:00:00Z","total":4,"totals":[{"key":"Did","value":3},'
        b'{"key":"Paid","value":1}],"series":[{"key":"Did","at":"2026-11-19T00:00:00Z","value":3},'
        b'{"key":"Paid","at":"2026-11-19T00:00:00Z","value":1}],"truncated":false,'
        b'"provisional":false,"complete_until":"2026-11-20T12:00:00.000Z"}'
    )


def test_what_landed_since_the_last_run_makes_an_answer_provisional(world: World) -> None:
    world.reader.provisional = True

    assert world.ask({}).provisional


def test_a_sum_that_is_no_whole_number_stays_what_it_is(world: World) -> None:
    world.count("2026-11-19")

    assert world.ask({"metric": "weight"}).total == 1.5


def test_days_outside_the_asked_span_do_not_count(world: World) -> None:
    for day in ("2026-11-17", "2026-11-18", "2026-11-19"):
        world.count(day)

    answer = world.ask({"from": "2026-11-18", "to": "2026-11-19"})

    assert (answer.total, answer.start, answer.end) == (
        *(1, "2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"),
    )


def test_without_any_day_the_span_is_now(world: World) -> None:
    answer = world.ask({})

    assert (answer.start, answer.end, answer.total) == (
        *("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", 0),
    )


@pytest.mark.parametrize("query", [{"from": "2026-12-01"}, {"to": "2026-01-01"}])
def test_a_span_beyond_everything_is_an_empty_series(world: World, query: dict[str, str]) -> None:
    world.count("2026-11-19")

    assert world.ask(query).series == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"metric": "revenue"}, "metric"),
        ({"interval": "year"}, "interval"),
        ({"group_by": "colour"}, "group_by"),
        ({"frm": "2026-11-18"}, "frm"),
        ({"from": "soon"}, "from"),
        ({"from": "2026-11-19", "to": "2026-11-18"}, "to"),
    ],
)
def test_a_question_that_is_not_understood_is_refused_by_name(
    world: World, query: dict[str, str], field: str | None
) -> None:
    with pytest.raises(BadQuery) as refusal:
        world.ask(query)

    assert refusal.value.extra.get("field") == field
