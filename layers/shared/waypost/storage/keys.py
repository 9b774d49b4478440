"""
Key layout of the three tables and two buckets.

T stands for the tenant's id. Each line: table, pk, sk, item.

Events     T|x:{external id}     {time:015d}#{event id}   an event, written once
           T|e:{e-mail}          same
           T|a:{anonymous id}    same
           T|g:{account id}      traits of an account, from no user
           (all four)            {time:015d}#{event id}   or the time of an event whose sender's
                                                          own time, which stands here, was wrong
           T|feed                {arrival:015d}#{name}-n  packed events, the live feed
           T|feed:{account id}   same                     packed events of one account

Directory  tenant                {tenant}                 a tenant and its settings
           token                 {sha256 of the token}    tenant and scopes
           suspect               {time:015d}#{random}     ids of messages begun, 100 at most
           T|user                {user id}                a user
           T|key                 x:… / e:… / a:… / us:…   identity pointer, or sourceId → user id
           T|key                 ci:… / cs:…              Planhat's _id, or sourceId → account id
           T|merge               {user id}                who an anonymous user turned out to be
           T|placed              {user id}                got an account after events were held
           T|account             {account id}             an account
           T|domain              {domain}|{user id}       the account of a known user
           T|unassigned          {user id}                a user without an account
           T|batch               {batch}                  a file or stream; the id is a capability
           T|part                {receipt}#{part:06d}     what match did with one message of it
           T|ledger              {receipt}#{part}-{n}     packed rejects
           T|run                 {run}                    one aggregate run
           T|schema              types                    packed types of property keys

Metrics    T|day                 {day}                    manifest of an event day
           T|month               {month}                  head of a month's presence
           T|cube                {day or month}#{run}#n   packed numbers, named by a head
           T|watermark           landing                  landing is read up to here
           T|dimension           {time:015d}#{hash}       dimension data, the last copy of each

inbox   uploads/{tenant}/{batch}/data    drops/{tenant}/…    chunks/{tenant}/{receipt}.zst
lake    landing/{tenant}/{hour}/{id}.ndjson.zst
        events/tenant_id={tenant}/dt={day}/{ingest hour}.parquet
        unassigned/tenant_id={tenant}/dt={day}/{ingest hour}.parquet

A tenant id never holds `|`, so a partition key splits in one way only; a sender's own text stands
last in a key or alone in a sort key, so no id can reach into another's place.
"""

from waypost.event import Event
from waypost.profiles.directory import identity_key, user_keys
from waypost.tenants import Tenant


def scoped(tenant: str, kind: str) -> str:
    """The partition of one kind of thing in one tenant."""
    if "|" in tenant:
        raise ValueError(f"a tenant id cannot hold '|': {tenant!r}")
    return f"{tenant}|{kind}"


def event_key(tenant: str, event: Event, time: int | None = None) -> tuple[str, str]:
    """Where an event's row lies: under the identity key that it arrived with, by time.

    With `time`, where it would lie if it had that one.
    """
    keys = user_keys(event) or [identity_key("g", event.company_id or "")]
    # Fifteen digits, so that the keys sort as the times do.
    moment = event.time if time is None else time
    return scoped(tenant, keys[0]), f"{moment:015d}#{event.id}"


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
