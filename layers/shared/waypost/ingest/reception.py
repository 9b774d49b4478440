"""What comes in at once, and what became of it."""

from msgspec import Struct, field

from waypost.event import Reject, Verdict
from waypost.tenants import Tenant


class Reception(Struct, frozen=True):
    """One request, or one stretch of a file: whose, which sender's format, when (epoch ms).

    `first_part` numbers the messages of a file that comes in several stretches. `site` is the one
    that the sender declared, empty for none.
    """

    tenant: Tenant
    receipt: str
    source: str
    received: int
    batch: str | None = None
    first_part: int = 0
    site: str = ""


class Receipt(Struct):
    """What became of a reception: how many items were dealt with, and which were refused.

    `processed` are durable or, `ignored` of them, left out by a rule and kept in the ledger.
    """

    processed: int = 0
    parts: int = 0
    ignored: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def add(self, taken: int, entries: list[Reject]) -> None:
        """Counts so many events that were taken, and the entries beside them."""
        ignored = sum(entry.verdict is Verdict.IGNORED for entry in entries)
        self.processed += taken + ignored
        self.ignored += ignored
        self.rejects += [entry for entry in entries if entry.verdict is Verdict.REJECTED]
