"""Cursors of feeds: what a page gave out is read back, and everything else is refused."""

import base64
import json
from typing import Any

import pytest

from waypost.errors import BadCursor
from waypost.insights import feed
from waypost.insights.feed import Cursor

PLACE = "001795176000000#e1"
LONGEST = "001795176000000#" + "😀" * 252


def packed(**fields: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()


@pytest.mark.parametrize(
    "given",
    [
        Cursor(hot=PLACE),
        Cursor(hot=PLACE, skip=499),
        Cursor(skip=2),
        Cursor(hot=PLACE, group=LONGEST),
        Cursor(group=LONGEST),
        Cursor(day="2026-11-20", time=1_795_176_000_000, id="e1"),
    ],
)
def test_a_cursor_is_read_back_as_it_was_given_out(given: Cursor) -> None:
    assert feed.cursor(given.text()) == given


@pytest.mark.parametrize(
    "fields",
    [
        {"hot": ""},
        {"hot": "x"},
        {"hot": PLACE + "x" * 1024},
        {"hot": "001795176000000#" + "😀" * 253},
        {"hot": PLACE, "skip": -1},
        {"group": ""},
        {"group": "x:ann"},
        {"group": PLACE + "x" * 5000},
        {"day": ""},
        {"day": "2026-11-20/../.."},
        {"day": "2026-11-20", "time": -1},
        {"day": "2026-11-20", "time": 10**15},
        {"day": "2026-11-20", "id": "x" * 5000},
        {"hot": None},
        {"hot": PLACE, "more": 1},
        {"skip": 0},
    ],
)
def test_a_place_where_no_page_ends_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadCursor):
        feed.cursor(packed(**fields).rstrip("="))


@pytest.mark.parametrize(
    "text",
    [
        "!", "é", "\ud800", "\x00", " ", "A", "x" * 5000, "W" * 5000, packed(hot=PLACE) + "\n",
        base64.urlsafe_b64encode(b"[" * 3000).decode(), base64.b64encode(b"\xff" * 30).decode(),
    ],
)  # fmt: skip
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        feed.cursor(text)


def test_nothing_is_the_beginning() -> None:
    assert feed.cursor(None) == feed.cursor("") == Cursor()
