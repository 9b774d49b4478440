"""Whatever is asked of activity, whichever table answers: the rows are those of plain Python."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import effort
from tests.unit.insights.changing_world import ChangingWorld, question
from waypost.insights import activity, conditions, whose
from waypost.insights.needs import BY_DAY, Needs
from waypost.times import HOUR_MS

pytestmark = pytest.mark.slow

QUESTIONS = effort.times(3, 6, 40)
Plant = Callable[[pytest.MonkeyPatch], None]


def faults(world: ChangingWorld) -> Iterator[str]:
    """What is answered wrongly while a world changes."""
    for known in world.steps():
        for _ in range(QUESTIONS):
            if fault := world.wrong(question(world.chance), known):
                yield fault


@pytest.mark.parametrize("seed", range(effort.times(1, 3, 200)))
def test_no_row_differs_while_events_and_people_change(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = ChangingWorld(seed, tmp_path, monkeypatch)

    fault = next(faults(world), "")

    assert fault == ""
    assert world.complete > 3 * QUESTIONS


def a_table_answers_that_knows_only_days(patch: pytest.MonkeyPatch) -> None:
    aligned = Needs._aligned
    patch.setattr(Needs, "_aligned", lambda needs, table: table in BY_DAY or aligned(needs, table))


def who_has_no_value_is_left_out(patch: pytest.MonkeyPatch) -> None:
    among = conditions._among
    patch.setattr(conditions, "_among", lambda *of: among(*of).replace(f"{of[1]} IS NULL OR ", ""))


def a_person_is_who_it_was_then(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(whose._SIDES, "person", "given.user_id AS person")


def a_user_is_filtered_by_the_id_that_was_sent(patch: pytest.MonkeyPatch) -> None:
    def of_people(asked: Any, value: str, bind: Any) -> str:
        return conditions._among(asked, value, f"({bind.bound(asked.values)})")

    patch.setattr(conditions, "_of_people", of_people)


def buckets_begin_an_hour_later(patch: pytest.MonkeyPatch) -> None:
    moment = activity._OfEvents._moment
    patch.setattr(activity._OfEvents, "_moment", lambda self: f"({moment(self)} - {HOUR_MS})")


def reports_of_time_are_activity(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(activity._OfEvents, "_activity", lambda _: [])


def a_filter_is_forgotten_of_some(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(activity._OfPeople, "_conditions", lambda _: iter(()))


BUGS = (
    a_table_answers_that_knows_only_days,
    who_has_no_value_is_left_out,
    a_person_is_who_it_was_then,
    a_user_is_filtered_by_the_id_that_was_sent,
    buckets_begin_an_hour_later,
    reports_of_time_are_activity,
    a_filter_is_forgotten_of_some,
)


@pytest.mark.parametrize("bug", BUGS)
def test_the_oracle_catches_a_planted_bug(
    bug: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    worlds = (ChangingWorld(seed, tmp_path / f"{seed}", monkeypatch) for seed in range(10))

    assert any(fault for world in worlds for fault in faults(world))
