"""Landing objects and Parquet files: the lake bucket."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from waypost.deadline import Deadline
from waypost.errors import Gone
from waypost.event import Verdict
from waypost.lake.records import (
    Landed,
    LandingObject,
    ParquetObject,
    changed,
    changes_key,
    landing_key,
    listed,
    pack,
)
from waypost.profiles.directory import Account, User
from waypost.storage.calls import Calls
from waypost.storage.items import code

_FOLDERS: dict[str, str] = {Verdict.STORED: "events"}
# How S3, and what stands in for it, say that the object is not the one that was seen.
_LOST = frozenset(
    {"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "404"}
)


class S3Lake:
    """The archive of matched events."""

    def __init__(self, client: Any, bucket: str, *, deadline: Deadline | None = None) -> None:
        self._client = Calls(client, deadline or Deadline())
        self._bucket = bucket

    def put_landing(
        self, tenant: str, records: list[Landed], now: int, names: list[str], counts: Counter[str]
    ) -> None:
        key = landing_key(tenant, now, names, counts)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=pack(records))

    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        """The landing objects of a tenant from an hour (`YYYY-MM-DDTHH`) on."""
        return self._landed(f"landing/{tenant}/", hour)

    def put_changes(
        self, tenant: str, people: Sequence[User | Account], now: int, *, gone: bool = False
    ) -> None:
        """Writes one object of users and accounts as they stand, or as removed; none for nobody."""
        if people:
            changes = [changed(thing, gone=gone) for thing in people]
            data = pack(changes)
            key = changes_key(tenant, now, changes, data)
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def changes(self, tenant: str, hour: str) -> list[LandingObject]:
        """The objects of changes of a tenant from an hour (`YYYY-MM-DDTHH`) on."""
        return self._landed(f"changes/{tenant}/", hour)

    def _landed(self, prefix: str, hour: str) -> list[LandingObject]:
        # The bare hour sorts before every object of it, so none of them is left out.
        return [listed(entry["Key"]) for entry in self._list(prefix, after=prefix + hour)]

    def parquet(self, tenant: str, day: str) -> list[ParquetObject]:
        """The Parquet files of one event day."""
        return [
            _parquet(entry, kind, day)
            for kind in _FOLDERS
            for entry in self._list(_folder(tenant, kind, day))
        ]

    def fetch(self, key: str, path: Path) -> Path:
        """Downloads an object to a local file. Raises `Gone` where there is none of that key."""

        def download(client: Any) -> Path:
            body = client.get_object(Bucket=self._bucket, Key=key)["Body"]
            with path.open("wb") as file:
                for block in body.iter_chunks(1 << 20):
                    file.write(block)
            return path

        # Tried as a whole: a body may break off in the middle.
        with _missing():
            return self._client.until_done(download)

    def fetch_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes of an object from `start` to one before `end`. Raises `Gone` as `fetch`."""
        span = f"bytes={start}-{end - 1}"

        def download(client: Any) -> bytes:
            body: bytes = client.get_object(Bucket=self._bucket, Key=key, Range=span)["Body"].read()
            return body

        with _missing():
            return self._client.until_done(download)

    def put_parquet(
        self, tenant: str, kind: str, day: str, hour: str, path: Path, seen: str | None
    ) -> bool:
        """Writes the file where the one that was `seen` (its etag, or None) still stands.

        False where another run has written it since: what this run knows is then stale.
        """
        guard = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
        key = f"{_folder(tenant, kind, day)}{hour}.parquet"

        def upload(client: Any) -> None:
            # Opened for each try, since the last one may have read half of it.
            with path.open("rb") as body:
                client.put_object(Bucket=self._bucket, Key=key, Body=body, **guard)

        try:
            self._client.until_done(upload)
        except ClientError as error:
            if code(error) not in _LOST:
                raise
            # A put sent again after a lost answer meets its own file and counts as lost: the run
            # then does the day once more.
            return False
        return True

    def _list(self, prefix: str, after: str = "") -> Iterator[dict[str, Any]]:
        request = {"Bucket": self._bucket, "Prefix": prefix, "StartAfter": after}
        while True:
            page = self._client.list_objects_v2(**request)
            yield from page.get("Contents", [])
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]


@contextmanager
def _missing() -> Iterator[None]:
    """Says `Gone` where S3 knows no such key."""
    try:
        yield
    except ClientError as error:
        if code(error) in {"NoSuchKey", "404"}:
            raise Gone from error
        raise


def _folder(tenant: str, kind: str, day: str) -> str:
    return f"{_FOLDERS[kind]}/tenant_id={tenant}/dt={day}/"


def _parquet(entry: dict[str, Any], kind: str, day: str) -> ParquetObject:
    hour = entry["Key"].rsplit("/", 1)[-1].removesuffix(".parquet")
    return ParquetObject(entry["Key"], kind, day, hour, entry["ETag"])
