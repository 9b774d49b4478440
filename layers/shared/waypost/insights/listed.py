"""
What each list may be narrowed to: the parameters that its columns suggest, and what they compare.

| way      | holds for rows                                                             |
|----------|----------------------------------------------------------------------------|
| is       | with one of the values                                                     |
| email    | the same, in capitals or not                                               |
| contains | with one of the texts somewhere in one of the columns, in capitals or not  |
| person   | of who has one of the values as id, external id, e-mail or anonymous id    |
| domain   | with an e-mail address there                                               |
| flag     | where it is true, or where it is false                                     |
| since    | from that moment on                                                        |
| until    | before that moment                                                         |
| least    | with so much or more                                                       |
| most     | with so much or less                                                       |
| quiet    | silent for so many days or more, or as `7-14` for less than so many        |

Repeated, a parameter means any of its values; of different ones all must hold. People are also
asked for by what is known of them: `trait.plan=pro`, `filter=trait.seats>=5`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_OfText = Literal["is", "email", "contains", "person", "domain", "flag"]
_OfNumbers = Literal["since", "until", "least", "most", "quiet"]
Way = _OfText | _OfNumbers


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter: how it compares, and which columns of a row."""

    way: Way
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Narrow:
    """A choice that was made. Moments are epoch ms, as are the two bounds of a silence: none
    after the first, and, if it is not None, none before the second.
    """

    choice: Choice
    values: tuple[Any, ...]


def _by(way: Way, *columns: str) -> Choice:
    return Choice(way, columns)


_ACTIVITY = {
    "created_after": _by("since", "created"),
    "created_before": _by("until", "created"),
    "seen_after": _by("since", "last"),
    "seen_before": _by("until", "last"),
    "quiet_days": _by("quiet", "last", "created"),
    "min_events": _by("least", "events"),
    "max_events": _by("most", "events"),
}
_PERSON = {
    "user": _by("person", "id"),
    "email": _by("email", "email"),
    "domain": _by("domain", "email"),
    "external_id": _by("is", "external_id"),
    "anonymous_id": _by("is", "anonymous_id"),
    "name": _by("contains", "name"),
    "reason": _by("contains", "reason"),
    "verified": _by("flag", "verified"),
    "search": _by("contains", "name", "email", "external_id", "anonymous_id", "id"),
    **_ACTIVITY,
}
TAKES: dict[str, dict[str, Choice]] = {
    "accounts": {
        "account": _by("is", "id"),
        "name": _by("contains", "name"),
        "search": _by("contains", "name", "id"),
        **_ACTIVITY,
    },
    "users": {"account": _by("is", "account_id"), **_PERSON},
    "unassigned": {"suggestion": _by("is", "suggestion"), **_PERSON},
    "batches": {
        "status": _by("is", "status"),
        "kind": _by("is", "kind"),
        "name": _by("contains", "name"),
        "created_after": _by("since", "created"),
        "created_before": _by("until", "created"),
    },
    "ledger": {
        "verdict": _by("is", "verdict"),
        "code": _by("is", "code"),
        "field": _by("is", "field"),
        "receipt": _by("is", "receipt"),
        "payload": _by("contains", "payload"),
        "message": _by("contains", "message"),
        "from": _by("since", "received"),
        "to": _by("until", "received"),
    },
    "schema": {"key": _by("contains", "key"), "type": _by("is", "type")},
}


def holds(row: Mapping[str, Any], narrows: Iterable[Narrow]) -> bool:
    """Whether a row that no database has is one of those asked for."""
    return all(_holds(row, each.choice, each.values) for each in narrows)


def _holds(row: Mapping[str, Any], choice: Choice, values: tuple[Any, ...]) -> bool:
    known = [value for column in choice.columns if (value := row.get(column)) is not None]
    if choice.way == "contains":
        texts = [str(value).casefold() for value in known]
        return any(str(value).casefold() in text for text in texts for value in values)
    if choice.way in {"since", "until"}:
        return any((value >= values[0]) == (choice.way == "since") for value in known)
    return any(value in values for value in known)
