"""
Schema: the JSON type of every property key of a tenant, and what becomes of a value of another.

The first type seen for a key's name, at whatever depth, is its type. Objects inside of arrays are
walked, the elements of arrays have no type of their own, and neither has null.

| policy     | a value of another type                                                    |
|------------|----------------------------------------------------------------------------|
| set_aside  | is taken out of the event; its text stands in the ledger                   |
| coerce     | is read as the key's type ("23" ↔ 23, "true" ↔ true), else set aside       |
| keep       | stays as it is                                                             |
| change     | stays as it is, and its type is the key's type from now on                 |

Under each of them the conflict is noted in the ledger and the rest of the event is kept.
"""

import re
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from waypost.event import MAX_DIGITS
from waypost.tenants import TypeConflicts

Type = Literal["string", "number", "boolean", "object", "array"]
TYPES = get_args(Type)
MAX_KEYS = 2_000
MAX_KEY_BYTES = 128
MAX_CHANGES = 500

_TYPE_OF = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
    type(None): None,
}
_NUMBER = re.compile(rf"-?\d{{1,{MAX_DIGITS}}}(\.\d{{1,20}})?", re.ASCII)
_ASIDE = object()
Properties = dict[str, Any]


class TypeChange(Struct, array_like=True, frozen=True):
    """A key's type was `before` until the reception at `place`, which sorts by time."""

    place: str
    key: str
    before: str


class Schema(Struct, omit_defaults=True, frozen=True):
    """The types by key; at most `MAX_KEYS`, and what comes later or is longer has no type.

    `first_seen` is epoch ms by key. The last `MAX_CHANGES` changes are kept, so that a message
    which comes again is judged by the types that were in force when it came first.
    """

    types: dict[str, str] = {}
    version: int = 0
    first_seen: dict[str, int] = {}
    changes: tuple[TypeChange, ...] = ()

    def at(self, place: str) -> "Schema":
        """The schema as it was when the reception at `place` began."""
        later = [change for change in self.changes if change.place >= place]
        if not later:
            return self
        before = {change.key: change.before for change in reversed(later)}
        return msgspec.structs.replace(self, types=self.types | before)

    def grown(self, learned: dict[str, str], place: str, now: int) -> "Schema":
        """The schema with what the reception at `place` taught; itself where that is nothing new.

        What a later reception changed already stays as that one left it.
        """
        settled = {change.key for change in self.changes if change.place >= place}
        new = {
            key: found
            for key, found in learned.items()
            if key not in settled and self.types.get(key) != found
        }
        if not new:
            return self
        changed = [TypeChange(place, key, self.types[key]) for key in new if key in self.types]
        return msgspec.structs.replace(
            self,
            types=self.types | new,
            first_seen=dict.fromkeys(new, now) | self.first_seen,
            changes=(*self.changes, *changed)[-MAX_CHANGES:],
        )

    def has_room(self, key: str, more: int = 0) -> bool:
        """Whether a new key can get a type, where `more` others are about to."""
        return len(self.types) + more < MAX_KEYS and len(key.encode()) <= MAX_KEY_BYTES


class Conflict(Struct, frozen=True):
    """One value at `path` whose type is not the one that its key has."""

    key: str
    path: str
    expected: str
    found: str
    value: Any


def check(
    properties: Properties, schema: Schema, policy: TypeConflicts
) -> tuple[Properties, list[Conflict], dict[str, str]]:
    """The properties that are left, the conflicts, and the types that this event taught.

    Properties without a conflict come back as the object they are; none are changed in place.
    """
    if _fits(properties, schema.types):
        return properties, [], {}
    walk = _Walk(schema, policy)
    clean = walk.through(properties, "")
    return clean if walk.conflicts else properties, walk.conflicts, walk.learned


def _fits(value: Properties, types: dict[str, str]) -> bool:
    """Whether every key is known and of its type: the steady state, in one walk."""
    for key, one in value.items():
        found = _TYPE_OF[type(one)]
        if found is None:
            continue
        if types.get(key) != found:
            return False
        if found == "object" and not _fits(one, types):
            return False
        if found == "array" and not _elements_fit(one, types):
            return False
    return True


def _elements_fit(value: list[Any], types: dict[str, str]) -> bool:
    for one in value:
        if type(one) is dict and not _fits(one, types):
            return False
        if type(one) is list and not _elements_fit(one, types):
            return False
    return True


class _Walk:
    """One event's properties, key by key."""

    def __init__(self, schema: Schema, policy: TypeConflicts) -> None:
        self._schema = schema
        self._policy = policy
        self.conflicts: list[Conflict] = []
        self.learned: dict[str, str] = {}

    def through(self, value: Any, path: str) -> Any:
        """The value with what is left of everything inside."""
        if type(value) is list:
            return [self.through(one, f"{path}[{n}]") for n, one in enumerate(value)]
        if type(value) is not dict:
            return value
        clean: Properties = {}
        for key, one in value.items():
            inner = f"{path}.{key}" if path else key
            left = self._settle(key, one, inner)
            if left is not _ASIDE:
                clean[key] = self.through(left, inner)
        return clean

    def _settle(self, key: str, value: Any, path: str) -> Any:
        found = _TYPE_OF[type(value)]
        if found is None:
            return value
        expected = self._type_of(key, found)
        if found == expected:
            return value
        self.conflicts.append(Conflict(key, path, expected, found, value))
        if self._policy == "change":
            self.learned[key] = found
        if self._policy in ("keep", "change"):
            return value
        return coerced(value, expected) if self._policy == "coerce" else _ASIDE

    def _type_of(self, key: str, found: str) -> str:
        """The key's type; a key that had none gets the one that was found, if there is room."""
        known = self.learned.get(key) or self._schema.types.get(key)
        if known is None and self._schema.has_room(key, len(self.learned)):
            self.learned[key] = found
        return known or found


def coerced(value: Any, expected: str) -> Any:
    """The value read as the expected type, or a mark that it cannot be."""
    if expected == "string" and type(value) in (int, float, bool):
        return msgspec.json.encode(value).decode()
    if expected == "boolean" and value in ("true", "false"):
        return value == "true"
    if expected == "number" and type(value) is str and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return _ASIDE
