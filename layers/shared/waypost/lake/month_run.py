"""One month in the hands of a run: its units folded, and each published as it is done."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from waypost import times
from waypost.errors import Gone
from waypost.lake import commit
from waypost.lake.budget import Budget
from waypost.lake.commit import LostError, Publication
from waypost.lake.downloads import own_days
from waypost.lake.fold import Fold, Folded, Made
from waypost.lake.months import File, Month, Staged, span
from waypost.lake.ports import FoldStores
from waypost.lake.tables import MONTHLY
from waypost.lake.units import Unit
from waypost.lake.views import Source
from waypost.times import DAY_MS

T = TypeVar("T")

_THREADS = 16
_STANDING = ("events", "others")
_ATTEMPTS = 5
# So many months are folded at once as one DuckDB has memory for.
MONTHS_AT_ONCE = 3
# A day that ended so long ago is seldom written again.
SETTLED_MS = 3 * DAY_MS


@dataclass(frozen=True, slots=True)
class Rows:
    """Landed rows of a unit: the local file that holds them, and the staged object that it is.

    `anew`: the unit is written whether anything is news in it or not.
    """

    unit: Unit
    path: Path
    staged: Staged | None = None
    anew: bool = False


@dataclass(slots=True)
class Report:
    """What a run did: landing objects read, days published, races lost; and what is left over:
    landing objects, staged months, and the months still to be made `anew`. `months` are those
    that it wrote, `waiting` those in which it saw staged rows, or what a
    killed run left.
    """

    objects: int = 0
    days: int = 0
    lost: int = 0
    left: int = 0
    anew: list[str] = field(default_factory=list)
    months: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def was_late(self) -> None:
        with self.lock:
            self.lost += 1

    def published(self, unit: Unit) -> None:
        with self.lock:
            self.days += len(unit.days)
            self.months.add(unit.month)


@dataclass(frozen=True, slots=True)
class Run:
    """What all the work of one run shares. `types` are those of the tenant's property keys."""

    tenant: str
    name: str
    stores: FoldStores
    fold: Fold
    folder: Path
    budget: Budget
    types: Mapping[str, str]
    report: Report
    numbers: Any = field(default_factory=count)

    def now(self) -> int:
        return self.stores.clock()

    def settled(self) -> str:
        """The first day that may still be written often."""
        return times.day(self.now() - SETTLED_MS)


class Hold:
    """A month that a run is about to write, or holds already.

    Each has a name that nobody else has, this run's other ones included: whoever takes the month
    over may delete what is written under the name, also while this run writes it anew.
    """

    def __init__(self, run: Run, month: Month) -> None:
        self.run = run
        self.month = month
        self.name = f"{run.name}-{next(run.numbers)}"
        self._files = count()

    def claim(self) -> None:
        """Raises `LostError` where the month is another one by now."""
        run = self.run
        self.month = commit.claim(run.tenant, self.month, self.name, manifests=run.stores.manifests)

    def put(self, month: Month) -> None:
        """Puts the next version of the month. Raises `LostError`."""
        run = self.run
        self.month = commit.put(run.tenant, month, manifests=run.stores.manifests)

    def release(self) -> None:
        """Lets go of the month, where it is held."""
        run, stores = self.run, self.run.stores
        if self.month.claim == self.name:
            commit.release(
                run.tenant,
                self.month,
                manifests=stores.manifests,
                lake=stores.lake,
                now=run.now(),
            )

    def put_files(self, unit: Unit, made: Mapping[str, list[Made]]) -> dict[str, list[File]]:
        """Uploads the files of a unit side by side, and takes them off the disk."""

        def put(table: str, file: Made) -> File:
            place = f"{table}/tenant_id={self.run.tenant}/month={unit.month}"
            number = next(self._files)
            key = f"{place}/{unit.first}.{unit.last}.{number}.{self.name}.parquet"
            size = self.run.stores.lake.put_file(key, file.path)
            file.path.unlink()
            return File(
                key,
                file.rows,
                size,
                unit.first,
                unit.last,
                but=tuple(day for day in span(unit.first, unit.last) if day not in unit.days),
                keys=file.keys,
                part=unit.part,
                parts=unit.parts,
            )

        with ThreadPoolExecutor(_THREADS) as pool:
            puts = {
                table: [pool.submit(put, table, file) for file in files]
                for table, files in made.items()
            }
            return {table: [done.result() for done in files] for table, files in puts.items()}


def on_month(run: Run, name: str, work: Callable[[Month], T]) -> T | None:
    """What some work on a month answers, begun again from its manifest where another run was
    faster; None where others were, over and over.
    """
    for _ in range(_ATTEMPTS):
        month = run.stores.manifests.months_of(run.tenant, [name])[name]
        try:
            return work(month)
        except (LostError, Gone):
            run.report.was_late()
    return None


def fold_month(run: Run, month: Month, some: Iterable[Rows]) -> list[Unit]:
    """Folds units of a month, the newest first; those of them that there was time for.

    Raises `LostError` where another run took the month, and `Gone` where one replaced its files.
    """
    hold = Hold(run, month)
    done: list[Unit] = []
    for rows in some:
        if run.budget.is_over() and run.report.days:
            break
        # The day that its parts make would not have what is folded meanwhile.
        if rows.unit.parts == 1 and not hold.month.in_parts().isdisjoint(rows.unit.days):
            continue
        with run.budget.timed():
            _fold_unit(hold, rows)
        done.append(rows.unit)
    hold.release()
    return done


def tidy(run: Run, name: str) -> bool:
    """Deletes what killed runs left of a month; False where it has to be looked at once more.

    Raises `LostError` as `fold_month`.
    """
    month = run.stores.manifests.months_of(run.tenant, [name])[name]
    # Whoever holds it may be at work; once that cannot be, its files are told from those of others.
    if not month.is_tidy() and not (month.claim and commit.may_write(month.claim, run.now())):
        hold = Hold(run, month)
        hold.claim()
        hold.release()
    return month.is_tidy()


def _fold_unit(hold: Hold, rows: Rows) -> None:
    run = hold.run
    standing = {table: _fetch(hold, table, rows.unit) for table in _STANDING}
    # A part of a day is written whatever is news in it: the others of the day will be.
    is_part = rows.unit.parts > 1
    anew = is_part or rows.anew
    folded = run.fold.fold([rows.path], rows.unit, standing, run.types, rebuild=anew)
    for files in standing.values():
        for file in files:
            file.path.unlink(missing_ok=True)
    # Nothing is news where an earlier run published this and was stopped before it could say so.
    if folded is None and rows.staged is None:
        return
    hold.claim()
    publication = _upload(hold, rows, folded)
    if is_part and rows.staged is not None:
        hold.put(commit.part(hold.month, rows.staged, publication))
    else:
        hold.put(commit.published(hold.month, publication))
    run.report.published(rows.unit)


def _fetch(hold: Hold, table: str, unit: Unit) -> list[Source]:
    """The files that hold something of the unit's days, on local disk."""
    files = [
        file
        for file in hold.month.of(table, unit.first, unit.last)
        if file.meets(unit.part, unit.parts) and any(file.spans(day) for day in unit.days)
    ]
    return fetch(hold.run, table, files)


def fetch(run: Run, table: str, files: list[File]) -> list[Source]:
    """Files of a table on local disk, each with the days that are its own. Raises `Gone` where
    another run has replaced one.
    """
    name = f"standing-{next(run.numbers)}"
    return own_days(table, files, run.folder, name, lake=run.stores.lake)


def _upload(hold: Hold, rows: Rows, folded: Folded | None) -> Publication:
    staged = frozenset({rows.staged.key}) if rows.staged else frozenset[str]()
    if folded is None:
        return Publication({}, {}, {}, staged)
    files = hold.put_files(rows.unit, folded.files)
    days = dict.fromkeys(MONTHLY, frozenset(rows.unit.days))
    return Publication(days, files, folded.counts, staged)
