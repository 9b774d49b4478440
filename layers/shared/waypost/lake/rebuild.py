"""
Rebuilding: everything that is derived is derived anew, from what landed and from the events kept.

First all that landed of the last thirty days is read again, as if for the first time: what stands
already is not news, and what was lost comes back. Then every table of every month is made anew of
the month's events. Nothing is deleted before what replaces it stands.
"""

from pathlib import Path

from waypost.lake import staging
from waypost.lake.fold import Landing
from waypost.lake.month_run import Rows, Run, fold_month, on_month
from waypost.lake.months import Month
from waypost.lake.ports import Manifests
from waypost.lake.units import Unit, in_parts, units

_LAST_DAY = "9999-12-31"


def begin(tenant: str, manifests: Manifests) -> list[str]:
    """Forgets what was read of what landed; the months to be made anew, the newest first."""
    manifests.put_mark(tenant, "", frozenset())
    manifests.put_mark(tenant, "", frozenset(), "changes")
    return sorted((month.month for month in manifests.months(tenant)), reverse=True)


def make_anew(run: Run, names: list[str]) -> list[str]:
    """Makes the tables of months anew; what there was no time for, to be given again.

    Each is a month, or a day before which the days of its month are still to be made.
    """
    for number, name in enumerate(names):
        rest = name if number and run.budget.is_over() else _make_month(run, name)
        if rest:
            return [rest, *names[number + 1 :]]
    return []


def _make_month(run: Run, left: str) -> str:
    """Makes a month anew, or the days of it that are left; from where on there was no time."""

    def make(month: Month) -> str:
        whole, parts = _units(month)
        whole = [unit for unit in whole if left == month.month or unit.last < left]
        nothing = run.fold.nothing(left)
        if left == month.month:
            _stage(run, nothing, parts)
        made = fold_month(run, month, (Rows(unit, nothing, anew=True) for unit in whole))
        if len(made) == len(whole):
            return ""
        return made[-1].first if made else left

    rest = on_month(run, left[:7], make)
    return left if rest is None else rest


def _stage(run: Run, nothing: Path, parts: list[Unit]) -> None:
    """Days in parts go the way that they came: the next run folds them."""
    if parts:
        staging.stage(
            run, nothing, parts, {unit.first: Landing(0, {}, run.now()) for unit in parts}
        )
        run.report.left += 1


def _units(month: Month) -> tuple[list[Unit], list[Unit]]:
    """The days of a month that are made anew as they are, and those that are too large."""
    standing = {day: sum(counts.values()) for day, counts in month.counts.items()}
    whole: list[Unit] = []
    parts: list[Unit] = []
    for unit in units(dict.fromkeys(standing, 0), standing, _LAST_DAY):
        split = in_parts(unit, sum(standing[day] for day in unit.days))
        (parts if len(split) > 1 else whole).extend(split)
    return whole, parts
