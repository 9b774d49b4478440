"""What lies in the lake: what landed of events and of people, and what a listing tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec
import zstandard
from msgspec import Struct

from waypost import times
from waypost.event import Event, Reject, Verdict
from waypost.profiles.directory import Account, User

# The order in which the counts stand in a landing object's name.
VERDICTS = (Verdict.STORED, Verdict.DUPLICATE, Verdict.REJECTED, Verdict.IGNORED)
# The same for an object of changes.
KINDS = ("user", "account")
_NAME_BYTES = 12


class Landed(Event, kw_only=True, omit_defaults=True, gc=False):
    """One received item and what became of it. `received` and `time` are epoch ms.

    (`receipt`, `n`) names the arrival: a redelivered message lands again under the same pair. A
    reject has no id, and the time of its receipt. `user_id` is the record that the strongest key
    of the event led to, whoever that one turned out to be: which account the event belongs to is
    asked of the people, when it is asked.
    """

    receipt: str
    received: int
    source: str
    verdict: Verdict
    code: str | None = None
    user_id: str | None = None


class ChangedUser(User, tag="user", tag_field="kind", omit_defaults=True):
    """A user as it was written. Of two the later by (`created`, `version`) is the user now.

    `gone`: it was removed. Whoever comes under its id afterwards has a later `created`.
    """

    gone: bool = False


class ChangedAccount(Account, tag="account", tag_field="kind", omit_defaults=True):
    """An account as it was written, or `gone`; as for a user."""

    gone: bool = False


Changed = ChangedUser | ChangedAccount


@dataclass(frozen=True, slots=True)
class LandingObject:
    """An object of landed events, or of changes: its key, the hour it landed in, its name as 12
    bytes, its counts by verdict, or by kind, and its size in bytes.
    """

    key: str
    hour: str
    name: bytes
    counts: dict[str, int]
    size: int = 0


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Packed feed records with the cursor of the item that they lay in."""

    cursor: str
    records: list[Landed]


def landed(
    event: Event, user_id: str | None, verdict: Verdict, *, receipt: str, received: int, source: str
) -> Landed:
    return Landed(
        **msgspec.structs.asdict(event),
        receipt=receipt,
        received=received,
        source=source,
        verdict=verdict,
        user_id=user_id,
    )


def landed_reject(reject: Reject, *, receipt: str, received: int, source: str) -> Landed:
    return Landed(
        n=reject.index,
        time=received,
        receipt=receipt,
        received=received,
        source=source,
        verdict=reject.verdict,
        code=reject.code,
    )


def changed(thing: User | Account, *, gone: bool = False) -> Changed:
    """The record of a user or an account that was written, or removed at the version it had."""
    fields = msgspec.structs.asdict(thing)
    if gone:
        fields |= {"version": thing.version + 1, "gone": True}
    return ChangedUser(**fields) if isinstance(thing, User) else ChangedAccount(**fields)


def pack(records: Sequence[Struct]) -> bytes:
    """Records as zstd-compressed NDJSON: what DuckDB and Athena read without help."""
    text = msgspec.json.Encoder().encode_lines(records)
    return zstandard.ZstdCompressor(level=1).compress(text)


def unpack(data: bytes) -> list[Landed]:
    return msgspec.json.Decoder(Landed).decode_lines(_text(data))


def unpack_changes(data: bytes) -> list[Changed]:
    return msgspec.json.Decoder(Changed).decode_lines(_text(data))


def _text(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 30)


def landing_key(tenant: str, now: int, names: list[str], counts: dict[str, int]) -> str:
    """`landing/{tenant}/{hour}/{id}.{counts}.ndjson.zst`: the same messages, the same id.

    The four counts stand in the name, so that a listing tells what waits for the hourly job.
    """
    return _key("landing", tenant, now, digest(names), [counts.get(name, 0) for name in VERDICTS])


def changes_key(tenant: str, now: int, changes: Sequence[Changed], data: bytes) -> str:
    """`changes/{tenant}/{hour}/{id}.{users}-{accounts}.ndjson.zst`: the same bytes, the same id.

    Not named after messages, as landing is: whoever read the object must never miss what the same
    messages changed when they came again.
    """
    users = sum(isinstance(change, ChangedUser) for change in changes)
    id = blake2b(data, digest_size=_NAME_BYTES).hexdigest()
    return _key("changes", tenant, now, id, [users, len(changes) - users])


def _key(folder: str, tenant: str, now: int, id: str, counts: list[int]) -> str:
    numbers = "-".join(map(str, counts))
    return f"{folder}/{tenant}/{times.hour(now)}/{id}.{numbers}.ndjson.zst"


def listed(key: str, size: int = 0) -> LandingObject:
    """What the key of a landing object, or of one of changes, tells."""
    folder, _, hour, file = key.split("/")
    name, numbers, *_ = file.split(".")
    counted: Sequence[str] = KINDS if folder == "changes" else VERDICTS
    counts = dict(zip(counted, map(int, numbers.split("-")), strict=True))
    return LandingObject(key, hour, bytes.fromhex(name), counts, size)


def digest(names: list[str]) -> str:
    """A short name for a set of messages: the same set, the same name."""
    return blake2b("\n".join(sorted(names)).encode(), digest_size=_NAME_BYTES).hexdigest()
