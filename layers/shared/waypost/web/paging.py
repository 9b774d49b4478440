"""Pages: what every list of the read API takes and answers."""

from collections.abc import Mapping

from waypost.errors import BadCursor, BadQuery
from waypost.profiles.directory import is_name

Query = Mapping[str, str]
_DEFAULT_LIMIT = 100
_MAX_DIGITS = 9


def limit(query: Query, most: int = 1000, default: int = _DEFAULT_LIMIT) -> int:
    """The `limit` of a query: 1 to `most`; where it names none, `default`. Raises `BadQuery`."""
    number = _whole(query.get("limit", str(default)))
    if number is None or not 1 <= number <= most:
        raise BadQuery(f"limit must be a whole number from 1 to {most}", field="limit")
    return number


def cursor(query: Query) -> str | None:
    """The id of what came last before this page; None at the beginning. Raises `BadCursor`."""
    text = query.get("cursor")
    if text and not is_name(text):
        raise BadCursor
    return text or None


def refuse_others(query: Query, *names: str) -> None:
    """Raises `BadQuery` for a parameter that is none of `names`: left unread it would answer
    another question than was asked, and look right. `format` is everybody's.
    """
    for name in query:
        if name not in names and name != "format":
            raise BadQuery(f"there is no parameter {name} here; the README lists them", field=name)


def _whole(text: str) -> int | None:
    # Python refuses to read thousands of digits, and its error would be nobody's answer.
    readable = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if readable else None
