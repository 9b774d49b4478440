"""Every list is cut where it is asked to be, and nowhere beyond its bound."""

import pytest

from tests.asking import asked
from waypost.errors import BadCursor, BadQuery
from waypost.web import paging


@pytest.mark.parametrize(("text", "limit"), [("1", 1), ("1000", 1000), ("007", 7)])
def test_a_whole_number_up_to_the_most_is_a_limit(text: str, limit: int) -> None:
    assert paging.limit(asked(limit=text)) == limit


def test_a_list_is_cut_at_a_hundred_where_nobody_asks() -> None:
    assert paging.limit(asked()) == 100
    assert paging.limit(asked(format="csv")) == 1000


@pytest.mark.parametrize(
    "text",
    ["0", "1001", "-1", "+5", "1e3", " 5", "five", "５", "00000000199999", "0" * 5000 + "1"],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadQuery) as refusal:
        paging.limit(asked(limit=text))

    assert refusal.value.extra["field"] == "limit"


def test_a_parameter_that_a_route_does_not_know_is_refused_by_name() -> None:
    parameters = asked(limit="1", cursors="a", format="csv")
    paging.limit(parameters)
    paging.cursor(parameters)

    with pytest.raises(BadQuery, match=r"did you mean cursor\?") as refusal:
        parameters.refuse_rest()

    assert refusal.value.extra["field"] == "cursors"


@pytest.mark.parametrize("id", ["a", "x" * 1024, "😀" * 256, "a|b#\n\x00"])
def test_whatever_can_be_an_id_is_a_cursor(id: str) -> None:
    assert paging.cursor(asked(cursor=id)) == id


def test_an_absent_cursor_is_the_beginning() -> None:
    assert paging.cursor(asked()) is None
    assert paging.cursor(asked(cursor="")) is None


@pytest.mark.parametrize("cursor", ["x" * 1025, "x" * 5000, "😀" * 257, "a\ud800"])
def test_what_no_id_can_be_is_a_cursor_that_no_page_gave_out(cursor: str) -> None:
    with pytest.raises(BadCursor):
        paging.cursor(asked(cursor=cursor))
