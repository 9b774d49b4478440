"""Paths counted in plain Python: what came next and before, event by event."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

from waypost.insights.paths import Ask, Walk

Event = Mapping[str, Any]
Value = Callable[[Event], str | None]


def expected(
    ask: Ask,
    events: Iterable[Event],
    who: Mapping[str, str],
    *,
    value: Value,
    is_anchor: Callable[[Event], bool],
) -> tuple[int, int, list[Walk], list[Walk]]:
    """How often and by how many the anchor was done, and what came after and before. `who` leads
    from users to the people that they are now.
    """
    walks: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event["user_id"] and value(event) is not None and not event.get("kind"):
            walks[who.get(event["user_id"], event["user_id"])].append(event)
    taken: list[tuple[str, Steps, Steps]] = []
    for person, walk in walks.items():
        walk.sort(key=lambda event: (event["time"], value(event), is_anchor(event)))
        for place, event in enumerate(walk):
            if is_anchor(event) and ask.start <= event["time"] < ask.end:
                after = _steps(ask, event, walk[place + 1 :], value)
                taken.append((person, after, _steps(ask, event, walk[:place][::-1], value)))
    people = {person for person, _, _ in taken}
    followed = _counted(ask, ((person, steps) for person, steps, _ in taken))
    preceded = _counted(ask, ((person, steps) for person, _, steps in taken))
    return len(taken), len(people), followed, preceded


Steps = list[tuple[str, int]]  # values, and how far from the anchor in ms


def _steps(ask: Ask, anchor: Event, neighbours: Iterable[Event], value: Value) -> Steps:
    steps: Steps = []
    before = anchor["time"]
    for event in list(neighbours)[: ask.steps]:
        if abs(event["time"] - before) > ask.window:
            break
        steps.append((str(value(event)), abs(event["time"] - anchor["time"])))
        before = event["time"]
    return steps


def _counted(ask: Ask, taken: Iterable[tuple[str, Steps]]) -> list[Walk]:
    groups: dict[tuple[str, ...], list[tuple[str, Steps]]] = defaultdict(list)
    for person, steps in taken:
        groups[tuple(name for name, _ in steps)].append((person, steps))
    walks = [
        Walk(
            names,
            len(members),
            len({person for person, _ in members}),
            median(steps[-1][1] for _, steps in members) if names else None,
        )
        for names, members in groups.items()
    ]
    walks.sort(key=lambda walk: (-walk.count, walk.steps))
    shown = [walk for walk in walks if walk.steps][: ask.top]
    return [walk for walk in walks if not walk.steps or walk in shown]
