"""
The columns of a file by name → fields of Planhat's table; and what is told of those that are not.

A name is known in any case, with spaces, dashes or underscores or without. What other products'
exports call a field is read as it, where no column has its own name:

| field      | also called                                                           |
|------------|-----------------------------------------------------------------------|
| externalId | user id, distinct id (Mixpanel, PostHog, Amplitude, Segment)          |
| email      | e-mail, mail, email address, user email                               |
| action     | event, event name, event type                                         |
| date       | timestamp, time, created at, event time, occurred at, date time       |
| info       | properties, event properties: where it is a JSON object               |
| name       | full name                                                             |

Other columns are kept in `info` under their own names. Where one of them may be a field that no
column holds, a hint says so.
"""

import re
from collections.abc import Sequence

from msgspec import Struct, field

from waypost.sources.formats.csv_header import Header
from waypost.sources.formats.reading import Reading
from waypost.sources.planhat_activity import FIELDS

_ALIASES = {
    "userid": "externalId",
    "distinctid": "externalId",
    "email": "email",
    "mail": "email",
    "emailaddress": "email",
    "useremail": "email",
    "event": "action",
    "eventname": "action",
    "eventtype": "action",
    "timestamp": "date",
    "datetime": "date",
    "eventtime": "date",
    "occurredat": "date",
    "createdat": "date",
    "time": "date",
    "fullname": "name",
    "properties": "info",
    "eventproperties": "info",
}
# What may be meant, but may be something else as well.
_NEAR = {
    "companyExternalId": (
        *("company", "account", "customer", "organi", "org", "group"),
        *("tenant", "workspace", "client", "firm"),
    ),
    "externalId": ("user", "login", "person", "member", "contact", "uid", "uuid"),
    "email": ("address",),
    "action": ("activity", "type", "what", "verb"),
    "date": ("when", "day", "moment", "ts", "at"),
    "count": ("quantity", "qty", "times", "number"),
    "weight": ("score", "importance"),
}
_WHO = ("externalId", "id", "email")
_COMPANY = ("companyExternalId", "cId", "companyId")
# What is no longer is a part of too many words.
_SHORT = 3
# In an answer, whatever the file names.
_MOST_TOLD = 200
_SHOWN = 100


class Columns(Struct):
    """Which column is which field, by place. `properties`: the place of a column that is `info`
    only where it holds JSON objects. `extra`: those that are kept in `info`, with their names.

    `told` says it by name, and `hints` what a sender should look at.
    """

    width: int
    known: list[tuple[int, str]]
    extra: list[tuple[int, str]]
    properties: int | None = None
    told: dict[str, str | None] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)


NO_COLUMNS = Columns(0, [], [])


def known(names: Sequence[str]) -> int:
    """How many of the names are fields, or what others call one."""
    return len({_field(name) for name in names} - {None})


def columns(header: Header, reading: Reading) -> Columns:
    """What each column of a file is, by its own name and by what was told of it."""
    fields, hints = _told(header, reading)
    free = [name for n, name in enumerate(header.names) if n not in fields]
    keys = list(map(_key, header.names))
    _fill(fields, keys, _BY_KEY)
    _fill(fields, keys, _ALIASES)
    known_columns = [(n, name) for n, name in sorted(fields.items()) if name]
    extra = [(n, name) for n, name in enumerate(header.names) if name and n not in fields]
    read = Columns(len(header.names), known_columns, extra)
    info = next((n for n, name in known_columns if name == "info"), None)
    if info is not None and header.names[info] in free and keys[info] in _ALIASES:
        read.properties = info
    read.told = _as_told(header.names, fields)
    read.hints = [*hints, *_hints(header, read)]
    return read


def _told(header: Header, reading: Reading) -> tuple[dict[int, str | None], list[str]]:
    """The fields that a reading gives to columns, by their names or by their numbers."""
    places = {name.casefold(): n for n, name in reversed(list(enumerate(header.names)))}
    if header.is_told:
        places |= {str(n + 1): n for n in range(len(header.names))}
    fields: dict[int, str | None] = {}
    hints = []
    for name, its_field in reading.columns.items():
        if (place := places.get(name.strip().casefold())) is not None:
            fields[place] = its_field
        else:
            hints.append(f'the reading tells of a column "{name[:_SHOWN]}", which the file has not')
    return fields, hints


def _fill(fields: dict[int, str | None], keys: list[str], by_key: dict[str, str]) -> None:
    """Adds the fields that no column holds yet, each to the first column that is called so."""
    held = set(fields.values())
    for key, name in by_key.items():
        place = next((n for n, own in enumerate(keys) if own == key and n not in fields), None)
        if place is not None and name not in held:
            fields[place] = name
            held.add(name)


def _field(name: str) -> str | None:
    key = _key(name)
    return _BY_KEY.get(key) or _ALIASES.get(key)


def _key(name: str) -> str:
    return re.sub(r"[\s_.$-]", "", name).lower()


_BY_KEY = {_key(name): name for name in FIELDS}


def _as_told(names: list[str], fields: dict[int, str | None]) -> dict[str, str | None]:
    told = {}
    for n, name in list(enumerate(names))[:_MOST_TOLD]:
        shown = name[:_SHOWN] or f"column {n + 1}"
        told[shown] = fields[n] if n in fields else f"info.{name[:_SHOWN]}" if name else None
    return told


def _hints(header: Header, read: Columns) -> list[str]:
    held = {name for _, name in read.known}
    hints = []
    for _, name in read.extra[:_MOST_TOLD]:
        if meant := _meant(name, held):
            shown = name[:_SHOWN]
            hints.append(
                f'column "{shown}" is kept in info; if it is {meant}, rename it or tell '
                f'"columns": {{"{shown}": "{meant}"}}'
            )
    if nameless := [n + 1 for n, name in enumerate(header.names) if not name]:
        hints.append(f"column {nameless[0]} has no name and is not kept; give it one")
    if header.titles:
        hints.append(f"{header.titles} lines above the header are not read")
    return hints


def _meant(name: str, held: set[str]) -> str | None:
    """The field that a column may be meant for, where no other column is it."""
    key = _key(name)
    for meant, words in _NEAR.items():
        alternatives = _COMPANY if meant in _COMPANY else _WHO if meant in _WHO[:2] else (meant,)
        if held.intersection(alternatives):
            continue
        if any(key.startswith(word) if len(word) > _SHORT else key == word for word in words):
            return meant
        if any(_alike(key, spelled.lower()) for spelled in alternatives):
            return meant
    return None


def _alike(word: str, other: str) -> bool:
    """Whether one slip of the finger makes one of the other: a letter more, less, else, or two
    that changed places.
    """
    if len(other) <= _SHORT or abs(len(word) - len(other)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    if at is None:
        return True
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    return (
        word[at + 1 :] == other[at + 1 :]
        or word[at + 1 :] == other[at:]
        or word[at:] == other[at + 1 :]
        or swapped == other
    )
