"""Days and hours in UTC, as text that sorts like the times it stands for."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from waypost import times

NOW = 1_800_000_000_123  # 2027-01-15T08:00:00.123Z


def test_a_time_is_written_to_the_millisecond() -> None:
    assert times.iso(NOW) == "2027-01-15T08:00:00.123Z"
    assert times.iso(0) == "1970-01-01T00:00:00.000Z"


def test_a_bound_is_written_to_the_second_in_utc() -> None:
    at = datetime(2027, 1, 15, 10, 0, 0, 999_000, tzinfo=timezone(timedelta(hours=2)))

    assert times.iso_second(at) == "2027-01-15T08:00:00Z"


def test_a_time_falls_in_a_day_and_an_hour() -> None:
    assert (times.day(NOW), times.hour(NOW)) == ("2027-01-15", "2027-01-15T08")


@pytest.mark.parametrize(
    ("hour", "before"),
    [
        ("2027-01-15T08", "2027-01-15T07"),
        ("2027-01-15T00", "2027-01-14T23"),
        ("2027-01-01T00", "2026-12-31T23"),
        ("2028-03-01T00", "2028-02-29T23"),
    ],
)
def test_the_hour_before_crosses_days_and_years(hour: str, before: str) -> None:
    assert times.hour_before(hour) == before


def test_a_day_begins_at_its_first_millisecond() -> None:
    start = times.start_of_day("2027-01-15")

    assert times.midnight("2027-01-15") == datetime(2027, 1, 15, tzinfo=UTC)
    assert (times.iso(start), times.day(start - 1)) == ("2027-01-15T00:00:00.000Z", "2027-01-14")
