"""
GET /api/v1/retention: who came back how much later (`waypost.insights.retention`).

| parameter  | says                                                               |
|------------|--------------------------------------------------------------------|
| `interval` | `day`, `week` (else) or `month`; the last 14, 12, 12 unless `from` is given |
| `per`      | `user`, or `account`                                               |
| `first`    | a step that begins a cohort, as in `waypost.insights.steps`        |
| `return`   | a step that is a return; else anything is                          |
"""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost import times
from waypost.insights import calendar, retention, steps
from waypost.insights.explained import Explained
from waypost.insights.ports import QuestionStores
from waypost.insights.retention import Interval, Retention
from waypost.insights.steps import Step
from waypost.insights.whose import Side
from waypost.tenants import settings_of
from waypost.web.asking import Common, Parameters
from waypost.web.csv_answers import Table

# From the begin of today's interval so many days back, and a day of the one before these.
_DAYS: dict[Interval, int] = {"day": 14, "week": 11 * 7 + 1, "month": 335}
_SIDES: dict[str, Side] = {"user": "person", "account": "account"}


class CohortAnswer(Struct):
    """Who began in the interval that begins `at`; `returned` how many of them came back so many
    intervals later, beginning with their own, `share` of 0 to 1. The first `complete` of these
    numbers are of intervals that are over.
    """

    at: str
    size: int
    returned: list[int]
    share: list[float | None]
    complete: int


class RetentionAnswer(Struct, rename={"start": "from", "end": "to"}, kw_only=True):
    """Every cohort from `from` to before `to`, the oldest first."""

    interval: str
    per: str
    start: str
    end: str
    timezone: str
    cohorts: list[CohortAnswer]
    complete_until: str
    provisional: bool
    explain: Explained | UnsetType = UNSET

    def table(self) -> Table:
        """As CSV: a row per cohort, a column per interval."""
        names = [f"{self.interval}_{n}" for n in range(len(self.cohorts))]
        row = msgspec.defstruct(
            "Cohort", [("at", str), ("size", int), *((name, int | None, None) for name in names)]
        )
        return row, [row(each.at[:10], each.size, *each.returned) for each in self.cohorts]


def answer(tenant: str, parameters: Parameters, stores: QuestionStores) -> RetentionAnswer:
    """Every cohort of the span. Raises `BadQuery`."""
    now = stores.clock()
    interval = parameters.choice("interval", _DAYS, "week")
    per = parameters.choice("per", _SIDES, "user")
    first, returning = (_step(parameters, name) for name in ("first", "return"))
    common = parameters.common(settings_of(tenant, stores.tenants), now)
    parameters.refuse_rest()
    start, end = common.span(_DAYS[interval], now)
    asked = Retention(
        interval=interval,
        start=start,
        end=end,
        zone=common.zone,
        week_start=common.week_start,
        per=_SIDES[per],
        filters=common.filters,
        first=first,
        returning=returning,
    )
    told = retention.answer(asked, tenant, stores.reader)
    return _shaped(asked, told, per, common)


def _step(parameters: Parameters, name: str) -> Step | None:
    text = parameters.one(name)
    return steps.read(text, name) if text else None


def _shaped(asked: Retention, told: retention.Answer, per: str, common: Common) -> RetentionAnswer:
    return RetentionAnswer(
        interval=asked.interval,
        per=per,
        start=calendar.iso(told.start, asked.zone),
        end=calendar.iso(asked.end, asked.zone),
        timezone=asked.zone.key,
        cohorts=[
            CohortAnswer(
                calendar.iso(each.at, asked.zone),
                each.size,
                each.returned,
                [round(count / each.size, 4) if each.size else None for count in each.returned],
                each.complete,
            )
            for each in told.cohorts
        ],
        complete_until=times.iso(told.complete_until),
        provisional=told.provisional,
        explain=told.explained if common.explain else UNSET,
    )
