"""Why an account is among the changes, in words."""

from waypost import times
from waypost.insights.changes import Ask, Change

_LONG = 1e15


def reason(change: Change, ask: Ask) -> str:
    """One sentence without its full stop."""
    if change.kind == "quiet":
        return _quiet(change, ask)
    now = f"{ask.metric} {number(change.now)} in the last {ask.days} days"
    if change.kind == "new":
        return f"first activity of all on {times.day(change.first)}, {now}"
    if change.kind == "back":
        before = ask.baseline * ask.days
        return f"active again since {_since(change)} after none in the {before} days before, {now}"
    compared = f"{now}, {_average(change, ask)}"
    return compared if change.change is None else f"{compared}: {_share(change.change)}"


def number(value: float) -> str:
    """`1,234` or `12.5`, and `1e+20` of what nobody could read."""
    if abs(value) >= _LONG:
        return f"{value:.3g}"
    return f"{value:,.1f}".removesuffix(".0")


def _quiet(change: Change, ask: Ask) -> str:
    silent = f"no activity since {times.day(change.until)}"
    if change.days:
        return f"{silent}, was active on {change.days} of {ask.days} days"
    return f"{silent}, {ask.metric} {_average(change, ask)}"


def _average(change: Change, ask: Ask) -> str:
    return f"{number(change.before or 0)} in an average {ask.days} days before"


def _share(change: float) -> str:
    return f"{'down' if change < 0 else 'up'} {abs(change):,.0%}".replace("%", " %")


def _since(change: Change) -> str:
    return times.day(change.last if change.since is None else change.since)
