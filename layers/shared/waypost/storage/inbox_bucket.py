"""Uploaded and dropped files, and the chunks of large receptions: the inbox bucket."""

from typing import Any, BinaryIO, cast

from waypost.deadline import Deadline
from waypost.errors import CallFailed, NotFound
from waypost.ingest import messages
from waypost.ingest.batches import DELETED, OVERWRITTEN
from waypost.ingest.messages import Message, Pointer
from waypost.storage.calls import Calls

_LOST = {"PreconditionFailed": OVERWRITTEN, "NoSuchKey": DELETED}


class S3Inbox:
    """What arrived and is on its way to `match`."""

    def __init__(self, client: Any, bucket: str, *, deadline: Deadline | None = None) -> None:
        self._client = Calls(client, deadline or Deadline())
        self._bucket = bucket

    def read_chunk(self, pointer: Pointer) -> Message:
        """The message that a pointer points at: one frame of a chunk object."""
        # A range names its last byte, not the one behind it.
        last = pointer.offset + pointer.length - 1
        span = f"bytes={pointer.offset}-{last}"

        def read(client: Any) -> bytes:
            answer = client.get_object(Bucket=self._bucket, Key=pointer.key, Range=span)
            return cast(bytes, answer["Body"].read())

        return messages.read_frame(self._client.until_done(read))

    def beside(self, key: str, size: int) -> bytes | None:
        """The first `size` bytes of an object; None where there is none."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except CallFailed as error:
            if error.refusal != "NoSuchKey":
                raise
            return None
        return cast(bytes, answer["Body"].read(size))

    def exists(self, key: str, etag: str) -> bool:
        """Whether the object of that key is there, and is the one with that etag."""
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=key)
        except CallFailed as error:
            if error.refusal not in {"NoSuchKey", "404"}:
                raise
            return False
        return bool(found["ETag"].strip('"') == etag)

    def open(self, key: str, etag: str) -> tuple[BinaryIO, int]:
        """A file as a readable stream, and its size in bytes.

        What is put under the key later does not change what the stream yields. Raises `NotFound`
        where the file with this etag is there no more.

        The stream is read as it is parsed, so nothing here can read it again: where it breaks off,
        botocore's own error goes through, and the file's message comes back.
        """
        try:
            # An etag stands in quotes in HTTP, and without them in what EventBridge tells.
            answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=f'"{etag}"')
        except CallFailed as error:
            if error.refusal not in _LOST:
                raise
            raise NotFound(_LOST[error.refusal]) from error
        return cast(BinaryIO, answer["Body"]), int(answer["ContentLength"])
