"""Twins of one reception, however they come."""

import random

from waypost.ingest.ordinals import Ordinals


def test_each_twin_is_counted_once_in_one_call_and_over_several() -> None:
    ordinals = Ordinals()

    first = ordinals.take([b"a", b"b"])
    second = ordinals.take([b"c", b"a", b"d", b"a", b"c"])

    assert first == []
    assert second == [(1, 1), (3, 2), (4, 1)]
    assert ordinals.take([b"a", b"e"]) == [(0, 3)]


def test_what_no_longer_fits_into_memory_is_counted_the_same() -> None:
    chance = random.Random(12)
    digests = [chance.randrange(3_000).to_bytes(16, "little") for _ in range(6_000)]
    spilling, remembering = Ordinals(in_memory=500), Ordinals()

    for first in range(0, len(digests), 100):
        some = digests[first : first + 100]
        assert spilling.take(some) == remembering.take(some)


def test_a_digest_that_only_looks_known_is_no_twin() -> None:
    ordinals = Ordinals(in_memory=2)
    first, second = b"12345678" + b"a" * 8, b"12345678" + b"b" * 8

    assert ordinals.take([first, b"x" * 16]) == []
    assert ordinals.take([second]) == []
    assert ordinals.take([first, second]) == [(0, 1), (1, 1)]
