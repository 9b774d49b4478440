"""Planted bugs: each must be caught by the harness that the real code passes."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from waypost import times
from waypost.deadline import Deadline
from waypost.event import Batch, Verdict
from waypost.ingest import messages
from waypost.ingest.event_ids import EventIds
from waypost.ingest.intake import Receipt, Reception
from waypost.lake.commit import Day
from waypost.lake.commit import claim as publication_claim
from waypost.lake.manifests import Manifest
from waypost.lake.records import unpack
from waypost.lake.rollups import RollupRow


def row_first(
    batch: Batch, reception: Reception, identifier: EventIds, *, outbox: Any, rows: Any
) -> Receipt:
    """Shows an event before it is queued."""
    (event,) = batch.events
    line = identifier.line(event)
    rows.put_first(reception.tenant, event, line, reception.receipt)
    text = messages.wire(
        tenant=reception.tenant.id,
        receipt=reception.receipt,
        source=reception.source,
        received=reception.received,
        lines=[line],
        rejects=[],
    )
    outbox.send(reception.tenant.id, [text])
    return Receipt(1, 1)


def adding_run(tenant: str, *, stores: Any, clock: Any, name: str) -> None:
    """Adds what is new to what is published, instead of recomputing it."""
    done = stores.metrics.watermark(tenant)[1]
    objects = stores.lake.landing(tenant, "")
    for landed in objects:
        if landed.name not in done:
            _add(tenant, landed.key, stores, f"{clock()}-{name}")
    stores.metrics.put_watermark(tenant, "", frozenset(landed.name for landed in objects))


def _add(tenant: str, key: str, stores: Any, run: str) -> None:
    with TemporaryDirectory() as folder:
        records = unpack(stores.lake.fetch(key, Path(folder) / "landing").read_bytes())
    days: dict[str, list[RollupRow]] = {}
    for record in records:
        if record.verdict is Verdict.STORED:
            account, user = record.company_id or "", record.user_id or ""
            row = RollupRow(0, record.action, account, user, record.count, 0.0)
            days.setdefault(times.day(record.time), []).append(row)
    standing = {manifest.day: manifest for manifest in stores.metrics.manifests(tenant)}
    for day, rows in days.items():
        before = standing.get(day, Manifest(day))
        more = [*stores.metrics.cube(tenant, before), *rows]
        stores.metrics.publish(tenant, stores.metrics.claim(tenant, before, run, set()), more)


def claim_then_list(
    tenant: str, manifest: Manifest, hours: set[str], landed: Any, whole_since: str, **by: Any
) -> Day | None:
    """Lists the standing files after the claim, when a later claimer may have written them."""
    day = publication_claim(tenant, manifest, hours, landed, whole_since, **by)
    if day is not None:
        day.parquet = by["stores"].lake.parquet(tenant, manifest.day)
    return day


@dataclass
class Forgetful:
    """A client as code sees it that takes a 200 for all of it."""

    client: Any

    @property
    def deadline(self) -> Deadline:
        waiting: Deadline = self.client.deadline
        return waiting

    def json(self, target: str, payload: dict[str, Any]) -> dict[str, object]:
        self.client.json(target, payload)
        return {"Successful": payload["Entries"]}

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        self.client.batch_write_item(**request)
        return {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        return {"Responses": self.client.batch_get_item(**request)["Responses"]}


@dataclass
class Repeating(Forgetful):
    """A client as code sees it that sends a whole batch again for a part of it."""

    def json(self, target: str, payload: dict[str, Any]) -> dict[str, object]:
        answer: dict[str, object] = self.client.json(target, payload)
        return answer if not answer.get("Failed") else {}

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.batch_write_item(**request)
        return {"UnprocessedItems": request["RequestItems"]} if answer["UnprocessedItems"] else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.batch_get_item(**request)
        left = request["RequestItems"] if answer["UnprocessedKeys"] else {}
        return answer | {"UnprocessedKeys": left}
