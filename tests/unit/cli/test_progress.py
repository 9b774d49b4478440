"""How far a file is: the pace, and the lines for whoever has no terminal."""

import pytest

from waypost.cli import progress
from waypost.cli.progress import Lines, Pace


class Clock:
    """Seconds that only a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_pace_tells_how_long_the_rest_takes(clock: Clock) -> None:
    pace, told = Pace("rows", clock), []

    for seconds, done in ((0, 0), (1, 3_200), (2, 6_400)):
        clock.now = seconds
        told.append(pace.tell(done, 70_400))

    assert told == ["", "3,200 rows/s, 21 s left", "3,200 rows/s, 20 s left"]


def test_a_long_rest_is_told_in_minutes_and_a_file_in_megabytes(clock: Clock) -> None:
    pace = Pace("bytes", clock)
    pace.tell(0, 10**10)
    clock.now = 1

    assert pace.tell(10**7, 10**10) == "10 MB/s, 17 min left"


def test_what_was_done_before_somebody_watched_is_no_pace(clock: Clock) -> None:
    pace = Pace("rows", clock)
    pace.tell(90_000, 100_000)
    clock.now = 10

    assert pace.tell(91_000, 100_000) == "100 rows/s, 90 s left"


def test_the_pace_is_that_of_the_last_half_minute(clock: Clock) -> None:
    pace, told = Pace("rows", clock), ""

    for seconds in range(100):
        clock.now = seconds
        told = pace.tell(min(seconds, 40) * 1_000, 100_000)

    assert told == "0 rows/s"


def test_what_has_not_begun_has_no_pace(clock: Clock) -> None:
    pace = Pace("rows", clock)
    pace.tell(0, 30_000)
    clock.now = 20

    assert pace.tell(0, 30_000) == ""


def test_the_rest_is_left_out_where_nobody_knows_the_whole(clock: Clock) -> None:
    pace = Pace("rows", clock)
    pace.tell(0, 0)
    clock.now = 2

    assert pace.tell(5_000, 0) == "2,500 rows/s"


def test_without_a_terminal_a_line_comes_every_ten_seconds(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    update = Lines("matching", "rows", clock)

    for seconds in range(25):
        clock.now = seconds
        update(seconds * 1_000, 0 if seconds < 15 else 50_000)

    assert capsys.readouterr().err.splitlines() == [
        "matching: 10,000 rows, 1,000 rows/s",
        "matching: 20,000 of 50,000 rows, 1,000 rows/s, 30 s left",
    ]


def test_quiet_shows_nothing_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)

    for quiet in (True, False):
        with progress.shown("matching", "rows", quiet=quiet) as update:
            update(5, 10)
        shown = capsys.readouterr().err
        assert bool(shown) is not quiet
