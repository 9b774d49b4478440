"""When to stop trying: pauses anywhere in a growing span, and an end before the run's own."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Lock

import pytest

from tests.fakes.seconds import FakeSeconds
from waypost.deadline import BUDGET, FIRST_SPAN, LONGEST_SPAN, RESERVE, Deadline

SEEDS = range(50)


def deadline_of(seconds: FakeSeconds, seed: int = 1) -> Deadline:
    return Deadline(clock=seconds, sleep=seconds.sleep, chance=Random(seed).uniform)


def test_what_works_at_once_costs_no_pause() -> None:
    seconds = FakeSeconds()

    for number in seconds.deadline().tries():
        assert number == 0
        break

    assert seconds.pauses == []


@pytest.mark.parametrize("seed", SEEDS)
def test_pauses_lie_anywhere_in_a_span_that_doubles_up_to_its_bound(seed: int) -> None:
    seconds = FakeSeconds()
    deadline = deadline_of(seconds, seed)

    with deadline.run(900_000):
        list(deadline.tries())

    for number, pause in enumerate(seconds.pauses):
        assert 0 <= pause <= min(LONGEST_SPAN, FIRST_SPAN * 2**number)
    assert max(seconds.pauses) > LONGEST_SPAN * 0.9
    assert min(seconds.pauses[10:]) < LONGEST_SPAN * 0.1


def test_two_that_were_throttled_together_do_not_come_back_together() -> None:
    first, second = FakeSeconds(), FakeSeconds()

    list(deadline_of(first, 1).tries())
    list(deadline_of(second, 2).tries())

    assert not set(first.pauses) & set(second.pauses)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("remaining", [9.0, 15.0, 29.0, 120.0, 900.0])
def test_trying_uses_the_time_and_leaves_the_reserve(seed: int, remaining: float) -> None:
    seconds = FakeSeconds()
    deadline, begun = deadline_of(seconds, seed), seconds.now

    with deadline.run(int(remaining * 1000)):
        list(deadline.tries())

    used = seconds.now - begun
    assert remaining - RESERVE - LONGEST_SPAN <= used < remaining - RESERVE


def test_what_is_late_is_tried_once_and_not_again() -> None:
    seconds = FakeSeconds()
    deadline = seconds.deadline()

    with deadline.run(20_000, reserve=15.0):
        seconds.now += 6

        assert list(deadline.tries()) == [0]
        assert seconds.pauses == []


def test_outside_of_a_run_every_call_has_a_budget_of_its_own() -> None:
    seconds = FakeSeconds()
    deadline = seconds.deadline()
    with deadline.run(1_000):
        pass

    for _ in range(3):
        begun = seconds.now
        list(deadline.tries())
        assert BUDGET - LONGEST_SPAN <= seconds.now - begun < BUDGET


def test_a_run_that_fails_leaves_no_deadline_behind() -> None:
    deadline = FakeSeconds().deadline()

    with pytest.raises(KeyError), deadline.run(1_000):
        raise KeyError

    assert len(list(deadline.tries())) > 1


def test_a_courtesy_is_tried_as_often_as_it_says() -> None:
    seconds = FakeSeconds()

    assert list(seconds.deadline().tries(1)) == [0]
    assert list(seconds.deadline().tries(3)) == [0, 1, 2]
    assert len(seconds.pauses) == 2


def test_a_call_may_hang_no_longer_than_until_a_second_before_the_end() -> None:
    seconds = FakeSeconds()
    deadline = seconds.deadline()
    outside = deadline.patience(6.0)

    with deadline.run(15_000):
        early = deadline.patience(6.0)
        seconds.now += 10
        late = deadline.patience(6.0)
        seconds.now += 5

        assert (outside, early, late) == (6.0, 6.0, 4.0)
        assert deadline.patience(6.0) < 0


def test_threads_share_the_end_and_not_the_pauses() -> None:
    """Each thread has tries of its own, and none goes on after the others' time is up."""
    seconds, lock = FakeSeconds(), Lock()

    def sleep(pause: float) -> None:
        with lock:
            seconds.sleep(pause)

    deadline = Deadline(clock=seconds, sleep=sleep)

    with deadline.run(60_000), ThreadPoolExecutor(8) as pool:
        begun = seconds.now
        numbers = list(pool.map(lambda _: list(deadline.tries()), range(8)))

    assert all(tried == list(range(len(tried))) for tried in numbers)
    # A thread decides by the clock before another's pause, of which there are seven at most.
    assert seconds.now - begun < 60 - RESERVE + 7 * LONGEST_SPAN
