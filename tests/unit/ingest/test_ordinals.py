"""Twins of one reception, however they come."""

from waypost.ingest.ordinals import Ordinals


def test_each_twin_is_counted_once_in_one_call_and_over_several() -> None:
    ordinals = Ordinals()

    first = ordinals.take([b"a", b"b"])
    second = ordinals.take([b"c", b"a", b"d", b"a", b"c"])

    assert first == []
    assert second == [(1, 1), (3, 2), (4, 1)]
    assert ordinals.take([b"a", b"e"]) == [(0, 3)]
