"""A bar is as long, and a sparkline as high, as its number is among the others."""

import pytest

from waypost.cli.bars import bar, sparkline


@pytest.mark.parametrize(
    ("value", "most", "drawn"),
    [
        (10, 10, "████"),
        (5, 10, "██"),
        (1, 10, "▍"),
        (0.001, 10, "▏"),
        (3, 10, "█▎"),
        (20, 10, "████"),
        (0, 10, ""),
        (-5, 10, ""),
        (None, 10, ""),
        (0, 0, ""),
    ],
)
def test_a_bar_is_as_long_as_its_value_is_of_the_most(
    value: float | None, most: float, drawn: str
) -> None:
    assert bar(value, most, 4) == drawn


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0, 0.001, 100], "▁▂█"),
        ([5, None, 5], "█ █"),
        ([0, 0], "▁▁"),
        ([-7, 0, 7], "▁▅█"),
        ([], ""),
    ],
)
def test_a_sparkline_tells_nothing_little_and_none_apart(
    values: list[float | None], drawn: str
) -> None:
    assert sparkline(values) == drawn


def test_more_values_than_fit_share_letters() -> None:
    assert sparkline([0, 0, 7, 7, None, None], 3) == "▁█ "
    assert len(sparkline(list(range(1000)), 60)) == 60
