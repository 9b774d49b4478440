"""
The publication protocol as a program per actor, so that every interleaving can be tried.

An actor is a generator that yields each call to a store and gets its answer, as the functions of
`waypost.lake` that it is named after do. Actors are runs, of which any may die once, a reader, and
`match`, which lands objects at any time. A `bug` leaves out or misplaces one safeguard.
"""

from collections.abc import Callable, Generator, Iterable
from itertools import count
from typing import Any, NamedTuple

MONTH = 10  # days
ATTEMPTS = 3


class Arrival(NamedTuple):
    """An event's arrival: the event it is of, its place in the order of reception, its day."""

    event: str
    received: int
    day: int = 0


Rows = frozenset[Arrival]
Days = frozenset[int]


class File(NamedTuple):
    """An object in the bucket: its key `{run}.{number}`, and the rows of its days."""

    key: str
    days: Days
    rows: Rows

    @property
    def run(self) -> str:
        return self.key.split(".")[0]


class Named(NamedTuple):
    """A file as a manifest names it, without the days that were written anew."""

    file: File
    but: Days = frozenset()

    @property
    def days(self) -> Days:
        return self.file.days - self.but

    def rows(self) -> list[Arrival]:
        return [row for row in self.file.rows if row.day in self.days]


class Month(NamedTuple):
    """The manifest of a month; see `waypost.lake.months`."""

    number: int
    version: int = 0
    named: frozenset[Named] = frozenset()
    staged: frozenset[File] = frozenset()
    claim: str = ""
    dead: frozenset[str] = frozenset()
    gone: frozenset[File] = frozenset()

    def rows(self) -> list[Arrival]:
        return [row for named in self.named for row in named.rows()]


class Call(NamedTuple):
    """A call to a store: which one, and with what."""

    name: str
    of: Any = None


Steps = Generator[Call, Any, Any]
Program = Callable[[], Steps]


class LostError(Exception):
    """Another run was faster, or has replaced a file that was to be read."""


class Protocol:
    """The programs of the actors over some landing objects: rows by name of the object."""

    def __init__(self, objects: dict[str, Rows], bug: str = "") -> None:
        self.objects, self.bug = objects, bug

    # hourly_run.run

    def run(self, name: str, *, hasty: bool = False, later: bool = False) -> Steps:
        """One run. A `hasty` one has time for its newest unit, one that comes hours `later` knows
        that whoever lost a claim is over.
        """
        numbers, waiting = count(), set[int]()
        read = yield Call("mark")
        listed = yield Call("landing")
        if self.bug == "marked before it is published":
            yield Call("put_mark", listed)
        rows = {row for landed in listed - read for row in self.objects[landed]}
        now = [(day, of_day(rows, day), None) for day in sorted({row.day for row in rows})[::-1]]
        for month in (yield Call("months", months_of(now))) if now else ():
            if month.staged and self.bug != "no second look at what waits":
                waiting.add(month.number)
        now, left = (now[:1], now[1:]) if hasty else (now, [])
        for number in months_of(now):
            units = [unit for unit in now if unit[0] // MONTH == number]
            if not (yield from self.fold_month(number, units, name, numbers, later)):
                return
        if left:
            yield from self.stage(left, name, numbers)
        if listed - read:
            yield Call("put_mark", listed)
        if not (hasty and now):
            waiting |= yield Call("todo")
            for number in sorted(waiting):
                yield from self.fold_staged(number, name, numbers, later)

    def fold_month(
        self, number: int, units: list[Any], name: str, numbers: Any, later: bool
    ) -> Steps:
        for _ in range(ATTEMPTS):
            (month,) = yield Call("months", (number,))
            try:
                yield from self.fold_units(month, units, self.hold(name, numbers), later)
            except LostError:
                continue
            return True
        return False

    def hold(self, name: str, numbers: Any) -> str:
        return name if self.bug == "a name is used again" else f"{name}-{next(numbers)}"

    def fold_units(self, month: Month, units: list[Any], hold: str, later: bool) -> Steps:
        for number, (day, landed, staged) in enumerate(units):
            is_gone = staged is not None and not (yield Call("fetch", staged))
            rows = frozenset[Arrival]() if is_gone else landed
            standing = [named for named in month.named if day in named.days]
            known = yield from self.fetched(standing)
            known = of_day(known, day)
            if rows <= known and staged is None:
                continue
            month = yield from self.claim(month, hold)
            file = File(f"{hold}.{number}", frozenset({day}), known | rows)
            month = yield from self.publish(month, file, {day}, staged)
        if month.claim == hold:
            yield from self.release(month, later)

    def fetched(self, named: Iterable[Named]) -> Steps:
        rows = set[Arrival]()
        for each in sorted(named):
            if not (yield Call("fetch", each.file)):
                raise LostError
            rows |= {*each.rows()}
        return frozenset(rows)

    # commit

    def claim(self, month: Month, hold: str) -> Steps:
        if self.bug == "a claim on what stands by now":
            (month,) = yield Call("months", (month.number,))
        if month.claim == hold or self.bug == "no claim":
            return month
        dead = month.dead | ({month.claim} if month.claim else set())
        if self.bug == "who lost is forgotten":
            dead = frozenset()
        return (yield from self.put(month._replace(claim=hold, dead=dead)))

    def publish(self, month: Month, file: File, days: Any, staged: File | None = None) -> Steps:
        yield Call("write", file)
        kept = {Named(each.file, each.but | (each.file.days & days)) for each in month.named}
        kept = {each for each in kept if each.days}
        named = frozenset({*kept, Named(file)})
        still = {each.file for each in named}
        gone = frozenset(each.file for each in month.named if each.file not in still)
        done = frozenset({staged} if staged else ())
        if self.bug == "deleted before it is published":
            yield Call("delete", gone)
        new = month._replace(named=named, staged=month.staged - done, gone=month.gone | gone | done)
        return (yield from self.put(new))

    def put(self, month: Month) -> Steps:
        month = month._replace(version=month.version + 1)
        if not (yield Call("put", (month, self.bug == "no fence"))):
            raise LostError
        return month

    def release(self, month: Month, later: bool) -> Steps:
        listed = (yield Call("of_month", month.number)) if month.dead else ()
        named = {each.file for each in month.named}
        left = {file for file in listed if file.run in month.dead and file not in named}
        yield Call("delete", month.gone | left)
        try:
            dead = frozenset[str]() if later else month.dead
            yield from self.put(month._replace(claim="", dead=dead, gone=frozenset()))
        except LostError:
            pass

    # staging

    def stage(self, units: list[Any], name: str, numbers: Any) -> Steps:
        waiting = frozenset(months_of(units))
        yield Call("put_todo", waiting)
        for day, rows, _ in units:
            file = File(f"{self.hold(name, numbers)}.staged", frozenset({day}), rows)
            yield Call("write", file)
            while True:
                (month,) = yield Call("months", (day // MONTH,))
                try:
                    yield from self.put(month._replace(staged=month.staged | {file}))
                    break
                except LostError:
                    continue
        if self.bug != "no second look at what waits":
            yield Call("put_todo", waiting)

    def fold_staged(self, number: int, name: str, numbers: Any, later: bool) -> Steps:
        for _ in range(ATTEMPTS):
            (month,) = yield Call("months", (number,))
            units = [(min(file.days), file.rows, file) for file in sorted(month.staged)]
            try:
                yield from self.fold_units(month, units, self.hold(name, numbers), later)
            except LostError:
                continue
            yield Call("end_todo", number)
            return

    # compaction, and a reader

    def compaction(self, name: str, number: int = 0) -> Steps:
        (month,) = yield Call("months", (number,))
        if len(month.named) < 2:
            return
        try:
            standing = month.named
            month = yield from self.claim(month, name)
            rows = yield from self.fetched(standing)
            days = frozenset(day for each in standing for day in each.days)
            month = yield from self.publish(month, File(f"{name}.0", days, rows), days)
            yield from self.release(month, later=False)
        except LostError:
            pass

    def reader(self, numbers: tuple[int, ...]) -> Steps:
        """Reads the mark, then the manifests, then the files; from the start where one is gone."""
        before = yield Call("landing")
        for _ in range(ATTEMPTS):
            late = self.bug == "the mark is read after the manifests"
            read = None if late else (yield Call("mark"))
            months = yield Call("months", numbers)
            read = (yield Call("mark")) if late else read
            listed = yield Call("landing")
            try:
                for month in months:
                    yield from self.fetched(month.named)
            except LostError:
                continue
            yield Call("answer", (before, months, listed - read))
            return


def of_day(rows: Iterable[Arrival], day: int) -> Rows:
    return frozenset(row for row in rows if row.day == day)


def months_of(units: Iterable[Any]) -> tuple[int, ...]:
    return tuple(sorted({day // MONTH for day, *_ in units}, reverse=True))
