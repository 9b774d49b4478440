"""Uploaded and dropped files, and the chunks of large receptions: the inbox bucket."""

from typing import Any, BinaryIO, cast

from waypost.ingest import messages
from waypost.ingest.messages import Message, Pointer


class S3Inbox:
    """What arrived and is on its way to `match`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read_chunk(self, pointer: Pointer) -> Message:
        """The message that a pointer points at: one frame of a chunk object."""
        # A range names its last byte, not the one behind it.
        last = pointer.offset + pointer.length - 1
        answer = self._client.get_object(
            Bucket=self._bucket, Key=pointer.key, Range=f"bytes={pointer.offset}-{last}"
        )
        return messages.read_frame(answer["Body"].read())

    def open(self, key: str) -> tuple[BinaryIO, int]:
        """A file as a readable stream, and its size in bytes."""
        answer = self._client.get_object(Bucket=self._bucket, Key=key)
        return cast(BinaryIO, answer["Body"]), int(answer["ContentLength"])
