"""Planted bugs: each must be caught by the harness that the real code passes."""

from dataclasses import dataclass, replace
from typing import Any, cast

from waypost.deadline import Deadline
from waypost.event import Batch
from waypost.ingest import messages
from waypost.ingest.event_ids import EventIds
from waypost.ingest.reception import Receipt, Reception
from waypost.lake import hourly_run
from waypost.lake.ports import FoldStores


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


def marking_run(tenant: str, *, stores: FoldStores, **how: Any) -> None:
    """Remembers what landed as read before it is folded."""
    hasty = replace(stores, manifests=cast(Any, _MarkingFirst(stores)))
    hourly_run.run(tenant, stores=hasty, **how)


class _MarkingFirst:
    def __init__(self, stores: FoldStores) -> None:
        self._stores = stores

    def mark(self, tenant: str, of: Any = "landing") -> tuple[str, frozenset[bytes]]:
        standing = self._stores.manifests.mark(tenant, of)
        if of != "landing":
            return standing
        landed = self._stores.lake.landing(tenant, "")
        self._stores.manifests.put_mark(tenant, "", frozenset(each.name for each in landed))
        return standing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stores.manifests, name)


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
