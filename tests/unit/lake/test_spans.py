"""Spans: which bytes are here and which are asked for, beside sets of places."""

from random import Random

import pytest

from waypost.lake import spans
from waypost.lake.spans import Span

RANDOM = Random(7)


def test_spans_that_touch_become_one() -> None:
    assert spans.joined([(5, 7), (0, 2), (2, 3), (6, 9)]) == [(0, 3), (5, 9)]


def test_spans_near_each_other_become_one() -> None:
    assert spans.joined([(0, 2), (4, 6), (9, 10)], gap=2) == [(0, 6), (9, 10)]


@pytest.mark.parametrize("number", range(200))
def test_what_is_wanted_and_not_held_is_missing(number: int) -> None:
    wanted, held = some_spans(number), some_spans(number // 3)

    missing = spans.without(wanted, held)

    assert places(missing) == places(wanted) - places(held)
    assert missing == spans.joined(missing)


def test_a_long_span_is_cut() -> None:
    assert list(spans.cut([(0, 25), (30, 31)], 10)) == [(0, 10), (10, 20), (20, 25), (30, 31)]


@pytest.mark.parametrize("number", range(50))
def test_fewer_spans_hold_the_same_places(number: int) -> None:
    given = some_spans(number + 1)

    few = spans.fewer(given, 3)

    assert len(few) <= 3
    assert places(few) >= places(given)


def test_the_smallest_gaps_are_closed() -> None:
    assert spans.fewer([(0, 1), (2, 3), (9, 10), (20, 21)], 3) == [(0, 3), (9, 10), (20, 21)]


def some_spans(most: int) -> list[Span]:
    starts = [RANDOM.randrange(100) for _ in range(RANDOM.randrange(most % 12 + 1))]
    return [(start, start + RANDOM.randrange(1, 12)) for start in starts]


def places(given: list[Span]) -> set[int]:
    return {place for start, end in given for place in range(start, end)}
