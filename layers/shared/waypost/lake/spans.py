"""Spans of a file, or of its rows: from a first place to one behind the last."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

Span = tuple[int, int]


def joined(spans: Iterable[Span], gap: int = 0) -> list[Span]:
    """The same places in order, none of them twice; spans no more than `gap` apart become one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + gap:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def without(wanted: Iterable[Span], held: Iterable[Span]) -> list[Span]:
    """What is wanted and not held."""
    missing, known, number = [], joined(held), 0
    for start, end in joined(wanted):
        place = start
        while number < len(known) and known[number][0] < end:
            if place < known[number][0]:
                missing.append((place, known[number][0]))
            place = max(place, known[number][1])
            if place >= end:  # it may reach into the next one that is wanted, too
                break
            number += 1
        if place < end:
            missing.append((place, end))
    return missing


def cut(spans: Iterable[Span], most: int) -> Iterator[Span]:
    """The spans in pieces of at most so many places."""
    for start, end in spans:
        for place in range(start, end, most):
            yield place, min(place + most, end)


def fewer(spans: Iterable[Span], most: int) -> list[Span]:
    """At most so many spans with all these places in them; the smallest gaps are closed."""
    parts = joined(spans)
    if len(parts) <= most:
        return parts
    gaps = sorted(after[0] - before[1] for before, after in pairwise(parts))
    return joined(parts, gaps[len(parts) - most - 1])
