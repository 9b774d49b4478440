"""
Rebuilding: everything that is derived is derived anew, from what landed and from the events kept.

First all that landed of the last thirty days is read again, as if for the first time: what stands
already is not news, and what was lost comes back. Then every table of every month is made anew of
the month's events. Nothing is deleted before what replaces it stands.
"""

from waypost.errors import Gone
from waypost.lake import staging
from waypost.lake.commit import LostError
from waypost.lake.fold import Landing
from waypost.lake.month_run import Rows, Run, fold_month
from waypost.lake.months import Month
from waypost.lake.ports import Manifests
from waypost.lake.units import Unit, in_parts, units

_ATTEMPTS = 5
_LAST_DAY = "9999-12-31"


def begin(tenant: str, manifests: Manifests) -> list[str]:
    """Forgets what was read of what landed; the months to be made anew, the newest first."""
    manifests.put_mark(tenant, "", frozenset())
    manifests.put_mark(tenant, "", frozenset(), "changes")
    return sorted((month.month for month in manifests.months(tenant)), reverse=True)


def make_anew(run: Run, names: list[str]) -> list[str]:
    """Makes the tables of months anew; the months that there was no time for."""
    for number, name in enumerate(names):
        if (number and run.budget.is_over()) or not _make_month(run, name):
            return names[number:]
    return []


def _make_month(run: Run, name: str) -> bool:
    for _ in range(_ATTEMPTS):
        month = run.stores.manifests.months_of(run.tenant, [name])[name]
        whole, parts = _units(month)
        nothing = run.fold.nothing(name)
        try:
            if parts:
                none = {unit.first: Landing(0, {}, run.now()) for unit in parts}
                staging.stage(run, nothing, parts, none)
            made = fold_month(run, month, (Rows(unit, nothing, anew=True) for unit in whole))
            return len(made) == len(whole)
        except (LostError, Gone):
            run.report.lost += 1
    return False


def _units(month: Month) -> tuple[list[Unit], list[Unit]]:
    """The days of a month that are made anew as they are, and those that are too large."""
    standing = {day: sum(counts.values()) for day, counts in month.counts.items()}
    whole: list[Unit] = []
    parts: list[Unit] = []
    for unit in units(dict.fromkeys(standing, 0), standing, _LAST_DAY):
        split = in_parts(unit, sum(standing[day] for day in unit.days))
        (parts if len(split) > 1 else whole).extend(split)
    return whole, parts
