"""One month in the hands of a run: its units folded, and each published as it is done."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from waypost.lake import commit
from waypost.lake.budget import Budget
from waypost.lake.commit import Publication
from waypost.lake.fold import Fold, Folded, Made, Standing
from waypost.lake.months import File, Month
from waypost.lake.ports import FoldStores
from waypost.lake.tables import MONTHLY
from waypost.lake.units import Unit

_THREADS = 16
_STANDING = ("events", "others")


@dataclass(frozen=True, slots=True)
class Rows:
    """Landed rows of a unit: the local files that hold them, and the staged objects they are."""

    unit: Unit
    paths: tuple[Path, ...]
    staged: frozenset[str] = frozenset()


@dataclass(slots=True)
class Report:
    """What a run did: landing objects read, days published, races lost; and what is left over:
    landing objects and staged months.
    """

    objects: int = 0
    days: int = 0
    lost: int = 0
    left: int = 0
    months: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

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

    def now(self) -> int:
        return self.stores.clock()

    def key(self, table: str, unit: Unit) -> str:
        """The key of a file of this run. The run's name makes it one that nobody else writes."""
        place = f"{table}/tenant_id={self.tenant}/month={unit.month}"
        return f"{place}/{unit.first}.{unit.last}.{self.name}.parquet"


def fold_month(run: Run, month: Month, some: Iterable[Rows]) -> bool:
    """Folds units of a month, the newest first; False where there was no time for all of them.

    Raises `LostError` where another run took the month, and `Gone` where one replaced its files.
    """
    is_done = True
    for rows in some:
        if run.budget.is_over() and run.report.days:
            is_done = False
            break
        with run.budget.timed():
            month = _fold_unit(run, month, rows)
    if month.claim == run.name:
        stores = run.stores
        commit.release(
            run.tenant, month, manifests=stores.manifests, lake=stores.lake, now=run.now()
        )
    return is_done


def _fold_unit(run: Run, month: Month, rows: Rows) -> Month:
    standing = {table: _fetch(run, month, table, rows.unit) for table in _STANDING}
    folded = run.fold.fold(rows.paths, rows.unit, standing, run.types)
    for files in standing.values():
        for file in files:
            file.path.unlink(missing_ok=True)
    # Nothing is news where an earlier run published this and was stopped before it could say so.
    if folded is None and not rows.staged:
        return month
    month = commit.claim(run.tenant, month, run.name, manifests=run.stores.manifests)
    publication = _upload(run, rows, folded)
    month = commit.publish(run.tenant, month, publication, manifests=run.stores.manifests)
    run.report.published(rows.unit)
    return month


def _fetch(run: Run, month: Month, table: str, unit: Unit) -> list[Standing]:
    """The files that hold something of the unit's days, on local disk."""
    files = [
        file
        for file in month.of(table, unit.first, unit.last)
        if any(file.spans(day) for day in unit.days)
    ]
    return fetch(run, files)


def fetch(run: Run, files: list[File]) -> list[Standing]:
    """Files of the lake on local disk. Raises `Gone` where another run has replaced one."""
    targets = [run.folder / f"standing-{file.key.replace('/', '-')}" for file in files]
    with ThreadPoolExecutor(_THREADS) as pool:
        keys = [file.key for file in files]
        paths = list(pool.map(run.stores.lake.fetch, keys, targets))
    return [Standing(path, file.but) for path, file in zip(paths, files, strict=True)]


def _upload(run: Run, rows: Rows, folded: Folded | None) -> Publication:
    if folded is None:
        return Publication({}, {}, {}, rows.staged)
    files = put_files(run, rows.unit, folded.files)
    days = dict.fromkeys(MONTHLY, frozenset(rows.unit.days))
    return Publication(days, files, folded.counts, rows.staged)


def put_files(run: Run, unit: Unit, made: Mapping[str, Made]) -> dict[str, list[File]]:
    """Uploads the files of a unit side by side, and takes them off the disk."""

    def put(table: str) -> File:
        file, key = made[table], run.key(table, unit)
        size = run.stores.lake.put_file(key, file.path)
        file.path.unlink()
        return File(key, file.rows, size, unit.first, unit.last, keys=file.keys)

    with ThreadPoolExecutor(_THREADS) as pool:
        return {table: [file] for table, file in zip(made, pool.map(put, made), strict=True)}
