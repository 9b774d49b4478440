"""How far a file is, on stderr: a bar on a terminal, elsewhere a line now and then."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from waypost.cli.output import colourful, note

Unit = Literal["bytes", "rows"]
Update = Callable[[int, int], None]
Clock = Callable[[], float]

LINE_SECONDS = 10.0
_WINDOW_SECONDS = 30.0
# Blocks of a file come by the thousand in a second; more than this tells nothing about the pace.
_APART_SECONDS = 0.25
_MINUTES_FROM = 120
# What is shown of each unit, and how many of it make one of those.
_SHOWN: dict[Unit, tuple[str, int]] = {"bytes": ("MB", 1_000_000), "rows": ("rows", 1)}


@contextmanager
def shown(title: str, unit: Unit, *, quiet: bool) -> Iterator[Update]:
    """Something to be told (done, in all), which shows it; 0 in all means that nobody knows yet.

    Control codes go to a terminal alone, and nothing at all is shown where `quiet` is asked for.
    """
    if quiet:
        yield _ignore
    elif colourful(sys.stderr):
        with _bar(title, unit) as update:
            yield update
    else:
        yield Lines(title, unit)


@contextmanager
def _bar(title: str, unit: Unit) -> Iterator[Update]:
    # Here, since rich takes long to import and most commands show no bar.
    from rich import progress
    from rich.console import Console

    amount = progress.DownloadColumn() if unit == "bytes" else progress.MofNCompleteColumn()
    columns = (
        progress.TextColumn("{task.description:<9}"),
        progress.BarColumn(bar_width=20),
        progress.TaskProgressColumn(),
        amount,
        progress.TextColumn("" if unit == "bytes" else "rows"),
        progress.TextColumn("{task.fields[pace]}"),
    )
    pace = Pace(unit)
    with progress.Progress(*columns, console=Console(stderr=True)) as running:
        task = running.add_task(title, total=None, pace="")

        def update(done: int, total: int) -> None:
            words = pace.tell(done, total)
            running.update(task, completed=done, total=total or None, pace=words)

        yield update


class Lines:
    """A line every ten seconds: `matching: 90,000 of 150,000 rows, 3,200 rows/s, 19 s left`."""

    def __init__(self, title: str, unit: Unit, clock: Clock = time.monotonic) -> None:
        self._title, self._unit, self._clock = title, unit, clock
        self._pace = Pace(unit, clock)
        self._next = clock() + LINE_SECONDS

    def __call__(self, done: int, total: int) -> None:
        pace = self._pace.tell(done, total)
        if self._clock() < self._next:
            return
        self._next = self._clock() + LINE_SECONDS
        unit, size = _SHOWN[self._unit]
        amount = f"{done // size:,} of {total // size:,} {unit}" if total else f"{done:,} {unit}"
        note(f"{self._title}: {amount}" + (f", {pace}" if pace else ""))


class Pace:
    """How fast it went in the last half minute, and how long the rest takes at that pace."""

    def __init__(self, unit: Unit, clock: Clock = time.monotonic) -> None:
        self._unit, self._clock = unit, clock
        self._seen: deque[tuple[float, int]] = deque()

    def tell(self, done: int, total: int) -> str:
        """`3,200 rows/s, 19 s left`; without the rest, or empty, where that cannot be told yet."""
        now = self._clock()
        if not self._seen or now - self._seen[-1][0] >= _APART_SECONDS:
            self._seen.append((now, done))
        # The newest of those that are old enough stays, to measure from.
        while len(self._seen) > 1 and now - self._seen[1][0] >= _WINDOW_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        if now == since or not done:
            return ""
        rate = max(done - before, 0) / (now - since)
        unit, size = _SHOWN[self._unit]
        words = f"{rate / size:,.0f} {unit}/s"
        left = (total - done) / rate if rate else 0.0
        return f"{words}, {_duration(left)} left" if left > 0 else words


def _duration(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < _MINUTES_FROM else f"{seconds / 60:,.0f} min"


def _ignore(done: int, total: int) -> None:
    """Shows nothing."""
