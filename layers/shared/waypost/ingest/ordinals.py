"""
Twins of one reception: how many identical events came before each.

The digests of a few hundred thousand events stay in memory. Those of a longer file go into a
temporary file by their first bits, and a bitmap says of almost every event that it is new without
a look there.
"""

import os
import tempfile
from array import array
from struct import unpack

_IN_MEMORY = 200_000
_SIZE = 16  # bytes of a digest
_BUCKETS = 1024
_BITS = 1 << 28  # 32 MB, of which a file of 14 million rows sets a tenth


class Ordinals:
    """Counts by the digest of the event. Memory does not grow with the number of events, but for
    those that have twins.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._seen: set[bytes] = set()
        self._twins: dict[bytes, int] = {}
        self._spilled: _Spilled | None = None

    def take(self, digests: list[bytes]) -> list[tuple[int, int]]:
        """Place and ordinal of each event, from 1, that an identical one came before.

        In this call or in an earlier one; most often there is none.
        """
        seen, fresh = self._seen, set(digests)
        known = self._spilled.among(fresh) if self._spilled is not None else set()
        if not known and len(fresh) == len(digests) and seen.isdisjoint(fresh):
            seen |= fresh
            twins = []
        else:
            twins = self._counted(digests, known)
        if len(seen) >= self._in_memory:
            self._spill()
        return twins

    def _counted(self, digests: list[bytes], known: set[bytes]) -> list[tuple[int, int]]:
        twins = []
        for place, digest in enumerate(digests):
            if digest in self._seen or digest in known:
                self._twins[digest] = ordinal = self._twins.get(digest, 0) + 1
                twins.append((place, ordinal))
            else:
                self._seen.add(digest)
        return twins

    def _spill(self) -> None:
        if self._spilled is None:
            self._spilled = _Spilled()
        self._spilled.add(self._seen)
        self._seen.clear()


class _Spilled:
    """Digests on disk, in runs; each run is sorted into buckets by the digests' first bits."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  gone with this object
        self._runs: list[array[int]] = []  # where each bucket of a run begins, and its end

    def __del__(self) -> None:
        self._file.close()

    def add(self, digests: set[bytes]) -> None:
        """One more run."""
        buckets: list[list[bytes]] = [[] for _ in range(_BUCKETS)]
        bits = self._bits
        for digest in digests:
            one, other = _places(digest)
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)
            buckets[one % _BUCKETS].append(digest)
        at, starts = self._file.seek(0, os.SEEK_END), array("Q")
        for bucket in buckets:
            starts.append(at)
            at += self._file.write(b"".join(bucket))
        starts.append(at)
        self._file.flush()
        self._runs.append(starts)

    def among(self, digests: set[bytes]) -> set[bytes]:
        """Those of the digests that are here."""
        bits = self._bits
        likely = []
        for digest in digests:
            one, other = _places(digest)
            if bits[one >> 3] >> (one & 7) & 1 and bits[other >> 3] >> (other & 7) & 1:
                likely.append((one % _BUCKETS, digest))
        return {digest for bucket, digest in likely if self._holds(bucket, digest)}

    def _holds(self, bucket: int, digest: bytes) -> bool:
        for starts in self._runs:
            first, end = starts[bucket], starts[bucket + 1]
            data = os.pread(self._file.fileno(), end - first, first)
            at = data.find(digest)
            while at >= 0 and at % _SIZE:
                at = data.find(digest, at + 1)
            if at >= 0:
                return True
        return False


def _places(digest: bytes) -> tuple[int, int]:
    """Two bits of the bitmap; a digest is as good as drawn."""
    one, other = unpack("<II", digest[:8])
    return one % _BITS, other % _BITS
