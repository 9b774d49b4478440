"""Manifest: the published state of one event day, and the accounting identity over all of them."""

from collections import Counter
from collections.abc import Iterable, Set

import msgspec
from msgspec import Struct

from waypost.lake.records import VERDICTS

EARLIER = ""  # sorts before every hour

Counts = dict[str, dict[str, int]]


class Manifest(Struct, omit_defaults=True):
    """One event day of one tenant. `counts` holds, per ingest hour, the received by verdict; the
    hours that no run can do again are one entry, `EARLIER`.

    The day's numbers are the `chunks` packed by the aggregate run `run`. While a run rewrites
    files it holds the day by `claim`; the hours under `rewriting` are then in doubt.
    """

    day: str
    version: int = 0
    run: str = ""
    chunks: int = 0
    counts: Counts = {}
    claim: str = ""
    rewriting: list[str] = []

    def totals(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return total


def summed(counts: Counts, before: str, but: Set[str]) -> Counts:
    """The counts with all hours before `before` in one entry, without those in `but`.

    A day may get late events every hour for years, and its manifest is one item.
    """
    earlier: Counter[str] = Counter()
    kept: Counts = {}
    for hour, numbers in counts.items():
        if hour < before and hour not in but:
            earlier.update(numbers)
        else:
            kept[hour] = numbers
    return {EARLIER: dict(earlier), **kept} if earlier else kept


def ledger_totals(
    manifests: Iterable[Manifest], open_counts: Iterable[dict[str, int]]
) -> dict[str, int]:
    """The accounting identity: received and the four it is the sum of.

    `open_counts` are the counts of landing objects that no hourly run has read yet.
    """
    total: Counter[str] = Counter()
    for manifest in manifests:
        total.update(manifest.totals())
    for counts in open_counts:
        total.update(counts)
    verdicts: dict[str, int] = {verdict: total[verdict] for verdict in VERDICTS}
    return {"received": sum(verdicts.values()), **verdicts}


def encode(manifest: Manifest) -> str:
    return msgspec.json.encode(manifest, order="deterministic").decode()


def decode(text: str) -> Manifest:
    return msgspec.json.decode(text, type=Manifest)
