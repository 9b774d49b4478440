"""What questions need of the stores; the real ones and the fakes both fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from waypost.event import Event, Reject
    from waypost.insights.jobs import Job
    from waypost.insights.saved import SavedQuestion
    from waypost.lake.months import File, Month
    from waypost.lake.plans import Plan
    from waypost.lake.reader import Opened
    from waypost.lake.records import FeedPage, LandingObject
    from waypost.lake.runs import RunRecord
    from waypost.profiles.directory import Account, User
    from waypost.tenants import Tenants


class Lake(Protocol):
    """The lake, as a database per question; see `waypost.lake.reader`."""

    def open(self, tenant: str, plan: Plan) -> AbstractContextManager[Opened]: ...


class LakeReader(Lake, Protocol):
    """The lake with its manifests."""

    def months(self, tenant: str) -> list[Month]:
        """What was published, by month."""


class LakeFiles(LakeReader, Protocol):
    """The lake with the files that its manifests name."""

    def files(self, tenant: str, plan: Plan) -> dict[str, list[File]]: ...


class SqlEngine(Protocol):
    """Who answers SQL over the same files without fetching them; see `waypost.storage.athena`."""

    def rows(self, tenant: str, sql: str, folder: Path) -> list[Path]:
        """Parquet files in a folder with the rows of a SELECT. Raises `TooLong`, `Unavailable`."""


class FeedReader(Protocol):
    """The live feed; see `waypost.storage.events_table`."""

    def older(self, tenant: str, before: str | None) -> Iterator[FeedPage]:
        """The items before a place, newest first, read as far as they are taken."""

    def newer(self, tenant: str, after: str | None) -> Iterator[FeedPage]:
        """The items behind a place, oldest first, read as far as they are taken."""


class RowReader(Protocol):
    """Rows of a user; see `waypost.storage.events_table`."""

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]:
        """The newest rows under some identity keys, each with its cursor, newest first."""


class DirectoryReader(Protocol):
    """Accounts and users, as they are now; see `waypost.storage.directory_table`."""

    def account(self, tenant: str, id: str) -> Account | None: ...

    def accounts_by_id(self, tenant: str, ids: set[str]) -> list[Account]:
        """Those of the accounts that exist, in no order."""

    def user(self, tenant: str, id: str) -> User | None: ...

    def user_at(self, tenant: str, identity: str) -> User | None:
        """The user that an identity key (`x:…`, `e:…`, `a:…`) points at."""

    def users_by_id(self, tenant: str, ids: set[str]) -> list[User]:
        """Those of the users that exist, in no order."""

    def merged_into(self, tenant: str, user: str) -> Iterator[str]:
        """The ids of anonymous users that turned out to be this one."""

    def further_keys(
        self, tenant: str, user: str, before: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        """Keys of a user beside those in its record, newest first, and the cursor of the rest."""


class MarkReader(Protocol):
    """What the hourly job has read; see `waypost.storage.manifests_table`."""

    def mark(self, tenant: str) -> tuple[str, frozenset[bytes]]:
        """The hour up to which landing objects were read, and those read of it and later."""


class LedgerReader(Protocol):
    def newest(
        self, tenant: str, before: str | None, limit: int
    ) -> Iterator[tuple[str, int, list[Reject]]]:
        """(cursor, received, rejects) of each message, newest first."""


class LandingReader(Protocol):
    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        """What landed in an hour and later."""


class BatchReader(Protocol):
    def progress(self, tenant: str, batch: str) -> dict[str, object] | None:
        """The public state of a batch with its first row errors, or None where unknown."""

    def newest(self, tenant: str, before: str | None, limit: int) -> list[dict[str, object]]:
        """The batches of a tenant, newest first."""


class RunReader(Protocol):
    def get(self, tenant: str, run: str) -> RunRecord | None:
        """The record of a run that somebody asked for, or None where unknown."""


class JobStore(Protocol):
    """Questions that go on as jobs; see `waypost.storage.jobs_table`."""

    def get(self, tenant: str, id: str) -> Job | None: ...

    def put(self, tenant: str, job: Job) -> None: ...


class JobQueue(Protocol):
    """The queue to the function that answers jobs."""

    def send(self, tenant: str, messages: list[bytes]) -> None: ...


class AnswerFiles(Protocol):
    """Answers of jobs; see `waypost.storage.lake_bucket`."""

    def put_file(self, key: str, path: Path) -> int:
        """Uploads a local file; its size in bytes."""


class AnswerLinks(Protocol):
    """Answers of jobs to download; see `waypost.storage.lean_stores`."""

    def url(self, key: str, expires: int, name: str) -> str:
        """A URL good for `expires` seconds; a browser saves the answer under a name."""


class QuestionStore(Protocol):
    """Saved questions by name; see `waypost.storage.questions_table`."""

    def every(self, tenant: str) -> list[SavedQuestion]:
        """All of them, by name."""

    def get(self, tenant: str, name: str) -> SavedQuestion | None: ...

    def put(self, tenant: str, question: SavedQuestion) -> None: ...

    def delete(self, tenant: str, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SavingStores:
    """What saved questions are checked with, and kept in. `clock` tells now in epoch ms."""

    questions: QuestionStore
    tenants: Tenants
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class JobStores:
    """What jobs are kept in. `clock` tells now in epoch ms."""

    jobs: JobStore
    queue: JobQueue
    links: AnswerLinks
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class EventStores:
    """What the feeds are read from. `clock` tells now in epoch ms."""

    tenants: Tenants
    directory: DirectoryReader
    rows: RowReader
    feed: FeedReader
    reader: LakeReader
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class ProfileStores:
    """What people are read from. `clock` tells now in epoch ms."""

    directory: DirectoryReader
    reader: LakeReader
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class LedgerStores:
    ledger: LedgerReader
    reader: LakeReader
    marks: MarkReader
    lake: LandingReader


@dataclass(frozen=True, slots=True)
class QuestionStores:
    """What questions are answered from. `clock` tells now in epoch ms."""

    tenants: Tenants
    reader: LakeReader
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class KindStores:
    """What the questions of every kind are answered from."""

    questions: QuestionStores
    profiles: ProfileStores


@dataclass(frozen=True, slots=True)
class JobDesk:
    """What a job is done with. `stores` are without the limits of an answer, and tell how many
    bytes are here, and of how many.
    """

    jobs: JobStore
    files: AnswerFiles
    stores: Callable[[Callable[[int, int], None]], KindStores]
    clock: Callable[[], int]
