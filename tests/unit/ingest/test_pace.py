"""Whether there is time for one more piece of work, judged by what the ones before it took."""

from waypost.ingest.pace import Pace


class Watch:
    """Seconds that only a test moves, and what they leave of two minutes."""

    def __init__(self, left_s: float = 120) -> None:
        self.now, self.end = 0.0, left_s
        self.pace = Pace(self.left_ms, timer=lambda: self.now)

    def left_ms(self) -> int:
        return round((self.end - self.now) * 1000)

    def work(self, events: int, seconds: float) -> None:
        with self.pace.timed(events):
            self.now += seconds


def test_a_piece_is_begun_where_it_fits_with_half_as_much_again_to_spare() -> None:
    watch = Watch()
    watch.work(1_000, 20)

    assert [watch.pace.fits(events) for events in (1, 1_000, 2_800, 2_900)] == [
        *(True, True, True),
        False,
    ]


def test_what_was_learnt_from_small_pieces_holds_for_large_ones() -> None:
    slow, fast = Watch(), Watch()
    slow.work(10, 1)
    fast.work(10, 0.001)

    assert (slow.pace.fits(1), fast.pace.fits(1)) == (True, True)
    assert (slow.pace.fits(5_000), fast.pace.fits(5_000)) == (False, True)


def test_the_first_piece_is_begun_whatever_its_size() -> None:
    pace = Watch(left_s=30).pace

    assert pace.fits(1_000_000)
    assert not pace.fits(1_000_000)


def test_in_the_last_seconds_nothing_is_begun_for_they_belong_to_the_answer() -> None:
    assert Watch(left_s=20).pace.fits(1)
    assert not Watch(left_s=19.9).pace.fits(1)
    assert Watch(left_s=19.9).pace.is_over()
