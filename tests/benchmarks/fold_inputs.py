"""What the hourly run finds in the benchmarks of the fold."""

from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import made, shapes
from tests.benchmarks.landing import Landing

TENANT = "t"


@dataclass(frozen=True)
class Input:
    """`landings` in the order of their hours; the last one is what is measured, unless they are
    folded together, in as many runs as it takes.
    """

    name: str
    landings: tuple[Landing, ...]
    together: bool = False

    @property
    def is_once(self) -> bool:
        """Whether there is nothing but what is measured."""
        return len(self.landings) == 1 or self.together

    def folder(self) -> Path:
        return made.folder(self.name.replace(" ", "-"), self.landings, self._make, "landing")

    def _make(self, folder: Path) -> None:
        for landing in self.landings:
            landing.write(folder)


HOUR = Input("ten million in an hour", (Landing(shapes.HOUR, TENANT, "2026-11-25T11", 300),))
BACKFILL = Input("a million of a year", (Landing(shapes.BACKFILL, TENANT, "2026-11-25T20", 100),))
LATE = Input(
    "five late",
    (
        Landing(shapes.FULL_DAY, TENANT, "2026-11-25T00", objects=72, hours=24),
        Landing(shapes.LATE, TENANT, "2026-11-26T02", objects=1, doubled=0, rejected=0),
    ),
)
_TODAY = replace(shapes.FULL_DAY, events=5_000)
DATES = Input(
    "twenty thousand dates",
    (
        Landing(_TODAY, TENANT, "2026-11-25T19", objects=5),
        Landing(shapes.DATES, TENANT, "2026-11-25T19", objects=1, doubled=0, rejected=0),
    ),
    together=True,
)
ALL = (HOUR, BACKFILL, LATE, DATES)
