"""
GET /api/v1/changes: accounts that changed against their own baseline (`waypost.insights.changes`).

| parameter   | says                                                                           |
|-------------|--------------------------------------------------------------------------------|
| `metric`    | `weight` (else), `events` or `users`                                           |
| `days`      | how long a period is, 1 to 90, 28                                              |
| `baseline`  | how many periods before it is compared with, 4; 180 days at most               |
| `threshold` | by which share of its baseline an account has to change, 0.5                   |
| `least`     | by how many standard deviations, 2; 0 tells of the smallest                    |
| `kind`      | `fell`, `rose`, `quiet`, `back`, `new`; several with commas, or repeated       |
| `churned`   | `true`: those whose trait `is_churned` is true as well                         |
| `traits`    | `true`: the traits of each                                                     |
| `to`        | the day at whose end the last period ends, today; days are those of UTC        |
| `limit`     | how many are told, 100                                                         |
"""

import re
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from waypost import times
from waypost.errors import BadQuery
from waypost.insights import calendar, change_words, changes
from waypost.insights.changes import LONGEST, MOST_DAYS, Ask, Change, Kind, Metric
from waypost.insights.explained import Explained
from waypost.insights.measures import plain
from waypost.insights.ports import QuestionStores
from waypost.tenants import settings_of
from waypost.times import DAY_MS
from waypost.web.asking import Parameters

_KINDS: tuple[Kind, ...] = get_args(Kind)
_METRICS: tuple[Metric, ...] = get_args(Metric)
_DECIMAL = re.compile(r"\d{1,3}(\.\d{1,6})?")
_UTC = ZoneInfo("UTC")
_SPANS = ("from", "last", "timezone")  # what other questions take instead


class ChangedAccount(Struct, omit_defaults=True, kw_only=True):
    """An account that changed, and the `reason`. `now` is its number in the last days, `before` in
    an average period before; `change` of what was to be expected by now, -1 for all of it.
    `periods` are in order of time, and end with the last days.
    """

    id: str
    name: str | None = None
    kind: Kind
    reason: str
    now: float
    before: float | None
    change: float | None
    users: int
    users_before: int
    first_seen: str
    last_seen: str
    days_quiet: int
    churned: bool
    periods: list[float]
    traits: dict[str, Any] | UnsetType = UNSET


class ChangesAnswer(
    Struct, rename={"start": "from", "end": "to"}, omit_defaults=True, kw_only=True
):
    """The largest losses first, then the largest gains. `totals` by kind count all of them. The
    last `days` end at `end`, and are compared with those since `start`.
    """

    metric: Metric
    days: int
    baseline: int
    start: str
    end: str
    timezone: str
    totals: dict[str, int]
    accounts: list[ChangedAccount]
    complete_until: str
    provisional: bool
    explain: Explained | None = None


def answer(tenant: str, parameters: Parameters, stores: QuestionStores) -> ChangesAnswer:
    """What changed. Raises `BadQuery`."""
    now = stores.clock()
    metric = parameters.choice("metric", _METRICS, "weight")
    days = parameters.number("days", 28, most=MOST_DAYS)
    baseline = parameters.number("baseline", min(4, LONGEST // days), most=LONGEST // days)
    threshold = _decimal(parameters, "threshold", "0.5")
    least = _decimal(parameters, "least", "2")
    kinds, churned = _kinds(parameters), parameters.flag("churned")
    limit, traits = parameters.number("limit", 100, most=1000), parameters.flag("traits")
    _refuse_spans(parameters)
    settings = replace(settings_of(tenant, stores.tenants), timezone="UTC")
    common = parameters.common(settings, now)
    parameters.refuse_rest()
    ask = Ask(
        metric=metric,
        days=days,
        baseline=baseline,
        threshold=threshold,
        least=least,
        kinds=kinds,
        churned=churned,
        filters=common.filters,
        limit=limit,
        end=_end(common.end, now),
        now=now,
    )
    return _shape(ask, changes.answer(ask, tenant, stores.reader), traits, common.explain)


def _refuse_spans(parameters: Parameters) -> None:
    for name in _SPANS:
        if parameters.many(name):
            raise BadQuery(
                f"changes take no {name}: say days, baseline and to; days are those of UTC",
                field=name,
            )


def _decimal(parameters: Parameters, name: str, default: str) -> float:
    text = parameters.one(name, default)
    if not _DECIMAL.fullmatch(text):
        raise BadQuery(f"{name} is a number such as {default}", field=name)
    return float(text)


def _kinds(parameters: Parameters) -> tuple[Kind, ...]:
    words = [word.strip() for text in parameters.many("kind") for word in text.split(",")]
    for word in words:
        if word not in _KINDS:
            raise BadQuery(f"kind is some of {', '.join(_KINDS)}", field="kind")
    return tuple(kind for kind in _KINDS if kind in words)


def _end(asked: int | None, now: int) -> int:
    """Midnight in UTC: at most the next one."""
    tomorrow = now // DAY_MS * DAY_MS + DAY_MS
    return tomorrow if asked is None else min(max(asked // DAY_MS * DAY_MS, 0), tomorrow)


def _shape(ask: Ask, told: changes.Answer, traits: bool, explain: bool) -> ChangesAnswer:
    return ChangesAnswer(
        metric=ask.metric,
        days=ask.days,
        baseline=ask.baseline,
        start=calendar.iso(ask.start, _UTC),
        end=calendar.iso(ask.end, _UTC),
        timezone=_UTC.key,
        totals={kind: told.totals.get(kind, 0) for kind in ask.kinds or _KINDS},
        accounts=[_account(change, ask, traits) for change in told.changes],
        complete_until=times.iso(told.complete_until),
        provisional=told.provisional,
        explain=told.explained if explain else None,
    )


def _account(change: Change, ask: Ask, traits: bool) -> ChangedAccount:
    return ChangedAccount(
        id=change.id,
        name=change.name,
        kind=change.kind,
        reason=change_words.reason(change, ask),
        now=plain(change.now),
        before=None if change.before is None else plain(change.before),
        change=None if change.change is None else round(change.change, 4),
        users=change.users,
        users_before=change.users_before,
        first_seen=times.iso(change.first),
        last_seen=times.iso(change.last),
        days_quiet=max(0, (min(ask.now, ask.end) - change.last) // DAY_MS),
        churned=change.churned,
        periods=[plain(value or 0) for value in reversed(change.periods)],
        traits=msgspec.json.decode(change.traits or "{}") if traits else UNSET,
    )
