"""What stands of a tenant's lake, and what landed that no run has read yet."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, islice, takewhile
from typing import TYPE_CHECKING, Literal

from waypost import times
from waypost.lake.months import File, Head, Month, span
from waypost.lake.plans import Plan
from waypost.lake.tables import HEAD, MONTHLY

if TYPE_CHECKING:
    from waypost.lake.ports import LakeReads, ManifestReads
    from waypost.lake.records import LandingObject

# What may be laid over an answer: more would make it slow, and the next run is not far.
OBJECTS = 500
BYTES = 32_000_000

Landed = Literal["landing", "changes"]
_STREAMS: tuple[Landed, Landed] = ("landing", "changes")
_LAST_DAY = "9999-99-99"


@dataclass(frozen=True, slots=True)
class Unread:
    """What is laid over: objects, newest first. All that landed until `until` (ms) is in."""

    objects: tuple["LandingObject", ...] = ()
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The manifests that a plan needs, and what landed since: events, and changes of people."""

    months: list[Month]
    head: Head
    landing: Unread
    changes: Unread
    first: str
    last: str
    now: int

    def files(self, table: str, first: str | None = None, last: str | None = None) -> list[File]:
        """The files in which a table has days of a span."""
        if table in HEAD:
            return [self.head.files[table]] if table in self.head.files else []
        files = [file for month in self.months for file in month.of(table, first, last)]
        return [file for file in files if _has_days(file, first, last)]

    def counted(self, tables: Iterable[str]) -> dict[str, int]:
        """How many files each of the tables has for the asked span."""
        return {table: len(self.files(table, self.first, self.last)) for table in tables}

    def provisional(self) -> bool:
        return bool(self.landing.objects or self.changes.objects or self._staged())

    def complete_until(self) -> int:
        """All that landed until then (ms) is in the answer."""
        moments = [self.landing.until, self.changes.until, *self._staged()]
        # Without a table nothing is asked of what landed.
        return min((moment for moment in moments if moment is not None), default=self.now)

    def _staged(self) -> list[int]:
        """Since when there are rows of these days that wait to be folded."""
        return [
            staged.since
            for month in self.months
            for staged in month.staged
            if staged.first <= self.last and self.first <= staged.last
        ]


def look(
    tenant: str,
    plan: Plan,
    *,
    lake: "LakeReads",
    manifests: "ManifestReads",
    clock: Callable[[], int],
) -> Standing:
    """What stands now, as far as a plan asks for it."""
    now, streams = clock(), _streams(plan)
    # What is seen of all time has to know what of it stands in the files of any month.
    first, last = (None, None) if "seen" in plan.tables else (plan.first, plan.last)
    with ThreadPoolExecutor(4) as pool:
        marks = pool.map(lambda landed: manifests.mark(tenant, landed), streams)
        read = dict(zip(streams, marks, strict=True))
        # After the marks: what a run publishes in between is then met twice, and not never.
        stands = pool.submit(_published, tenant, plan, manifests, first, last)
        until = now if plan.fresh else None
        listed = pool.map(
            lambda landed: _unread(lake, tenant, landed, read[landed], until), streams
        )
        unread = dict(zip(streams, listed, strict=True))
        months, head = stands.result()
    landing, changes = (unread.get(landed, Unread()) for landed in _STREAMS)
    return Standing(months, head, landing, changes, first or "", last or _LAST_DAY, now)


def _published(
    tenant: str, plan: Plan, manifests: "ManifestReads", first: str | None, last: str | None
) -> tuple[list[Month], Head]:
    """The head and the months that a plan needs."""
    head = manifests.head(tenant) if plan.tables.keys() & HEAD.keys() else Head()
    by_month = "landing" in _streams(plan)
    return manifests.months(tenant, _month(first), _month(last)) if by_month else [], head


def _streams(plan: Plan) -> list[Landed]:
    """Of what landed, events or changes of people, that which the tables of a plan are made of."""
    asked = plan.tables.keys()
    streams: list[Landed] = ["landing"] if asked & (MONTHLY.keys() | {"seen"}) else []
    return [*streams, "changes"] if asked & (HEAD.keys() - {"seen"}) else streams


def _month(day: str | None) -> str | None:
    return day and day[:7]


def _unread(
    lake: "LakeReads",
    tenant: str,
    landed: Landed,
    mark: tuple[str, frozenset[bytes]],
    now: int | None,
) -> Unread:
    """What landed since the mark until `now`; where that is None, nothing of it."""
    hour, done = mark
    if now is None:
        return Unread((), times.start_of_hour(hour) if hour else 0)
    listing = lake.landing(tenant, hour) if landed == "landing" else lake.changes(tenant, hour)
    objects = [landing for landing in listing if landing.name not in done]
    return newest(objects, now)


def newest(objects: Iterable["LandingObject"], now: int) -> Unread:
    """As many of the objects as may be laid over, the newest hours first."""
    ordered = sorted(objects, key=lambda landing: landing.hour, reverse=True)
    sizes = accumulate(landing.size for landing in ordered)
    number = sum(1 for _ in takewhile(lambda size: size <= BYTES, islice(sizes, OBJECTS)))
    left = ordered[number:]
    return Unread(tuple(ordered[:number]), times.start_of_hour(left[-1].hour) if left else now)


def _has_days(file: File, first: str | None, last: str | None) -> bool:
    """Whether a day of a span is the file's own."""
    if not file.but:
        return True
    start, end = max(file.first, first or ""), min(file.last, last or _LAST_DAY)
    return any(day not in file.but for day in span(start, end))
