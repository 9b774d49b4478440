"""A question takes no more time, and fetches no more, than it may; the next one is not harmed."""

import math
import time
from pathlib import Path

import pytest

from tests.unit.lake.lakes import DAY, NOW, TENANT, Lake
from waypost.errors import TooLong
from waypost.lake.cache import FileCache
from waypost.lake.limits import Limits
from waypost.lake.plans import Plan
from waypost.lake.reader import LakeReader

PLAN = Plan({"totals": ("hour", "events")})
ENDLESS = "SELECT count(*) FROM range(10_000_000_000) a, totals"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    lake.add("totals", DAY, DAY, [{"hour": NOW, "action": "a", "events": 3}])
    return lake


def reader(lake: Lake, limits: Limits) -> LakeReader:
    return LakeReader(
        lake=lake.lake,
        manifests=lake.metrics,
        cache=FileCache(lake.folder / "limited", lake.bound),
        clock=lake.clock,
        limits=limits,
    )


def after(seconds: float, sql: str) -> str:
    time.sleep(seconds)
    return sql


def test_a_query_without_an_end_is_interrupted(lake: Lake) -> None:
    limited = reader(lake, Limits(seconds=lambda: 0.3))

    with pytest.raises(TooLong), limited.open(TENANT, PLAN) as opened:
        opened.rows(ENDLESS)


def test_time_that_runs_out_between_two_queries_ends_the_second(lake: Lake) -> None:
    limited = reader(lake, Limits(seconds=lambda: 0.3))

    with pytest.raises(TooLong), limited.open(TENANT, PLAN) as opened:
        opened.rows(after(0.5, ENDLESS))


def test_the_question_after_one_that_was_interrupted_is_answered(lake: Lake) -> None:
    with (
        pytest.raises(TooLong),
        reader(lake, Limits(seconds=lambda: 0.3)).open(TENANT, PLAN) as opened,
    ):
        opened.rows(ENDLESS)

    with reader(lake, Limits(seconds=lambda: 20.0)).open(TENANT, PLAN) as opened:
        assert opened.rows("SELECT events FROM totals") == [(3,)]


def test_what_is_too_much_to_fetch_is_refused_before_it_is_fetched(lake: Lake) -> None:
    size = lake.month(DAY[:7]).files["totals"][0].size

    with pytest.raises(TooLong), reader(lake, Limits(bytes=size - 1)).open(TENANT, PLAN):
        pass

    assert lake.lake.fetched == []


def test_what_may_just_be_fetched_is(lake: Lake) -> None:
    size = lake.month(DAY[:7]).files["totals"][0].size

    with reader(lake, Limits(bytes=size)).open(TENANT, PLAN) as opened:
        assert opened.rows("SELECT events FROM totals") == [(3,)]


def test_nothing_is_fetched_when_the_time_is_up(lake: Lake) -> None:
    with pytest.raises(TooLong), reader(lake, Limits(seconds=lambda: 0.0)).open(TENANT, PLAN):
        pass

    assert lake.lake.fetched == []


def test_whoever_listens_hears_how_many_bytes_are_here(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waypost.lake.limits._TELLS", 0.2)
    size, heard = lake.month(DAY[:7]).files["totals"][0].size, []
    told = Limits(seconds=lambda: math.inf, told=lambda *so_far: heard.append(so_far))

    with reader(lake, told).open(TENANT, PLAN):
        while not heard:
            time.sleep(0.01)

    assert heard[-1] == (size, size)


def test_a_query_without_room_is_too_long_as_well(lake: Lake) -> None:
    with lake.reader().open(TENANT, PLAN) as opened:
        ((before,),) = opened.rows("SELECT current_setting('memory_limit')")
        opened.db.execute("SET memory_limit = '8MB'")

    with pytest.raises(TooLong, match="memory"), lake.reader().open(TENANT, PLAN) as opened:
        opened.rows("SELECT list(range) FROM range(5_000_000), totals")

    with lake.reader().open(TENANT, PLAN) as opened:
        opened.db.execute(f"SET memory_limit = '{before}'")
        assert opened.rows("SELECT count(*) FROM totals") == [(1,)]
