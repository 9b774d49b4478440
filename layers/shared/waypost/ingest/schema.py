"""
Schema: the JSON type of each property key of a tenant's events, and what becomes of other values.

The first type seen for a key's name, at whatever depth, is its type. Objects inside of arrays are
walked, the elements of arrays have no type of their own, and neither has null. Traits are no
part of it: an event's `plan` and a user's `plan` have nothing to do with each other.

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
# With these bounds a tenant's schema, compressed, is one item of DynamoDB.
MAX_KEYS = 2_000
MAX_KEY_BYTES = 128
MAX_CHANGES = 500

# By the very type of a value, since Python's `bool` is an `int` too.
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
        """The schema as it was when the reception at `place` began.

        A message may be delivered again, hours later, after others have changed types. It must be
        judged as it was the first time, or an event would land once whole and once cleaned. So
        this takes back every change that the reception itself or a later one made. Types that
        were new at the time, and were no change, need no taking back: a key that had no type when
        this message came first got one from it, and a value of that type fits it still.

        Only as far as `MAX_CHANGES` reach: an older message is judged by the types of today.
        """
        later = [change for change in self.changes if change.place >= place]
        if not later:
            return self
        # Newest first, so that of several changes of one key the earliest `before` stays.
        before = {change.key: change.before for change in reversed(later)}
        return msgspec.structs.replace(self, types=self.types | before)

    def grown(self, learned: dict[str, str], place: str, now: int) -> "Schema":
        """The schema with what the reception at `place` taught; itself where that is nothing new.

        `learned` holds types by key, `now` is epoch ms.
        """
        # Changed by this very reception, delivered before, or by one that came later: both have
        # the last word already, and a redelivery must not turn the key back.
        settled = {change.key for change in self.changes if change.place >= place}
        new = {
            key: type_
            for key, type_ in learned.items()
            if key not in settled and self.types.get(key) != type_
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
    actual: str
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
    for key, member in value.items():
        actual = _TYPE_OF[type(member)]
        if actual is None:
            continue
        if types.get(key) != actual:
            return False
        if actual == "object" and not _fits(member, types):
            return False
        if actual == "array" and not _elements_fit(member, types):
            return False
    return True


def _elements_fit(value: list[Any], types: dict[str, str]) -> bool:
    for element in value:
        if type(element) is dict and not _fits(element, types):
            return False
        if type(element) is list and not _elements_fit(element, types):
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
            return [self.through(element, f"{path}[{n}]") for n, element in enumerate(value)]
        if type(value) is not dict:
            return value
        clean: Properties = {}
        for key, member in value.items():
            inner = f"{path}.{key}" if path else key
            left = self._settle(key, member, inner)
            if left is not _ASIDE:
                clean[key] = self.through(left, inner)
        return clean

    def _settle(self, key: str, value: Any, path: str) -> Any:
        """The value as the tenant's policy leaves it, or `_ASIDE` where it is taken out."""
        actual = _TYPE_OF[type(value)]
        if actual is None:
            return value
        expected = self._type_of(key, actual)
        if actual == expected:
            return value
        self.conflicts.append(Conflict(key, path, expected, actual, value))
        if self._policy == "change":
            self.learned[key] = actual
        if self._policy in ("keep", "change"):
            return value
        return coerced(value, expected) if self._policy == "coerce" else _ASIDE

    def _type_of(self, key: str, actual: str) -> str:
        """The key's type; a key that has none gets that of its value, if there is room."""
        known = self.learned.get(key) or self._schema.types.get(key)
        if known is None and self._schema.has_room(key, len(self.learned)):
            self.learned[key] = actual
        # Without room the key has no type, and whatever it holds fits.
        return known or actual


def coerced(value: Any, expected: str) -> Any:
    """The value read as the expected type, or a mark that it cannot be."""
    if expected == "string" and type(value) in (int, float, bool):
        return msgspec.json.encode(value).decode()
    if expected == "boolean" and value in ("true", "false"):
        return value == "true"
    if expected == "number" and type(value) is str and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return _ASIDE
