"""Traits end the same in whatever order the reports of them arrive."""

from itertools import permutations
from typing import Any

from waypost.profiles import traits

REPORTS: list[tuple[dict[str, Any], int]] = [
    ({"plan": "free", "seats": 1, "address": {"city": "Oslo", "zip": "1"}}, 1),
    ({"plan": "pro", "address": {"city": "Bergen"}}, 2),
    ({"seats": 5, "address": {"street": "Quay 1"}}, 3),
]


def after(*reports: tuple[dict[str, Any], int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    times: dict[str, int] = {}
    for new, at in reports:
        found, times = traits.merged(found, times, new, at)
    return found


def test_the_latest_report_of_a_trait_counts_whatever_arrives_last() -> None:
    ends = [after(*order) for order in permutations(REPORTS)]

    assert {end["plan"] for end in ends} == {"pro"}
    assert {end["seats"] for end in ends} == {5}


def test_objects_merge_key_by_key() -> None:
    address = after(*REPORTS)["address"]

    assert address == {"city": "Bergen", "zip": "1", "street": "Quay 1"}


def test_nulls_erase_nothing() -> None:
    full = ({"plan": "pro", "address": {"city": "Oslo"}}, 1)

    found = after(full, ({"plan": None, "address": {"city": None}}, 2), ({}, 3))

    assert found == {"plan": "pro", "address": {"city": "Oslo"}}


def test_traits_that_would_grow_without_end_are_left_out() -> None:
    found = after(({"plan": "pro"}, 1), ({"notes": "x" * traits.MAX_BYTES}, 2), ({"seats": 5}, 3))

    assert found == {"plan": "pro", "seats": 5}
