"""The rows of a file in parts, each of which becomes one message."""

from collections.abc import Iterable, Iterator

import msgspec

from waypost.errors import Malformed
from waypost.event import Batch, Reject
from waypost.ingest.batches import BatchRecord


class FileParts:
    """The batches of a file, of one part of `size` rows whenever it is iterated over. Counts them.

    Where the file breaks off, the rows before are a part; `is_more` then raises what it was.
    """

    def __init__(self, batches: Iterator[Batch], record: BatchRecord, size: int) -> None:
        self._size = size
        self._batches = batches
        self._record = record
        self._next: Batch | None = None
        self._broken: Malformed | None = None

    def is_more(self) -> bool:
        """Whether there is another part."""
        if self._broken is not None:
            raise self._broken
        if self._next is None:
            self._next = next(self._batches, None)
        return self._next is not None

    def __iter__(self) -> Iterator[Batch]:
        rows = 0
        while rows < self._size and (batch := self._taken()) is not None:
            rows += batch.received
            self._record.received += batch.received
            yield batch

    def _taken(self) -> Batch | None:
        batch, self._next = self._next, None
        try:
            return batch or next(self._batches, None)
        except Malformed as error:
            self._broken = error
            return None


def noted(parts: Iterable[Batch], notes: list[Reject]) -> Iterator[Batch]:
    """The batches of a part, the first with what is to be noted of the file, which is taken out."""
    for batch in parts:
        batch.rejects += [msgspec.structs.replace(note, index=_first(batch)) for note in notes]
        notes.clear()
        yield batch


def _first(batch: Batch) -> int:
    return min([event.n for event in batch.events[:1]] + [entry.index for entry in batch.rejects])
