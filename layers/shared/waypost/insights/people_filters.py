"""The SQL of what lists of people are narrowed to (`waypost.insights.listed`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from waypost.insights.conditions import Parameters, all_of, condition
from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.listed import Choice, Narrow
from waypost.lake.sql import quoted

_OF_ACTIVITY = {"last", "events"}
_LIKE = 'contains(lower("{column}"), lower({text}))'


@dataclass(slots=True)
class Narrowed:
    """Conditions over a record of people, and over that with its activity of all time."""

    of_record: str = "true"
    of_activity: str | None = None
    bind: Parameters = field(default_factory=Parameters)


def narrowed(narrows: Iterable[Narrow], traits: Iterable[Filter]) -> Narrowed:
    """The conditions of choices, and of filters over traits."""
    narrowed = Narrowed()
    record: list[str] = []
    activity: list[str] = []
    for each in narrows:
        sql = _sql(each.choice, each.values, narrowed.bind)
        (activity if _OF_ACTIVITY & {*each.choice.columns} else record).append(sql)
    record += [of_traits(each, narrowed.bind) for each in traits]
    narrowed.of_record = all_of(record)
    narrowed.of_activity = all_of(activity) if activity else None
    return narrowed


def _sql(choice: Choice, values: tuple[object, ...], bind: Parameters) -> str:
    column = choice.columns[0]
    if choice.way == "person":
        return condition(Filter(Field("user"), "in", tuple(map(str, values))), column, bind)
    if choice.way == "contains":
        texts = [bind.bind(value) for value in values]
        return f"({' OR '.join(_likes(choice.columns, texts))})"
    if choice.way == "quiet":
        return _quiet(values, bind)
    value = {"domain": f"split_part({column}, '@', 2)", "events": "coalesce(events, 0)"}.get(
        choice.way if choice.way == "domain" else column, f'"{column}"'
    )
    signs = {"since": ">=", "until": "<", "least": ">=", "most": "<="}
    if choice.way in signs:
        return f"{value} {signs[choice.way]} {bind.bind(values[0])}"
    return f"{value} IN ({bind.bound(values)})"


def _likes(columns: Iterable[str], texts: list[str]) -> Iterator[str]:
    for column in columns:
        yield from (_LIKE.format(column=column, text=text) for text in texts)


def _quiet(bounds: tuple[object, ...], bind: Parameters) -> str:
    """Who was never active has been silent since it was made."""
    first, last = bounds
    silent = f"coalesce(last, created) <= {bind.bind(first)}"
    return silent if last is None else f"({silent} AND coalesce(last, created) > {bind.bind(last)})"


def of_traits(asked: Filter, bind: Parameters) -> str:
    """The condition over a trait of a record, of which `traits` is a column."""
    value = f"json_extract_string(traits, {quoted(asked.field.pointer)})"
    return condition(asked, value, bind)
