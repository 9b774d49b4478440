"""Dots in keys become underscores, at every level, and nothing vanishes over it."""

from typing import Any

import pytest

from waypost.ingest import property_keys


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ({"so.me.dots": 1}, {"so_me_dots": 1}),
        ({"a": {"b.c": {"d.e": "x.y"}}}, {"a": {"b_c": {"d_e": "x.y"}}}),
        ({"list": [{"a.b": 1}, 2, ["c.d"]]}, {"list": [{"a_b": 1}, 2, ["c.d"]]}),
        ({"plain": {"deep": [1]}}, {"plain": {"deep": [1]}}),
        ({".": 1, "": 2}, {"_": 1, "": 2}),
    ],
)
def test_dots_in_keys_become_underscores_and_values_stay(
    given: dict[str, Any], plain: dict[str, Any]
) -> None:
    assert property_keys.plain_keys(given) == (plain, [])


@pytest.mark.parametrize(
    ("given", "plain", "lost"),
    [
        ({"a.b": 1, "a_b": 2}, {"a_b": 2}, ["a.b"]),
        ({"a_b": 2, "a.b": 1}, {"a_b": 2}, ["a.b"]),
        ({"a.b_c": 1, "a_b.c": 2}, {"a_b_c": 1}, ["a_b.c"]),
    ],
)
def test_where_the_plain_key_is_taken_the_other_is_named(
    given: dict[str, Any], plain: dict[str, Any], lost: list[str]
) -> None:
    assert property_keys.plain_keys(given) == (plain, lost)


@pytest.mark.parametrize(
    ("properties", "flat", "dotted"),
    [
        ([{"a": 1}, {"b": "x.y"}], True, False),
        ([{"a": 1}, {"b.c": 1}], True, True),
        ([{"a": {"b": [1, {"c": 2}]}}], False, False),
        ([{"a": 1}, {"a": {"b": [1, {"c.d": 2}]}}], False, True),
    ],
)
def test_a_dot_in_any_key_is_told_of_many_at_once(
    properties: list[dict[str, Any]], flat: bool, dotted: bool
) -> None:
    assert property_keys.any_dotted(properties, flat) is dotted
