"""
Key layout of the three tables and two buckets.

T stands for the tenant's id. Each line: table, pk, sk, item.

Events     T|x:{external id}     {time:015d}#{event id}   an event, written once
           T|e:{e-mail}          same
           T|a:{anonymous id}    same
           T|g:{account id}      same                     one that names an account and no user
           T|report:{key}        same                     only that a report of traits or time came
           (all of them)         {time:015d}#{event id}   or the time of an event whose sender's
                                                          own time, which stands here, was wrong
           T|feed                {arrival:015d}#{name}-n  packed events, the live feed

Directory  tenant                {tenant}                 a tenant: its settings, its secret
           token                 {sha256 of the token}    tenant and scopes
           suspect               {time:015d}#{random}     ids of messages begun, 100 at most
           landed|{hour}         {tenant}                 something landed for it in that hour
           T|user:{h}            {user id}                a user, or a pointer: where a key leads
           T|mail:{domain}       {host, reversed}@{mail}  a pointer of an e-mail, and the account
           T|keys:{user id}      {time:015d}#{key}        a further key of a user
           T|merge:{h}           {user id}#{user id}      who an anonymous user turned out to be
           T|account             {account id}             an account
           T|company:{h}         {Planhat's _id}          the account with that _id
           T|source:{h}          us:… / cs:…              Planhat's sourceId → user, account
           T|batch               {batch}                  a file or stream; the id is a capability
           T|part                {receipt}#{part:06d}     what match did with one message of it
           T|ledger              {receipt}#{part}-{n}     packed rejects
           T|run                 {run}                    one aggregate run
           T|job                 {job}                    a question that goes on as a job
           T|question            {name}                   a saved question
           T|schema              types                    packed types of property keys

Metrics    T|month               {month}                  packed manifest of a month's files
           T|head                head                     the same of the files of all time
           T|todo                {month}                  rows may wait there, or a dead run's files
           T|watermark           landing, landing#{n}     landing is read up to here
                                 changes, changes#{n}     changes of people are read up to here
           T|dimension           {time:015d}#{hash}       dimension data, the last copy of each

inbox   uploads/{tenant}/{batch}/data    drops/{tenant}/…    chunks/{tenant}/{receipt}.zst
lake    landing/{tenant}/{hour}/{id}.{counts}.ndjson.zst
        changes/{tenant}/{hour}/{id}.{users}-{accounts}.ndjson.zst
        staged/{tenant}/{month}/{first day}.{last day}.{part}.{run}-{n}.parquet
        {table}/tenant_id={tenant}/month={month}/{first day}.{last day}.{n}.{run}.parquet
        {table}/tenant_id={tenant}/{run}.parquet
        answers/tenant_id={tenant}/{job}.{json or csv}

A tenant id never holds `|`, so a partition key splits in one way only; a sender's own text stands
last in a key or alone in a sort key, so no id can reach into another's place.

A partition takes 1,000 writes a second. What an import makes by the thousand is therefore spread
over sixteen (`h`, a hexadecimal digit of the id), which read one after the other are in order.
"""

from bisect import bisect
from hashlib import blake2b

from waypost.event import Event
from waypost.profiles.directory import MAX_KEY_BYTES, identity_key, user_id, user_keys
from waypost.profiles.email_domains import host
from waypost.tenants import Tenant

Place = tuple[str, str]
SHARDS = "0123456789abcdef"


def scoped(tenant: str, kind: str) -> str:
    """The partition of one kind of thing in one tenant."""
    if "|" in tenant:
        raise ValueError(f"a tenant id cannot hold '|': {tenant!r}")
    return f"{tenant}|{kind}"


def landed(hour: str) -> str:
    """The partition of the tenants that something landed for in an hour."""
    return f"landed|{hour}"


def shard(tenant: str, kind: str, id: str) -> str:
    """The partition, of the sixteen of a kind, that holds an id whose first digit is random.

    Whatever an id begins with, the partitions' order is that of the ids.
    """
    number = bisect(SHARDS, id.removeprefix("u_")[:1]) - 1
    return scoped(tenant, f"{kind}:{SHARDS[max(number, 0)]}")


def shards(tenant: str, kind: str) -> list[str]:
    """The sixteen partitions of a kind, in the order of the ids that they hold."""
    return [scoped(tenant, f"{kind}:{digit}") for digit in SHARDS]


def user(tenant: str, id: str) -> Place:
    return shard(tenant, "user", id), id


def identity(tenant: str, key: str, secret: bytes) -> Place:
    """Where it stands whom an identity key leads to.

    The id of the user who is first seen under a key follows from the key and the tenant's secret.
    So the place of that user is the key's own: it holds the user, or a pointer where the key leads
    to somebody else. Only e-mails have a place apart, with the people of their domain beside them.
    """
    if key.startswith("e:") and (place := _mail(tenant, key.removeprefix("e:"))):
        return place
    return user(tenant, user_id(tenant, key, secret))


def _mail(tenant: str, email: str) -> Place | None:
    labels = host(email).split(".")
    # The last two labels alone: lists of suffixes and free hosts change, and places must not.
    place = scoped(tenant, f"mail:{'.'.join(labels[-2:])}"), f"{'.'.join(labels[::-1])}@{email}"
    return place if len(labels) > 1 and len(place[1].encode()) <= MAX_KEY_BYTES else None


def mail_domain(tenant: str, domain: str) -> tuple[str, tuple[str, str]]:
    """The partition, and the range of sort keys, of the e-mails of a domain and its subdomains.

    The range holds a few other domains too (`acme1.com` beside `acme.com`): see `is_of_domain`.
    """
    labels = domain.split(".")
    backwards = ".".join(labels[::-1])
    span = f"{backwards}.", f"{backwards}@\U0010ffff"
    return scoped(tenant, f"mail:{'.'.join(labels[-2:])}"), span


def is_of_domain(sk: str, domain: str) -> bool:
    backwards = ".".join(domain.split(".")[::-1])
    return sk.startswith((f"{backwards}.", f"{backwards}@"))


def source(tenant: str, pointer: str) -> Place:
    """Where Planhat's sourceId (`us:…`, `cs:…`) leads to a user or an account."""
    return shard(tenant, "source", blake2b(pointer.encode(), digest_size=1).hexdigest()), pointer


def event_key(tenant: str, event: Event, time: int | None = None) -> Place:
    """Where an event's row lies: under the identity key that it arrived with, by time; reports
    apart, so that thousands of them stand in nobody's way to what a user did.

    With `time`, where it would lie if it had that one.
    """
    keys = user_keys(event) or [identity_key("g", event.company_id or "")]
    partition = keys[0] if event.kind is None else f"report:{keys[0]}"
    # Fifteen digits, so that the keys sort as the times do.
    moment = event.time if time is None else time
    return scoped(tenant, partition), f"{moment:015d}#{event.id}"


def event_row(tenant: Tenant, event: Event, line: bytes, receipt: str) -> dict[str, str | int]:
    """An event's row, the same whether the door writes it or `match`."""
    pk, sk = event_key(tenant.id, event)
    item: dict[str, str | int] = {
        "pk": pk,
        "sk": sk,
        "receipt": receipt,
        "n": event.n,
        "ttl": tenant.expires(event.time),
    }
    # A report is shown to nobody: its row only tells a repeat.
    if event.kind is None:
        item["event"] = line.decode()
    if event.digest is not None:
        item["digest"] = event.digest
    return item


def feed(tenant: str) -> str:
    return scoped(tenant, "feed")
