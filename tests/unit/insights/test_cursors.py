"""Cursors of feeds: what a page gave out is read back, and everything else is refused."""

import base64
import json
from typing import Any

import pytest

from waypost.errors import BadCursor
from waypost.insights import cursors
from waypost.insights.cursors import Back, Cursor, Newer, Older, Place

ITEM = "001795176000000#e1"
LONGEST = "001795176000000#" + "😀" * 252
ID = "0f" * 16


def packed(**fields: Any) -> str:
    text = json.dumps(fields, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "given",
    [
        Older(1_795_176_000_000),
        Older(5, ITEM),
        Older(0, LONGEST, 499),
        Newer(),
        Newer(ITEM),
        Newer(LONGEST, 3),
        Place(1_795_176_000_000, ID),
    ],
)
def test_a_cursor_is_read_back_as_it_was_given_out(given: Cursor) -> None:
    assert cursors.read(cursors.text(given), type(given)) == given


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"at": "o"},
        {"at": "x", "edge": 5},
        {"at": "o", "edge": -1},
        {"at": "o", "edge": 10**15},
        {"at": "o", "edge": 5, "item": ""},
        {"at": "o", "edge": 5, "item": "x"},
        {"at": "o", "edge": 5, "item": None},
        {"at": "o", "edge": 5, "item": ITEM + "x" * 1024},
        {"at": "o", "edge": 5, "item": "001795176000000#" + "😀" * 253},
        {"at": "o", "edge": 5, "shown": -1},
        {"at": "o", "edge": 5, "shown": 2},
        {"at": "n", "shown": 2},
        {"at": "o", "edge": 5, "shown": 0},
        {"at": "o", "edge": 5, "more": 1},
        {"at": "e", "time": 5},
        {"at": "e", "id": ID},
        {"at": "e", "time": -1, "id": ID},
        {"at": "e", "time": 10**15, "id": ID},
        {"at": "e", "time": 5, "id": "e1"},
        {"at": "e", "time": 5, "id": ID.upper()},
        {"at": "e", "time": 5, "id": ID + "\n"},
        {"at": "e", "id": ID, "time": 5},
        {"time": 5, "id": ID},
    ],
)
def test_a_place_where_no_page_ends_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadCursor):
        cursors.read(packed(**fields), Back)


@pytest.mark.parametrize(
    "text",
    [
        "!", "é", "\ud800", "\x00", " ", "A", "x" * 5000, "W" * 5000,
        packed(at="e", time=5, id=ID) + "\n",
        base64.urlsafe_b64encode(b"[" * 3000).decode(), base64.b64encode(b"\xff" * 30).decode(),
    ],
)  # fmt: skip
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        cursors.read(text, Back)


def test_nothing_is_the_beginning() -> None:
    assert cursors.read(None, Back) is None
    assert cursors.read("", Back) is None


@pytest.mark.parametrize(
    ("given", "kind"),
    [(Newer(ITEM), Back), (Older(5), Place), (Older(5), Newer), (Place(5, ID), Newer)],
)
def test_a_cursor_of_one_feed_is_none_of_another(given: Cursor, kind: type[Any]) -> None:
    with pytest.raises(BadCursor):
        cursors.read(cursors.text(given), kind)
