"""What landed, and the files of the lake: the lake bucket."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waypost.deadline import Deadline
from waypost.errors import CallFailed, Gone, Unavailable
from waypost.ingest.messages import slices
from waypost.lake.records import (
    Landed,
    LandingObject,
    changed,
    changes_key,
    landing_key,
    listed,
    pack,
)
from waypost.lake.tables import HEAD, MONTHLY
from waypost.profiles.directory import Account, User
from waypost.storage.calls import Calls

_DELETE = 1000  # as many as one call takes


class S3Lake:
    """The archive of matched events."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        note: Callable[[list[str], int], None] | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        """`note` is told the tenants for which something is about to land, and when; whoever only
        reads has none.
        """
        self._deadline = deadline or Deadline()
        self._client = Calls(client, self._deadline)
        self._bucket = bucket
        self._note = note

    def announce(self, tenants: list[str], now: int) -> None:
        """Notes that something is about to land for tenants, so that they get their hourly run."""
        if self._note is not None:
            self._note(tenants, now)

    def put_landing(
        self, tenant: str, records: list[Landed], now: int, names: list[str], counts: Counter[str]
    ) -> None:
        self.announce([tenant], now)
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
            self.announce([tenant], now)
            key = changes_key(tenant, now, changes, data)
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def changes(self, tenant: str, hour: str) -> list[LandingObject]:
        """The objects of changes of a tenant from an hour (`YYYY-MM-DDTHH`) on."""
        return self._landed(f"changes/{tenant}/", hour)

    def _landed(self, prefix: str, hour: str) -> list[LandingObject]:
        # The bare hour sorts before every object of it, so none of them is left out.
        return [
            listed(entry["Key"], entry["Size"]) for entry in self._list(prefix, after=prefix + hour)
        ]

    def of_month(self, tenant: str, month: str) -> list[str]:
        """The keys of all files of a month, whether a manifest names them or not."""
        prefixes = [f"{table}/tenant_id={tenant}/month={month}/" for table in MONTHLY]
        return [entry["Key"] for prefix in prefixes for entry in self._list(prefix)]

    def of_head(self, tenant: str) -> list[str]:
        """The keys of all files of the tables that span all time, as `of_month`."""
        prefixes = [f"{table}/tenant_id={tenant}/" for table in HEAD]
        return [entry["Key"] for prefix in prefixes for entry in self._list(prefix)]

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

    def put_file(self, key: str, path: Path) -> int:
        """Uploads a local file; its size in bytes. Its key is its own, so it may be sent again."""

        def upload(client: Any) -> int:
            # Opened for each try, since the last one may have read half of it.
            with path.open("rb") as body:
                client.put_object(Bucket=self._bucket, Key=key, Body=body)
            return path.stat().st_size

        return self._client.until_done(upload)

    def keys(self, prefix: str) -> list[str]:
        """The keys of all objects that begin like this."""
        return [entry["Key"] for entry in self._list(prefix)]

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects, whether they are there or not."""
        for some in slices(dict.fromkeys(keys), _DELETE):
            left = [{"Key": key} for key in some]
            for _ in self._deadline.tries():
                wanted = {"Objects": left, "Quiet": True}
                answer = self._client.delete_objects(Bucket=self._bucket, Delete=wanted)
                left = [{"Key": error["Key"]} for error in answer.get("Errors", [])]
                if not left:
                    break
            else:
                raise Unavailable("S3 kept leaving objects undeleted")

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
    except CallFailed as error:
        if error.refusal in {"NoSuchKey", "404"}:
            raise Gone from error
        raise
