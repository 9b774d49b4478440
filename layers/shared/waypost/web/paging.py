"""Pages: what every list of the read API takes and answers."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from waypost.errors import BadCursor
from waypost.profiles.directory import is_name
from waypost.web import csv_answers
from waypost.web.asking import Parameters

_DEFAULT_LIMIT = 100


def limit(
    parameters: Parameters, most: int = 1000, default: int = _DEFAULT_LIMIT, *, whole: int = 0
) -> int:
    """The `limit` of a page: 1 to `most`. Where none is asked for `default`, and of a whole list
    `most`, or `whole` if a larger page costs no more. Raises `BadQuery`.
    """
    if parameters.is_csv() and not parameters.one("limit"):
        return whole or most
    return parameters.number("limit", default, most=most)


def cursor(parameters: Parameters) -> str | None:
    """The id of what came last before this page; None at the beginning. Raises `BadCursor`."""
    text = parameters.one("cursor")
    if text and not is_name(text):
        raise BadCursor
    return text or None


def pages(ask: Callable[[Parameters], Struct], parameters: Parameters) -> Iterator[Struct]:
    """The pages of an answer from the asked one to the last, each read when it is taken. Where a
    `limit` was asked for, those of so many rows: a page of large rows has fewer.
    """
    left = int(parameters.one("limit") or 0)
    while True:
        page = ask(parameters)
        yield page
        following, rows = getattr(page, "next", None), len(csv_answers.table(page)[1])
        if following is None or (left and not 0 < rows < left):
            return
        left -= min(left, rows)
        parameters = parameters.following(following, left)
