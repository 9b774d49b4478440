"""Uploaded and dropped files, and the chunks of large receptions: the inbox bucket."""

from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from waypost.errors import NotFound
from waypost.ingest import messages
from waypost.ingest.batches import DELETED, OVERWRITTEN
from waypost.ingest.messages import Message, Pointer
from waypost.storage.items import code

_LOST = {"PreconditionFailed": OVERWRITTEN, "NoSuchKey": DELETED}


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

    def open(self, key: str, etag: str) -> tuple[BinaryIO, int]:
        """A file as a readable stream, and its size in bytes.

        What is put under the key later does not change what the stream yields. Raises `NotFound`
        where the file with this etag is there no more.
        """
        try:
            # An etag stands in quotes in HTTP, and without them in what EventBridge tells.
            answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=f'"{etag}"')
        except ClientError as error:
            if code(error) not in _LOST:
                raise
            raise NotFound(_LOST[code(error)]) from error
        return cast(BinaryIO, answer["Body"]), int(answer["ContentLength"])
