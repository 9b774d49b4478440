"""Rows: one per event, as a door and as `match` write them."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import msgspec

from waypost.event import Event
from waypost.ingest.arrivals import First, RowKey, Standing
from waypost.profiles.directory import user_keys
from waypost.tenants import Tenant

_RowKey = tuple[str, str, int, str]


@dataclass(frozen=True)
class _EventRow:
    receipt: str
    n: int
    digest: str | None
    event: Event


class FakeRows:
    """Event rows as a door and as `match` write them; `in` asks for an event id."""

    def __init__(self) -> None:
        self._rows: dict[_RowKey, _EventRow] = {}
        self._moved: dict[_RowKey, int] = {}

    def __contains__(self, id: str) -> bool:
        return any(key[3] == id for key in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def put_first(self, tenant: Tenant, event: Event, line: bytes, receipt: str) -> bool:
        shown = msgspec.json.decode(line, type=Event)
        return self._put(tenant, event, shown, receipt)

    def standing(self, tenant: Tenant, events: list[Event]) -> Standing:
        for event in events:
            key = _row_key(tenant, event, event.own_time)
            if event.own_time is not None and key not in self._rows:
                self._moved.setdefault(key, event.time)
        keys = [_row_key(tenant, event, event.own_time) for event in events]
        return Standing([self._moved.get(key, key[2]) for key in keys], {})

    def claim(
        self,
        tenant: Tenant,
        arrivals: list[tuple[str, Event]],
        known: Mapping[RowKey, First | None] | None = None,  # noqa: ARG002 - a look is free here
    ) -> dict[str, First]:
        for receipt, event in arrivals:
            self._put(tenant, event, deepcopy(event), receipt)
        first_of: dict[str, First] = {}
        for _, event in arrivals:
            if row := self._rows.get(_row_key(tenant, event)):
                first_of.setdefault(event.id, First(row.receipt, row.n, row.digest))
        return first_of

    def replace(self, tenant: Tenant, arrivals: list[tuple[str, Event]]) -> None:
        for receipt, event in arrivals:
            key = _row_key(tenant, event)
            standing = self._rows.get(key)
            if key not in self._moved and (standing is None or standing.receipt <= receipt):
                self._rows[key] = _EventRow(receipt, event.n, event.digest, deepcopy(event))

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]:
        events = {
            f"{time:015d}#{id}": deepcopy(row.event)
            for (owner, pointer, time, id), row in self._rows.items()
            if owner == tenant and pointer in pointers and row.event.kind is None
        }
        older = [pair for pair in events.items() if before is None or pair[0] < before]
        return sorted(older, key=lambda pair: pair[0], reverse=True)[:limit]

    def _put(self, tenant: Tenant, event: Event, shown: Event, receipt: str) -> bool:
        key = _row_key(tenant, event)
        row = _EventRow(receipt, event.n, event.digest, shown)
        return key not in self._moved and self._rows.setdefault(key, row) is row


def _row_key(tenant: Tenant, event: Event, time: int | None = None) -> _RowKey:
    pointer = (user_keys(event) or [f"g:{event.company_id}"])[0]
    return tenant.id, pointer, event.time if time is None else time, event.id
