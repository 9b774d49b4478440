"""Manifest: the published state of one event day, and the accounting identity over all of them."""

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from waypost.lake.records import VERDICTS


class Manifest(Struct, omit_defaults=True):
    """One event day of one tenant. `counts` holds, per ingest hour, the received by verdict.

    The day's numbers are the `chunks` packed by the aggregate run `run`. While a run rewrites
    files it holds the day by `claim`; the hours under `rewriting` are then in doubt.
    """

    day: str
    version: int = 0
    run: str = ""
    chunks: int = 0
    counts: dict[str, dict[str, int]] = {}
    claim: str = ""
    rewriting: list[str] = []

    def totals(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return total


def ledger_totals(
    manifests: Iterable[Manifest], open_counts: Iterable[dict[str, int]]
) -> dict[str, int]:
    """The accounting identity: received and the five it is the sum of.

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
