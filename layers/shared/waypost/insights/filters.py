"""
Filters: which events a question is about.

`info.plan=pro`, `info.seats>=5`, `action in ["a","b"]`, `page contains /docs`, `trait.role exists`,
or the same as JSON: `{"field": "info.plan", "op": "=", "value": "pro"}`.

| operator          | holds for                                                             |
|-------------------|-----------------------------------------------------------------------|
| `=`, `in`         | the value; a number however it is written: 5 finds 5, 5.0 and "5"     |
| `!=`, `not in`    | all others, those without a value among them                          |
| `<` `<=` `>` `>=` | of a number: values that are numbers, also as text; else texts in order |
| `contains`        | values with that text in them, in capitals or not                     |
| `exists`, `missing` | any value; none                                                     |

A user is named by id, external id, e-mail or anonymous id, an account by its id; what they
contain is looked for in their names too.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from waypost.errors import BadQuery
from waypost.insights import fields
from waypost.insights.fields import Field

Op = Literal["=", "!=", "in", "not in", "contains", "<", "<=", ">", ">=", "exists", "missing"]
ORDERED = ("<", "<=", ">", ">=")
_OPS = get_args(Op)
_WITHOUT_VALUE = ("exists", "missing")
_OF_PEOPLE = ("=", "!=", "in", "not in", "contains", "exists", "missing")

MOST_VALUES = 1_000
MOST_FILTERS = 50
MAX_TEXT = 20_000  # characters
_TEXT = re.compile(
    r"(?P<field>.+?)(?:\s*(?P<sign>!=|>=|<=|=|<|>)\s*(?P<compared>.*)"
    r"|\s+(?P<list>not in|in)\s+(?P<listed>.+)"
    r"|\s+contains\s+(?P<contained>.+)"
    r"|\s+(?P<bare>exists|missing))",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,300})(\.\d{1,300})?([eE][+-]?\d{1,3})?")
_FORM = 'write one like info.plan=pro, action in ["a","b"] or trait.role exists'


@dataclass(frozen=True, slots=True)
class Filter:
    """`values` has one text for most operators, some for `in`, none for `exists`."""

    field: Field
    op: Op
    values: tuple[str, ...] = ()

    @property
    def number(self) -> float | None:
        """The number that is compared with, where it is one."""
        return number(self.values[0])

    def __str__(self) -> str:
        written = json.dumps(self.values if self.op.endswith("in") else "".join(self.values))
        return f"{self.field.name} {self.op}" + ("" if self.op in _WITHOUT_VALUE else f" {written}")


def read(given: str | Mapping[str, Any], parameter: str = "filter") -> Filter:
    """A filter from its text or its JSON. Raises `BadQuery` naming the parameter and a remedy."""
    if isinstance(given, str):
        if len(given) > MAX_TEXT:
            raise BadQuery(f"{parameter} is longer than {MAX_TEXT} characters", field=parameter)
        given = _parts(given.strip(), parameter)
    if set(given) - {"field", "op", "value"} or not isinstance(given.get("field"), str):
        raise BadQuery(f"{parameter} has a field, an op and a value; {_FORM}", field=parameter)
    return make(given["field"], given.get("op", "="), given.get("value"), parameter)


def make(name: str, op: object, value: object, parameter: str) -> Filter:
    """A filter of a field by name. Raises `BadQuery`."""
    field = fields.field(name, parameter)
    people = field.name in {"user", "account"}
    if op not in _OPS or (people and op not in _OF_PEOPLE):
        known = ", ".join(_OF_PEOPLE if people else _OPS)
        raise BadQuery(f"{field.name} is compared by one of {known}", field=parameter)
    values = _values(value)
    few = 0 if op in _WITHOUT_VALUE else 1
    if values is None or len(values) < few or (len(values) > few and not str(op).endswith("in")):
        raise BadQuery(f"{field.name} {op} needs {_needed(str(op))}", field=parameter)
    if not all(map(fields.is_text, values)):
        raise BadQuery(f"{parameter} has half of a character in a value", field=parameter)
    if len(values) > MOST_VALUES:
        raise BadQuery(f"{parameter} lists more than {MOST_VALUES} values", field=parameter)
    return Filter(field, cast(Op, op), values)


def number(text: str) -> float | None:
    """The number that a text writes as JSON does, else None: 007 is a name."""
    return float(text) if _NUMBER.fullmatch(text) else None


def _needed(op: str) -> str:
    if op in _WITHOUT_VALUE:
        return "no value"
    return "a list of values" if op.endswith("in") else "one value, a text or a number"


def _values(value: object) -> tuple[str, ...] | None:
    """Values as properties have them as text; None where one is no plain value."""
    listed = value if isinstance(value, list | tuple) else [] if value is None else [value]
    if not all(isinstance(each, str | int | float | bool) for each in listed):
        return None
    return tuple(each if isinstance(each, str) else json.dumps(each) for each in listed)


def _parts(text: str, parameter: str) -> Mapping[str, Any]:
    if text.startswith("{"):
        try:
            return cast(Mapping[str, Any], json.loads(text))
        except (ValueError, RecursionError):
            raise BadQuery(f"{parameter} is not readable as JSON", field=parameter) from None
    match = _TEXT.fullmatch(text)
    if match is None:
        raise BadQuery(f"{parameter} {text[:80]!r} is no filter; {_FORM}", field=parameter)
    if match["sign"]:
        return {"field": match["field"], "op": match["sign"], "value": _unquoted(match["compared"])}
    if match["list"]:
        return {"field": match["field"], "op": match["list"], "value": _listed(match["listed"])}
    if match["bare"]:
        return {"field": match["field"], "op": match["bare"]}
    return {"field": match["field"], "op": "contains", "value": _unquoted(match["contained"])}


def _unquoted(text: str) -> str:
    """What stands in quotes is exactly that; without them spaces around it are none of it."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def _listed(text: str) -> list[Any]:
    if text.startswith("["):
        try:
            return cast(list[Any], json.loads(text))
        except (ValueError, RecursionError):
            pass
    return [_unquoted(part.strip()) for part in text.split(",")]
