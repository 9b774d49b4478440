"""Twins of one reception: how many identical events came before each."""


class Ordinals:
    """Counts by the digest of the event, for as many events as fit into memory."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._twins: dict[bytes, int] = {}

    def take(self, digests: list[bytes]) -> list[tuple[int, int]]:
        """Place and ordinal of each event, from 1, that an identical one came before.

        In this call or in an earlier one; most often there is none.
        """
        seen, fresh = self._seen, set(digests)
        if len(fresh) == len(digests) and seen.isdisjoint(fresh):
            seen |= fresh
            return []
        twins = []
        for place, digest in enumerate(digests):
            if digest in seen:
                self._twins[digest] = ordinal = self._twins.get(digest, 0) + 1
                twins.append((place, ordinal))
            seen.add(digest)
        return twins
