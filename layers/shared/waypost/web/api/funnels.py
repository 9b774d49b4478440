"""
GET /api/v1/funnels: how many went from step to step (`waypost.insights.funnels`).

| parameter  | says                                                                           |
|------------|--------------------------------------------------------------------------------|
| `step`     | repeated, 2 to 10 in their order, as in `waypost.insights.steps`                |
| `per`      | `user`, or `account`: whoever of it did the steps                               |
| `window`   | how long an attempt may take from its first step: `7d` (else), `12h`, `30m`, `2w` |
| `attempts` | `all` (the best counts), or the `first`                                         |
| `rows`     | `steps`, or `stuck`: then there are no steps, and a CSV holds who is stuck     |
| `limit`    | how many of those stuck at a step are named, 50                                 |
| `preset`   | instead of steps: `time_to_first_hello_world` or `time_to_value`                |
| `start`, `goal` | the two steps of a preset, where they are others                           |
"""

from dataclasses import dataclass

from msgspec import UNSET, Struct, UnsetType

from waypost import times
from waypost.errors import BadQuery
from waypost.insights import calendar, filters, funnels, steps
from waypost.insights.attempts import MOST_STEPS, Attempts
from waypost.insights.explained import Explained
from waypost.insights.funnels import FEWEST_STEPS, Funnel
from waypost.insights.ports import QuestionStores
from waypost.insights.steps import Step
from waypost.insights.whose import Side
from waypost.tenants import Tenant, settings_of
from waypost.times import DAY_MS
from waypost.web.asking import Common, Parameters
from waypost.web.csv_answers import Table

DAYS = 90
_LONGEST = 3660 * DAY_MS
PRESETS = ("", "time_to_first_hello_world", "time_to_value")
_SIDES: dict[str, Side] = {"user": "person", "account": "account"}
# Calls are named by verb and route, as in "GET /hello/{id}"; what clients report is named by them.
_SIGNED_UP = steps.action("Signed Up", "Signed up")
_FIRST_CALL = Step(
    "First API call", (filters.read("source=moesif"), filters.read('action contains " /"'))
)
_ANYTHING = Step("First activity")


class StuckAt(Struct):
    """Somebody who came to `step` and no further, and when they were last there."""

    step: int
    id: str
    name: str | None
    account: str | None
    at: str


class FunnelStep(Struct):
    """`from_first` and `from_before` are shares of 0 to 1 of those who came to these steps, the
    seconds those it took, as median and 90th percentile. `stuck` came no further.
    """

    step: int
    name: str
    count: int
    from_before: float | None
    from_first: float | None
    median_seconds: float | None
    p90_seconds: float | None
    median_seconds_from_first: float | None
    p90_seconds_from_first: float | None
    stuck: int


class FunnelAnswer(Struct, rename={"start": "from", "end": "to"}, kw_only=True):
    """A funnel of whoever began it from `from` to before `to`. `stuck` names the newest of each
    step.
    """

    per: str
    window: str
    attempts: Attempts
    start: str
    end: str
    timezone: str
    conversion: float | None
    stuck: list[StuckAt]
    steps: list[FunnelStep] | UnsetType
    complete_until: str
    provisional: bool
    explain: Explained | UnsetType = UNSET

    def table(self) -> Table:
        """What a CSV holds: the steps, else who is stuck."""
        if self.steps is UNSET:
            return StuckAt, self.stuck
        return FunnelStep, self.steps


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question, and how it was put."""

    funnel: Funnel
    per: str
    window: str
    stuck_alone: bool
    common: Common


def answer(tenant: str, parameters: Parameters, stores: QuestionStores) -> FunnelAnswer:
    """How many came how far. Raises `BadQuery`."""
    asked = _asked(parameters, settings_of(tenant, stores.tenants), stores.clock())
    told = funnels.answer(asked.funnel, tenant, stores.reader)
    reached, zone = _shares(told.steps), asked.common.zone
    return FunnelAnswer(
        per=asked.per,
        window=asked.window,
        attempts=asked.funnel.attempts,
        start=calendar.iso(asked.funnel.start, zone),
        end=calendar.iso(asked.funnel.end, zone),
        timezone=zone.key,
        conversion=reached[-1].from_first,
        stuck=[_stuck(each) for each in told.stuck],
        steps=UNSET if asked.stuck_alone else reached,
        complete_until=times.iso(told.complete_until),
        provisional=told.provisional,
        explain=told.explained if asked.common.explain else UNSET,
    )


def _asked(parameters: Parameters, tenant: Tenant, now: int) -> _Asked:
    per = parameters.choice("per", _SIDES, "user")
    asked, attempts, window = _steps(parameters)
    attempts = parameters.choice("attempts", ("all", "first"), attempts)
    window = parameters.one("window", window)
    length = parameters.length("window", window, longest=_LONGEST)
    limit = parameters.number("limit", 50, least=0, most=1000)
    stuck_alone = parameters.choice("rows", ("steps", "stuck"), "steps") == "stuck"
    common = parameters.common(tenant, now)
    parameters.refuse_rest()
    start, end = common.span(DAYS, now)
    funnel = Funnel(
        steps=asked,
        window=length,
        start=start,
        end=end,
        per=_SIDES[per],
        attempts=attempts,
        filters=common.filters,
        limit=limit,
    )
    return _Asked(funnel, per, window, stuck_alone, common)


def _steps(parameters: Parameters) -> tuple[tuple[Step, ...], Attempts, str]:
    """The steps, and what goes with them unless it is said."""
    preset = parameters.choice("preset", PRESETS, "")
    texts = parameters.many("step")
    if preset and texts:
        raise BadQuery("preset takes the place of step", field="preset")
    if preset:
        return _preset(preset, parameters.one("start"), parameters.one("goal"))
    if not FEWEST_STEPS <= len(texts) <= MOST_STEPS:
        raise BadQuery(
            f"a funnel has {FEWEST_STEPS} to {MOST_STEPS} steps, not {len(texts)}, as in "
            "step=Signed up&step=Created report",
            field="step",
        )
    return tuple(map(steps.read, texts)), "all", "7d"


def _preset(preset: str, start: str, goal: str) -> tuple[tuple[Step, ...], Attempts, str]:
    begin = steps.read(start, "start") if start else None
    end = steps.read(goal, "goal") if goal else None
    if preset == "time_to_first_hello_world":
        return (begin or _SIGNED_UP, end or _FIRST_CALL), "all", "30d"
    if end is None:
        raise BadQuery("time_to_value needs a goal, as in goal=Invited a colleague", field="goal")
    return (begin or _ANYTHING, end), "first", "90d"


def _shares(reached: list[funnels.Reached]) -> list[FunnelStep]:
    before = [reached[0], *reached]
    return [
        FunnelStep(
            number,
            step.name,
            step.count,
            _share(step.count, before[number - 1].count),
            _share(step.count, reached[0].count),
            *step.from_before,
            *step.from_first,
            step.stuck,
        )
        for number, step in enumerate(reached, 1)
    ]


def _stuck(of: funnels.Stuck) -> StuckAt:
    return StuckAt(of.step, of.id, of.name, of.account, times.iso(of.at))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
