"""What `make test` leaves out is tried by `make soak`."""

from tests import effort


def test_a_soak_tries_everything() -> None:
    assert effort.every(4, range(10), level="soak") == list(range(10))


def test_a_test_tries_each_nth_and_both_ends() -> None:
    assert effort.every(4, range(10), level="test") == [0, 4, 8, 9]
    assert effort.every(4, [], level="test") == []


def test_each_level_has_its_own_number_of_times() -> None:
    assert [effort.times(1, 2, 3, level=level) for level in effort.LEVELS] == [1, 2, 3]
