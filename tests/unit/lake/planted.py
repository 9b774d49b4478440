"""Planted bugs of the hourly run: the random worlds must catch each of them."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.fakes import published
from waypost.lake import commit, compaction, dedupe, derived, hourly_run, relations, staging
from waypost.lake.months import File, Month, span
from waypost.lake.records import LandingObject

Plant = Callable[[pytest.MonkeyPatch], None]


def first_landed_wins(patch: pytest.MonkeyPatch) -> None:
    landed_first = dedupe.JUDGED.replace(
        "ORDER BY received, arrival, n)", "ORDER BY origin, place)"
    )
    assert landed_first != dedupe.JUDGED
    patch.setattr(dedupe, "JUDGED", landed_first)


def files_of_killed_runs_count(patch: pytest.MonkeyPatch) -> None:
    """Whoever reads takes what lies there, whether a manifest names it or not."""
    real = published.rows

    def listed(lake: Any, manifests: Any, *asked: Any) -> Any:
        return real(lake, _Listing(lake, manifests), *asked)

    patch.setattr(published, "rows", listed)


@dataclass
class _Listing:
    lake: Any
    manifests: Any

    def months(self, tenant: str) -> list[Month]:
        months = {month.month: month for month in self.manifests.months(tenant)}
        for key in self.lake.objects:
            if "/month=" in key:
                first, last, *_ = key.rsplit("/", 1)[-1].split(".")
                files = months.setdefault(first[:7], Month(first[:7])).files
                some = files.setdefault(key.split("/")[0], [])
                if key not in {file.key for file in some}:
                    some.append(File(key, 0, 0, first, last))
        return list(months.values())


def days_written_anew_stay(patch: pytest.MonkeyPatch) -> None:
    def replace(files: Iterable[File], days: Set[str], new: Iterable[File]) -> list[File]:
        return [*(file for file in files if not set(file.days()) <= days), *new]

    patch.setattr("waypost.lake.months.replace", replace)


def what_there_is_no_time_for_is_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(staging, "stage", lambda *_: None)


def marked_before_it_is_published(patch: pytest.MonkeyPatch) -> None:
    real = hourly_run._fold_slice

    def early(run: Any, some: list[LandingObject], number: int) -> bool:
        hour, done = run.stores.manifests.mark(run.tenant)
        names = frozenset(landing.name for landing in some)
        run.stores.manifests.put_mark(run.tenant, hour, done | names)
        return real(run, some, number)

    patch.setattr(hourly_run, "_fold_slice", early)


def whoever_comes_last_has_won(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(commit, "put", _put_over_any)


def _put_over_any(tenant: str, month: Month, *, manifests: Any) -> Month:
    """Looks at no version."""
    while not manifests.put_month(tenant, month):
        month = msgspec.structs.replace(month, version=month.version + 1)
    return month


def nobodys_events_lie_by_their_arrival(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(relations, "_PART", "md5_number_lower(coalesce(user_id, arrival::VARCHAR))")


def a_month_takes_days_that_it_does_not_have(patch: pytest.MonkeyPatch) -> None:
    real = commit.Publication

    def all_between(days: Any, *more: Any) -> Any:
        return real({name: set(span(min(some), max(some))) for name, some in days.items()}, *more)

    patch.setattr(compaction, "Publication", all_between)


def reports_of_time_are_activity(patch: pytest.MonkeyPatch) -> None:
    days = derived._OF_EVENTS["days"].replace(derived._ACTIVE, derived._TIMED)
    assert days != derived._OF_EVENTS["days"]
    patch.setitem(derived._OF_EVENTS, "days", days)


# Each with a seed whose world catches it.
BUGS: dict[Plant, int] = {
    first_landed_wins: 0,
    files_of_killed_runs_count: 3,
    days_written_anew_stay: 0,
    what_there_is_no_time_for_is_dropped: 0,
    marked_before_it_is_published: 1,
    whoever_comes_last_has_won: 0,
    nobodys_events_lie_by_their_arrival: 3,
    a_month_takes_days_that_it_does_not_have: 17,
    reports_of_time_are_activity: 0,
}
