"""What a query narrows a list to, read and refused by name (`waypost.insights.listed`)."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from waypost.errors import BadQuery
from waypost.insights import calendar, filters
from waypost.insights.filters import Filter
from waypost.insights.listed import Choice, Narrow, Way
from waypost.times import DAY_MS
from waypost.web.asking import Parameters

_UTC = ZoneInfo("UTC")
_MOST_COUNT = 10**15
_MOST_DAYS = 36_500
_DAYS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_TRAITS = ("trait.", "account.trait.")


def narrows(
    parameters: Parameters, takes: Mapping[str, Choice], now: int = 0
) -> tuple[Narrow, ...]:
    """The choices that were made. Raises `BadQuery` for a value that makes none."""
    return tuple(
        Narrow(choice, _VALUES.get(choice.way, _texts)(parameters, name, now))
        for name, choice in takes.items()
        if parameters.many(name)
    )


def traits(parameters: Parameters) -> tuple[Filter, ...]:
    """The filters over what is known of the people of a list. Raises `BadQuery`."""
    return tuple(_traits(parameters))


def _traits(parameters: Parameters) -> Iterator[Filter]:
    for text in parameters.many("filter"):
        asked = filters.read(text)
        if asked.field.kind not in {"trait", "account_trait"}:
            raise BadQuery(f"filter {text[:80]!r} is of no trait; write trait.…", field="filter")
        yield asked
    for name in parameters.unread():
        if name.startswith(_TRAITS):
            yield filters.make(name, "in", parameters.many(name), name)


def _texts(parameters: Parameters, name: str, _now: int) -> tuple[Any, ...]:
    return tuple(parameters.many(name))


def _folded(parameters: Parameters, name: str, _now: int) -> tuple[Any, ...]:
    return tuple(text.casefold() for text in parameters.many(name))


def _flag(parameters: Parameters, name: str, _now: int) -> tuple[Any, ...]:
    return (parameters.flag(name),)


def _moment(parameters: Parameters, name: str, _now: int) -> tuple[Any, ...]:
    return (calendar.moment(parameters.one(name), name, _UTC),)


def _count(parameters: Parameters, name: str, _now: int) -> tuple[Any, ...]:
    return (parameters.number(name, 0, least=0, most=_MOST_COUNT),)


def _silence(parameters: Parameters, name: str, now: int) -> tuple[Any, ...]:
    days = _DAYS.fullmatch(parameters.one(name))
    first, last = (int(text) if text else None for text in days.groups()) if days else (None, None)
    if first is None or first > _MOST_DAYS or (last is not None and last <= first):
        raise BadQuery(f"{name} is a number of days, such as 30, or a span: 7-14", field=name)
    return (now - first * DAY_MS, None if last is None else now - last * DAY_MS)


_VALUES: dict[Way, Callable[[Parameters, str, int], tuple[Any, ...]]] = {
    "email": _folded,
    "domain": _folded,
    "flag": _flag,
    "since": _moment,
    "until": _moment,
    "least": _count,
    "most": _count,
    "quiet": _silence,
}
