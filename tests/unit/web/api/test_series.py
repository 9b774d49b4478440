"""Metrics over the API: a question in a query, its span, and the series that answers it."""

from collections.abc import Mapping

import msgspec
import pytest

from tests.fakes import FakeDirectory, FakeMetrics
from waypost.errors import BadQuery
from waypost.insights.ports import MetricStores
from waypost.lake.manifests import Manifest
from waypost.lake.rollups import RollupRow
from waypost.profiles.directory import User
from waypost.web.api.metrics import SeriesAnswer, series

T = "t-1"
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z


class World:
    """Published days."""

    def __init__(self) -> None:
        self.directory, self.metrics = FakeDirectory(), FakeMetrics()
        self.stores = MetricStores(self.directory, self.metrics, lambda: NOON)

    def publish(self, day: str, *rows: RollupRow) -> None:
        claimed = self.metrics.claim(T, Manifest(day), "run", set())
        assert claimed is not None
        self.metrics.publish(T, claimed, list(rows))

    def ask(self, query: Mapping[str, str]) -> SeriesAnswer:
        return series(T, dict(query), self.stores)


@pytest.fixture
def world() -> World:
    return World()


def row(hour: int = 9, *, action: str = "Did", user: str = "u1", events: int = 1) -> RollupRow:
    return RollupRow(hour, action, "acme", user, events, events * 1.5)


def test_a_series_is_answered_with_its_question_and_totals(world: World) -> None:
    world.publish("2026-11-19", row(events=3), row(action="Paid"))

    answer = world.ask({"group_by": "action"})

    assert msgspec.json.encode(answer) == (
        b'{"metric":"events","interval":"day","group_by":"action","from":"2026-11-19T00:00:00Z",'
        b'"to":"2026-11-20T00:00:00Z","total":4,"totals":[{"key":"Did","value":3},'
        b'{"key":"Paid","value":1}],"series":[{"key":"Did","at":"2026-11-19T00:00:00Z","value":3},'
        b'{"key":"Paid","at":"2026-11-19T00:00:00Z","value":1}],"truncated":false}'
    )


def test_a_sum_that_is_no_whole_number_stays_what_it_is(world: World) -> None:
    world.publish("2026-11-19", row())

    assert world.ask({"metric": "weight"}).total == 1.5


def test_days_outside_the_asked_span_do_not_count(world: World) -> None:
    for day in ("2026-11-17", "2026-11-18", "2026-11-19"):
        world.publish(day, row())

    answer = world.ask({"from": "2026-11-18", "to": "2026-11-19"})

    assert (answer.total, answer.start, answer.end) == (
        *(1, "2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"),
    )


def test_without_any_day_the_span_is_now(world: World) -> None:
    answer = world.ask({})

    assert (answer.start, answer.end, answer.total) == (
        *("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", 0),
    )


def test_a_merged_user_counts_as_the_other(world: World) -> None:
    world.directory.add(T, User("browser", merged_into="ann"))
    world.publish("2026-11-19", row(user="browser"), row(user="ann"))

    assert world.ask({"metric": "users"}).total == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"metric": "revenue"}, "metric"),
        ({"interval": "year"}, "interval"),
        ({"group_by": "colour"}, "group_by"),
        ({"frm": "2026-11-18"}, "frm"),
        ({"from": "soon"}, None),
        ({"from": "2026-11-19", "to": "2026-11-18"}, "to"),
    ],
)
def test_a_question_that_is_not_understood_is_refused_by_name(
    world: World, query: dict[str, str], field: str | None
) -> None:
    with pytest.raises(BadQuery) as refusal:
        world.ask(query)

    assert refusal.value.extra.get("field") == field
