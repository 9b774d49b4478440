"""Tenants to measure with: how many events, users and accounts, over which days."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from waypost.times import DAY_MS, HOUR_MS

ACTIONS, MODULES = 60, 30


@dataclass(frozen=True)
class Shape:
    """A tenant with exactly `events` events on the `days` from `first` on.

    `active` is how many of its identities are active on the quietest and on the busiest day.
    `merged` are identities more than users, each of which turned out to be one of them;
    `idle_accounts` are accounts more than `accounts`, in which nobody is. Events lie in the
    `window` (ms of the day, begin and length). The same `seed` gives the same tenant.
    """

    name: str
    events: int
    days: int
    users: int
    merged: int
    accounts: int
    idle_accounts: int
    active: tuple[int, int]
    first: date
    window: tuple[int, int] = (0, DAY_MS)
    seed: int = 1

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    @property
    def identities(self) -> int:
        return self.users + self.merged


_YEAR, _MONTH = date(2025, 11, 26), date(2026, 10, 27)  # both until 25 November 2026

S = Shape("S", 672_185, 365, 600, 30, 60, 6, (100, 220), _YEAR)
M = Shape("M", 32_000_000, 365, 20_000, 1_000, 1_500, 150, (3_500, 6_000), _YEAR)
L = Shape("L", 34_500_000, 30, 200_000, 10_000, 8_000, 800, (30_000, 55_000), _MONTH)
MILLION = Shape(
    "million",
    3_000_000,
    12,
    1_000_000,
    50_000,
    40_000,
    4_000,
    (90_000, 130_000),
    date(2026, 11, 14),
)

# What one hourly run may find. All of it was received in the hour after the last event.
HOUR = replace(
    L, name="hour", events=10_000_000, days=1, first=L.last, window=(10 * HOUR_MS, HOUR_MS)
)
BACKFILL = replace(M, name="backfill", events=1_000_000)
FULL_DAY = replace(M, name="full day", events=145_000, days=1, first=M.last)
LATE = replace(FULL_DAY, name="late", events=5, seed=2)
# With ids of its own: it lands beside a day of the first seed.
DATES = Shape("dates", 20_417, 20_417, 600, 0, 60, 0, (1, 1), date(1971, 1, 1), seed=2)
