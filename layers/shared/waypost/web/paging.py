"""Pages: what every list of the read API takes and answers."""

from collections.abc import Mapping

from waypost.errors import BadQuery

Query = Mapping[str, str]
_DEFAULT_LIMIT = 100


def limit(query: Query, most: int = 1000) -> int:
    """The `limit` of a query: 1 to `most`, 100 where it names none. Raises `BadQuery`."""
    text = query.get("limit", str(_DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise BadQuery(f"limit must be a whole number from 1 to {most}", field="limit")
    return int(text)
