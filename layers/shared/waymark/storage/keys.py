"""
Key layout of the three tables and two buckets.

| table     | pk                            | sk                        | item                        |
|-----------|-------------------------------|---------------------------|-----------------------------|
| Events    | {tenant}|x:{external id}      | {time:015d}#{event id}    | an event, written once      |
|           | {tenant}|e:{e-mail}           | same                      |                             |
|           | {tenant}|a:{anonymous id}     | same                      |                             |
|           | {tenant}|id                   | {event id}                | time of an undated event    |
|           | {tenant}|feed                 | {arrival:015d}#{batch}    | packed events, live feed    |
|           | {tenant}|feed:{account id}    | same                      | packed events, one account  |
| Directory | tenant                        | {tenant}                  | a tenant and its settings   |
|           | token                         | {sha256 of token}         | tenant, scopes              |
|           | {tenant}|user                 | {user id}                 | a user                      |
|           | {tenant}|key                  | x:… / e:… / a:…           | identity pointer → user id  |
|           | {tenant}|account              | {account id}              | an account                  |
|           | {tenant}|domain               | {domain}|{user id}        | account of a known user     |
|           | {tenant}|unassigned           | {user id}                 | a user without an account   |
|           | {tenant}|batch                | {receipt}                 | a file or stream            |
|           | batch                         | {batch}                   | capability → tenant, receipt|
|           | {tenant}|part                 | {receipt}#{part:06d}      | what match did with a part  |
|           | {tenant}|ledger               | {receipt}#{part:06d}      | packed rejects              |
|           | {tenant}|run                  | {run}                     | one aggregate run           |
| Metrics   | {tenant}|day                  | {day}                     | manifest of an event day    |
|           | {tenant}|cube                 | {day}#{version:010d}#{n}  | packed hourly numbers       |
|           | {tenant}|watermark            | landing                   | landing read up to here     |

inbox   uploads/{tenant}/{batch}/data    drops/{tenant}/…    chunks/{tenant}/{receipt}.zst
lake    landing/{tenant}/{hour}/{id}.ndjson.zst
        events/tenant_id={tenant}/dt={day}/{ingest hour}.parquet
        unassigned/tenant_id={tenant}/dt={day}/{ingest hour}.parquet

A tenant id never holds `|`, so a partition key splits in one way only; a sender's own text stands
last in a key or alone in a sort key, so no id can reach into another's place.
"""

from waymark.directory import user_keys
from waymark.event import Event
from waymark.tenants import Tenant


def scoped(tenant: str, kind: str) -> str:
    """The partition of one kind of thing in one tenant."""
    if "|" in tenant:
        raise ValueError(f"a tenant id cannot hold '|': {tenant!r}")
    return f"{tenant}|{kind}"


def event_key(tenant: str, event: Event) -> tuple[str, str]:
    """Where an event's row lies: under the identity key that it arrived with, by time."""
    return scoped(tenant, user_keys(event)[0]), f"{event.time:015d}#{event.id}"


def event_row(tenant: Tenant, event: Event, line: bytes, receipt: str) -> dict[str, str | int]:
    """An event's row, the same whether the door writes it or `match`."""
    pk, sk = event_key(tenant.id, event)
    item: dict[str, str | int] = {
        "pk": pk,
        "sk": sk,
        "event": line.decode(),
        "receipt": receipt,
        "n": event.n,
        "ttl": tenant.expires(event.time),
    }
    if event.digest is not None:
        item["digest"] = event.digest
    return item


def feed(tenant: str, account: str | None = None) -> str:
    return scoped(tenant, "feed" if account is None else f"feed:{account}")


def part(receipt: str, number: int) -> str:
    return f"{receipt}#{number:06d}"
