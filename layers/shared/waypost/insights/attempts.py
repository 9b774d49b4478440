"""
Attempts at the steps of a funnel: from each first step on the earliest moments of the others, and
of everybody's attempts the one that counts.

It is worked out of `lives` (n, id, moments), where a moment and the steps that it meets are one
number: `time * MASKS + mask`, the lowest bit of which is the first step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waypost.lake.reader import Opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waypost.insights.funnels import Funnel

Attempts = Literal["all", "first"]
MOST_STEPS = 10
MASKS = 2**MOST_STEPS
MOST_PLACES = 2**62  # half of what a BIGINT holds
SLICE = 2_000_000  # moments that are worked on at once, for the sake of memory

_FACTS = f"""SELECT coalesce(sum(len(moments)), 0)::BIGINT, count(*),
    coalesce(min(list_min(moments)) // {MASKS}, 0), coalesce(max(list_max(moments)) // {MASKS}, 0)
FROM lives"""
# Whose a moment is and when are one number too, a `place`: between anybody's last and the next
# one's first is more than a window. A join by one number takes half as long as by two.
_MOMENTS = f"""CREATE OR REPLACE TEMP TABLE moments AS
SELECT n // $slices * $step + moment // {MASKS} - $first AS place,
    (moment % {MASKS})::SMALLINT AS mask
FROM (SELECT n, unnest(moments) AS moment FROM lives WHERE n % $slices = $slice)"""
_BEGUN = "place % $step + $first >= $start AND place % $step + $first < $end"
_ATTEMPTS: dict[Attempts, str] = {
    "all": f"SELECT place AS t0 FROM moments WHERE mask & 1 = 1 AND {_BEGUN}",
    "first": f"""SELECT place AS t0 FROM (
        SELECT min(place) AS place FROM moments WHERE mask & 1 = 1 GROUP BY place // $step
    ) WHERE {_BEGUN}""",
}
_FURTHER = """SELECT before.*,
    CASE WHEN later.place <= before.t0 + $window THEN later.place END AS t{step}
FROM reached{before} AS before ASOF LEFT JOIN (
    SELECT place FROM moments WHERE mask & {bit} = {bit}
) AS later ON later.place {later} before.t{before}"""
# The attempt that counts, and when whoever came as far was there last.
_BEST = """SELECT n * $slices + $slice, reached, unnest(counted), latest % $step + $first FROM (
    SELECT n, reached, arg_min({moments}, t0) AS counted, max({last}) AS latest
    FROM (SELECT *, t0 // $step AS n, {reached} AS reached FROM reached{step}) GROUP BY n, reached
    QUALIFY reached = max(reached) OVER (PARTITION BY n)
)"""


def follow(funnel: Funnel, opened: Opened) -> None:
    """Fills `best`: how far everybody came, and when. Nobody's steps depend on anybody else's, so
    they are followed some at a time.
    """
    columns = ", ".join(f"t{step} BIGINT" for step in range(len(funnel.steps)))
    opened.rows(f"CREATE TEMP TABLE best (n BIGINT, reached INTEGER, {columns}, latest BIGINT)")
    ((moments, lives, first, last),) = opened.rows(_FACTS)
    step = last - first + funnel.window + 1
    # So few at once that no place is beyond what a BIGINT holds.
    slices = max(moments // SLICE, lives * step // MOST_PLACES) + 1
    placed = {"slices": slices, "step": step, "first": first}
    asked = {"start": funnel.start, "end": funnel.end, "window": funnel.window, **placed}
    for number in range(slices):
        opened.rows(_MOMENTS, placed | {"slice": number})
        opened.rows(_followed(funnel), asked | {"slice": number})


def _followed(funnel: Funnel) -> str:
    last = len(funnel.steps) - 1
    times = [f"t{step}" for step in range(last + 1)]
    further = " + ".join(["1", *(f"(t{step} IS NOT NULL)::INTEGER" for step in range(1, last + 1))])
    best = _BEST.format(
        moments="{" + ", ".join(f"'{name}': {name}" for name in times) + "}",
        last=f"coalesce({', '.join(reversed(times))})",
        reached=further,
        step=last,
    )
    return f"INSERT INTO best WITH {', '.join(_chain(funnel))} {best}"


def _chain(funnel: Funnel) -> Iterator[str]:
    """Attempts with the times of their steps, one step more each."""
    yield f"reached0 AS ({_ATTEMPTS[funnel.attempts]})"
    for number, step in enumerate(funnel.steps[1:], 1):
        earlier = funnel.steps[:number]
        # Then none of their events can be taken twice.
        apart = all(step.excludes(other) or not other.filters for other in earlier)
        further = _FURTHER.format(
            step=number, before=number - 1, bit=2**number, later=">=" if apart else ">"
        )
        yield f"reached{number} AS ({further})"
