"""Times by one clock: units told by size, skews of up to a day, and one note for each reason."""

from typing import Any

import pytest

from waypost import times
from waypost.event import NO_TIME, ItemError, Reject, Verdict
from waypost.sources.formats.clocks import Clock
from waypost.times import DAY_MS

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
JULY = 1_785_000_000_000


def codes(clock: Clock) -> list[tuple[str, str | None]]:
    clock.taken(0)
    return [(note.code, note.field) for note in clock.notes()]


@pytest.mark.parametrize(
    ("value", "time", "unit"),
    [
        (JULY, JULY, None),
        (JULY + 0.75, JULY, None),
        (100_000_000_000, 100_000_000_000, None),
        (100_000_000, 100_000_000_000, "seconds"),
        (10**14, 100_000_000_000, "microseconds"),
        (10**17, 100_000_000_000, "nanoseconds"),
        (JULY // 1000, JULY, "seconds"),
        (1_785_000_000.0, JULY, "seconds"),
        (1_785_000_000.123, JULY + 123, "seconds"),
        (1_785_000_000.001, JULY + 1, "seconds"),
        (JULY * 1_000 + 999, JULY, "microseconds"),
        (JULY * 1_000_000 + 999_999, JULY, "nanoseconds"),
        (1_785_000_000_000_000.0, JULY, "microseconds"),
    ],
)
@pytest.mark.parametrize("kind", [lambda value: value, repr, lambda value: f" {value!r} "])
def test_a_number_says_its_unit_by_its_size(
    kind: Any, value: float, time: int, unit: str | None
) -> None:
    clock = Clock(NOW)

    assert clock.moment(kind(value)) == time
    assert codes(clock) == ([] if unit is None else [(f"{unit}_read", "date")])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "date_out_of_range"),
        (45_985, "date_out_of_range"),  # a day of a spreadsheet's
        (2026, "date_out_of_range"),
        (20_261_120, "date_out_of_range"),
        (-1, "date_out_of_range"),
        (99_999_999, "date_out_of_range"),
        (99_999_999_999, "date_out_of_range"),  # seconds of the year 5138, no milliseconds of 1973
        (-JULY // 1000, "date_out_of_range"),
        (NOW // 1000 + 86_401, "date_out_of_range"),
        (20_261_120_080_000, "date_out_of_range"),
        (10**20, "invalid_date"),
        (float("nan"), "invalid_date"),
        (float("inf"), "invalid_date"),
        (True, "invalid_date"),
        ([JULY], "invalid_date"),
        ("1969-12-31T23:59:59.999Z", "date_out_of_range"),
        ("45985", "invalid_date"),
        ("20261120", "invalid_date"),
        ("1.785E+12", "invalid_date"),
        ("1785000000,5", "invalid_date"),
        ("٠١٢٣٤٥٦٧٨٩", "invalid_date"),
        ("9" * 5000, "invalid_date"),
    ],
)
def test_a_number_that_no_unit_makes_a_time_of_is_refused_and_not_noted(
    value: Any, code: str
) -> None:
    clock = Clock(NOW)

    with pytest.raises(ItemError) as refusal:
        clock.moment(value)
    clock.refused()

    assert (refusal.value.code, refusal.value.field) == (code, "date")
    assert not codes(clock)


@pytest.mark.parametrize("off", [0, 60_000, -60_000])
def test_a_clock_that_is_right_to_a_minute_is_believed(off: int) -> None:
    assert Clock(NOW).corrected(NOW - 5, NOW + off) == (NOW - 5, None)


@pytest.mark.parametrize("off", [60_001, -60_001, DAY_MS, -DAY_MS])
def test_a_clock_of_up_to_a_day_off_is_corrected(off: int) -> None:
    clock = Clock(NOW)

    assert clock.corrected(NOW + off - 5, times.iso(NOW + off)) == (NOW - 5, NOW + off - 5)
    assert not codes(clock)


@pytest.mark.parametrize(
    "sent",
    [
        times.iso(NOW + DAY_MS + 1),
        times.iso(NOW - DAY_MS - 1),
        "2023-03-01T12:00:00.000Z",
        "2036-03-01T12:00:00.000Z",
        "0001-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        0,
        7,
        "soon",
        {},
        [],
        True,
    ],
)
@pytest.mark.parametrize("time", [NOW - 5, NOW - 1000 * DAY_MS, NOW + DAY_MS])
def test_a_time_of_sending_beyond_a_day_is_ignored_and_noted(time: int, sent: Any) -> None:
    clock = Clock(NOW)

    assert clock.corrected(times.iso(time), sent) == (time, None)
    assert codes(clock) == [("clock_ignored", "sentAt")]


@pytest.mark.parametrize("sent", [None, ""])
def test_a_time_of_sending_that_says_nothing_is_not_noted(sent: Any) -> None:
    clock = Clock(NOW)

    assert clock.corrected(NOW - 5, sent) == (NOW - 5, None)
    assert not codes(clock)


def test_of_two_times_of_sending_the_one_that_can_be_believed_counts() -> None:
    clock = Clock(NOW)

    corrected = clock.corrected(NOW + 3_600_000, "0001-01-01T00:00:00Z", NOW // 1000 + 3_600)

    assert corrected == (NOW, NOW + 3_600_000)
    assert not codes(clock)


@pytest.mark.parametrize("sent", [times.iso(NOW - DAY_MS // 2), "2023-03-01T12:00:00Z", "soon"])
def test_what_was_sent_before_is_never_shifted(sent: Any) -> None:
    clock = Clock(NOW, historical=True)

    assert clock.corrected(NOW - 5, sent) == (NOW - 5, None)
    assert not codes(clock)


def test_a_day_ahead_counts_by_the_senders_own_clock_only_where_that_is_believed() -> None:
    ahead, sent = NOW + DAY_MS + 5, NOW + DAY_MS

    assert Clock(NOW).corrected(ahead, sent) == (NOW + 5, ahead)
    with pytest.raises(ItemError, match="24 hours from now"):
        Clock(NOW).corrected(ahead, sent + 1)


def test_without_a_time_there_is_nothing_to_correct_or_to_note() -> None:
    clock = Clock(NOW)

    assert clock.corrected(None, "0001-01-01T00:00:00Z") == (NO_TIME, None)
    assert not codes(clock)


def test_one_note_tells_of_all_items_by_field_and_reason() -> None:
    clock = Clock(NOW)
    for n in range(2, 5_000):
        clock.corrected(JULY // 1000 + n, ["2023", "soon"][n % 2])
        clock.taken(n, n + 1)
    clock.corrected(JULY // 1000, "2023")
    clock.refused()

    seconds, far, unread = clock.notes()

    assert seconds == Reject(
        2,
        "seconds_read",
        'date "1785000002" can only be seconds and was read as such; send epoch ms or an ISO date'
        "; so it is with 4,998 items from here on",
        "date",
        3,
        "1785000002",
        Verdict.NOTED,
        {"items": "4998"},
    )
    assert (far.index, far.detail, far.payload) == (2, {"items": "2499"}, "2023")
    assert (unread.index, unread.detail, unread.payload) == (3, {"items": "2499"}, "soon")
