"""Bars and sparklines: what a number is among others, in the letters of a terminal."""

import math
from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_GAP = " "


def bar(value: float | None, most: float, width: int) -> str:
    """A bar as long as the value is of `most`, which fills the width, to an eighth of a letter.

    A value above zero is never without a bar; nothing, or less than zero, is.
    """
    if value is None or value <= 0 or most <= 0:
        return ""
    eighths = max(1, round(min(value / most, 1) * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def sparkline(values: Sequence[float | None], width: int | None = None) -> str:
    """A letter per value, from the lowest level for zero to the highest for the largest of them;
    a gap where there is none. Of more values than `width` neighbours share a letter, the mean.
    """
    shown = list(values) if width is None else _thinned(values, width)
    numbers = [value for value in shown if value is not None]
    least, most = min(numbers, default=0.0), max(numbers, default=0.0)
    lowest, span = min(least, 0), most - min(least, 0)
    return "".join(_GAP if value is None else _level(value - lowest, span) for value in shown)


def _level(height: float, span: float) -> str:
    if span <= 0:
        return _LEVELS[0]
    return _LEVELS[math.ceil(height / span * (len(_LEVELS) - 1))]


def _thinned(values: Sequence[float | None], width: int) -> list[float | None]:
    if len(values) <= width:
        return list(values)
    bounds = [len(values) * n // width for n in range(width + 1)]
    return [_mean(values[bounds[n] : bounds[n + 1]]) for n in range(width)]


def _mean(values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return sum(numbers) / len(numbers) if numbers else None
