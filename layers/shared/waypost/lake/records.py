"""What lies in the lake: landed records, as `match` writes them and the hourly job reads them."""

from dataclasses import dataclass
from hashlib import blake2b

import msgspec
import zstandard

from waypost import times
from waypost.event import Event, Reject, Verdict
from waypost.profiles.resolution import Match

# The order in which the counts stand in a landing object's name.
VERDICTS = (
    Verdict.STORED,
    Verdict.DUPLICATE,
    Verdict.REJECTED,
    Verdict.IGNORED,
    Verdict.UNASSIGNED,
)


class Landed(Event, kw_only=True, omit_defaults=True, gc=False):
    """One received item and what became of it. `received` and `time` are epoch ms.

    (`receipt`, `n`) names the arrival: a redelivered message lands again under the same pair. A
    reject has no id, and the time of its receipt.
    """

    receipt: str
    received: int
    source: str
    verdict: Verdict
    code: str | None = None
    user_id: str | None = None
    account_id: str | None = None
    reason: str | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class LandingObject:
    """A landing object: its key, the hour it landed in, its name as 12 bytes, its counts."""

    key: str
    hour: str
    name: bytes
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ParquetObject:
    """A Parquet file of one event day and ingest hour; `kind` is `stored` or `unassigned`."""

    key: str
    kind: str
    day: str
    hour: str
    etag: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Packed feed records with the cursor of the item that they lay in."""

    cursor: str
    records: list[Landed]


def landed(
    event: Event, match: Match, verdict: Verdict, *, receipt: str, received: int, source: str
) -> Landed:
    return Landed(
        **msgspec.structs.asdict(event),
        receipt=receipt,
        received=received,
        source=source,
        verdict=verdict,
        user_id=match.user_id,
        account_id=match.account_id,
        reason=match.reason,
        confidence=match.confidence,
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


def pack(records: list[Landed]) -> bytes:
    """Records as zstd-compressed NDJSON: what DuckDB and Athena read without help."""
    text = msgspec.json.Encoder().encode_lines(records)
    return zstandard.ZstdCompressor(level=1).compress(text)


def unpack(data: bytes) -> list[Landed]:
    text = zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 30)
    return msgspec.json.Decoder(Landed).decode_lines(text)


def landing_key(tenant: str, now: int, names: list[str], counts: dict[str, int]) -> str:
    """`landing/{tenant}/{hour}/{id}.{counts}.ndjson.zst`: the same messages, the same id.

    The five counts stand in the name, so that a listing tells what waits for the hourly job.
    """
    id = digest(names)
    numbers = "-".join(str(counts.get(verdict, 0)) for verdict in VERDICTS)
    return f"landing/{tenant}/{times.hour(now)}/{id}.{numbers}.ndjson.zst"


def counts_in(key: str) -> dict[str, int]:
    """The five counts that a landing object's name carries."""
    numbers = key.rsplit("/", 1)[-1].split(".")[1].split("-")
    return dict(zip(VERDICTS, map(int, numbers), strict=True))


def digest(names: list[str]) -> str:
    """A short name for a set of messages: the same set, the same name."""
    return blake2b("\n".join(sorted(names)).encode(), digest_size=12).hexdigest()
