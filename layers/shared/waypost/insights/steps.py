"""
Steps of funnels: what somebody did, as an action, filters, or both.

`Signed up`, `Created report[info.plan=pro][page contains /docs]`, `[label=Trial]`, or the same as
JSON: `{"action":"Created report","filters":["info.plan=pro"],"name":"First report"}`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from waypost.errors import BadQuery
from waypost.insights import fields, filters
from waypost.insights.conditions import spellings
from waypost.insights.filters import MOST_FILTERS, Filter

_FORM = 'write one like Signed up, Created report[info.plan=pro] or {"filters":["label=Trial"]}'
_KEYS = {"action", "filters", "name"}
_NAME = re.compile(r"[\w.]+")
_SIGNS = ("=", "!=", "<", ">")
_WORDS = ("in ", "not in ", "contains ", "exists", "missing")
_MAX_NAME = 200  # characters


@dataclass(frozen=True, slots=True)
class Step:
    """What meets all of `filters`; without any it is whatever happens."""

    name: str
    filters: tuple[Filter, ...] = ()

    def excludes(self, other: "Step") -> bool:
        """Whether no event can be both, so far as the filters tell by themselves."""
        return any(_exclude(mine, theirs) for mine in self.filters for theirs in other.filters)


def action(name: str, *spellings: str) -> Step:
    """Whoever does this, however it is spelt."""
    return Step(name, (filters.make("action", "in", [name, *spellings], "step"),))


def read(text: str, parameter: str = "step") -> Step:
    """A step from its text or its JSON. Raises `BadQuery` naming the parameter and a remedy."""
    if text.startswith("{"):
        return _of_json(text, parameter)
    if len(text) > filters.MAX_TEXT:
        raise BadQuery(f"{parameter} is longer than {filters.MAX_TEXT} characters", field=parameter)
    name, bracket, rest = text.partition("[")
    if _is_filter(text):
        raise BadQuery(
            f"{parameter} {text[:80]!r} is a filter: write [{text[:80]}]", field=parameter
        )
    given: list[str | Mapping[str, Any]] = list(_bracketed(bracket + rest, parameter))
    return _step(text, name.strip() or None, given, parameter)


def _is_filter(text: str) -> bool:
    """Whether a text says something of a field where an action should stand."""
    name = _NAME.match(text)
    if name is None or not fields.is_field(name[0]):
        return False
    # `page in` may be the begin of an action, `info.page in` is none.
    compared = (*_SIGNS, *_WORDS) if "." in name[0] else _SIGNS
    return text[name.end() :].lstrip().startswith(compared)


def _of_json(text: str, parameter: str) -> Step:
    try:
        given = cast(dict[str, Any], json.loads(text))
    except (ValueError, RecursionError):
        raise BadQuery(f"{parameter} is not readable as JSON", field=parameter) from None
    name, action, listed = given.get("name"), given.get("action"), given.get("filters", [])
    texts = all(each is None or isinstance(each, str) for each in (name, action))
    if set(given) - _KEYS or not texts or not isinstance(listed, list):
        raise BadQuery(f"{parameter} has an action, filters and a name; {_FORM}", field=parameter)
    if not all(isinstance(each, str | dict) for each in listed):
        raise BadQuery(f"{parameter} has filters that are texts or objects", field=parameter)
    return _step(name, action, listed, parameter)


def _step(
    name: str | None, action: str | None, given: list[str | Mapping[str, Any]], parameter: str
) -> Step:
    asked = [filters.make("action", "=", action, parameter)] if action else []
    asked += [filters.read(each, parameter) for each in given]
    if not asked:
        raise BadQuery(f"{parameter} says nothing; {_FORM}", field=parameter)
    if len(asked) > MOST_FILTERS:
        raise BadQuery(f"{parameter} has more than {MOST_FILTERS} filters", field=parameter)
    return Step((name or action or " and ".join(map(str, asked)))[:_MAX_NAME], tuple(asked))


def _bracketed(text: str, parameter: str) -> Iterator[str]:
    """What stands in brackets, one pair behind the other."""
    while text:
        end = _closing(text)
        if not text.startswith("[") or end < 0:
            raise BadQuery(
                f"{parameter} has brackets that are no filter; an action with brackets in its name "
                'is written as JSON: {"action":"Clicked [OK]"}',
                field=parameter,
            )
        yield text[1:end]
        text = text[end + 1 :].lstrip()


def _closing(text: str) -> int:
    """Where the bracket closes that a text begins with, else -1. Quoted ones are text."""
    depth, quoted, escaped = 0, False, False
    for place, letter in enumerate(text):
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter in "[]":
            depth += 1 if letter == "[" else -1
            if depth == 0:
                return place
    return -1


def _exclude(mine: Filter, theirs: Filter) -> bool:
    # A user or an account has several names.
    several = mine.field.name in {"user", "account"}
    if several or mine.field != theirs.field or not {mine.op, theirs.op} <= {"=", "in"}:
        return False
    return not set(spellings(mine.values)) & set(spellings(theirs.values))
