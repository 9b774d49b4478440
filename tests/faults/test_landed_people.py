"""A crash of `match` at any store call: the people in the lake are those of the directory."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.faults.delivered import Delivered
from tests.faults.killers import Killer, every_point
from tests.faults.landed_people import differing
from tests.faults.pipeline import Pipeline
from tests.faults.test_kill_points import fatal, waiting


class Unaware(Pipeline):
    """Planted bug: `match` is not told that a message comes again."""

    def _match(self, numbers: Any, killer: Killer | None, **_: bool) -> None:
        super()._match(numbers, killer)


def apart(point: Killer, new: Callable[[], Pipeline]) -> list[str]:
    """Who is another in the lake than in the directory when a run has died and come again."""
    pipeline = waiting(0, new)
    pipeline.deliver(point)
    return differing(pipeline.lake, pipeline.directory, pipeline.tenant.id)


def points(new: Callable[[], Pipeline]) -> list[Killer]:
    return every_point(lambda killer: waiting(0, new).deliver(killer))


@pytest.mark.parametrize("new", [Pipeline, Delivered])
def test_wherever_a_match_dies_people_land_as_they_stand(new: Callable[[], Pipeline]) -> None:
    assert fatal(points(new), partial(apart, new=new)) == {}


def test_the_harness_catches_changes_that_land_at_the_first_delivery_alone() -> None:
    assert fatal(points(Unaware), partial(apart, new=Unaware))
