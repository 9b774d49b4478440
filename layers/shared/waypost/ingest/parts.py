"""The messages that one reception becomes: a single small one, or frames of one S3 object."""

from waypost.event import Reject, Verdict
from waypost.ingest import messages
from waypost.ingest.messages import FRAME_EVENTS, INLINE_BYTES, INLINE_EVENTS, Pointer
from waypost.ingest.ports import Outbox
from waypost.ingest.reception import Reception


class Parts:
    """Gathers event lines and ledger entries, and packs them as soon as a frame is full.

    A reception is seen a stretch at a time, and of what has been packed only the bytes are kept.
    Notes ask for no frame of their own: a stretch of a file has one part, however many there are.
    """

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._lines: list[bytes] = []
        self._entries: list[Reject] = []
        self._key = (
            f"chunks/{reception.tenant.id}/{reception.receipt}-{reception.first_part:06d}.zst"
        )
        self._data = bytearray()
        self._pointers: list[Pointer] = []

    def add(self, lines: list[bytes], entries: list[Reject]) -> None:
        """More of the same reception, in its order."""
        self._lines += lines
        self._entries += entries
        while self._frames() > 1 or len(self._lines) == FRAME_EVENTS:
            self._pack()

    def only_message(self) -> bytes | None:
        """All of it as one message for the queue; None where that would be too large."""
        # The bounds first: a large body is not encoded once more only to learn that it is too long.
        if self._pointers or max(len(self._lines), len(self._entries)) > INLINE_EVENTS:
            return None
        text = self._wire(self._lines, self._entries)
        return text if len(text) <= INLINE_BYTES else None

    def store(self, outbox: Outbox) -> int:
        """One object of frames, then one pointer per frame; the number of frames.

        Once the object is stored nothing can be lost, but only the pointers bring it to `match`:
        where they cannot be queued the sender is told to send the same again, and the ids are the
        same.
        """
        while self._lines or self._entries:
            self._pack()
        outbox.put_chunk(self._key, bytes(self._data))
        outbox.send(self._reception.tenant.id, self._pointers)
        return len(self._pointers)

    def _frames(self) -> int:
        """How many frames all that is not packed yet would fill."""
        refusals = sum(entry.verdict is not Verdict.NOTED for entry in self._entries)
        return max(1, -(-max(len(self._lines), refusals) // FRAME_EVENTS))

    def _pack(self) -> None:
        share = -(-len(self._entries) // self._frames())
        text = self._wire(self._lines[:FRAME_EVENTS], self._entries[:share])
        frame = messages.frame(text)
        tenant = self._reception.tenant.id
        self._pointers.append(Pointer(tenant, self._key, len(self._data), len(frame)))
        self._data += frame
        del self._lines[:FRAME_EVENTS], self._entries[:share]

    def _wire(self, lines: list[bytes], entries: list[Reject]) -> bytes:
        reception = self._reception
        return messages.wire(
            tenant=reception.tenant.id,
            receipt=reception.receipt,
            source=reception.source,
            received=reception.received,
            lines=lines,
            rejects=entries,
            part=reception.first_part + len(self._pointers),
            batch=reception.batch,
        )
