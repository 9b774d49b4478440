"""Users, accounts, rows and books, as large as senders can make them through the real code."""

from typing import Any

import msgspec

from tests.integration.hostile_senders import ESCAPED, FOUR_BYTES, NOW, PLAIN, Senders
from waypost.event import (
    GROUP,
    IDENTIFY,
    MAX_ID,
    MAX_TEXT,
    Event,
    Reject,
)
from waypost.ingest import batches
from waypost.ingest.messages import slices
from waypost.ingest.schema import MAX_CHANGES, MAX_KEY_BYTES, MAX_KEYS, Schema
from waypost.profiles.planhat.dimensions import Point
from waypost.storage.dimensions_table import DynamoDimensions
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.models_table import DynamoModels
from waypost.storage.schema_table import DynamoSchemas


def people(senders: Senders) -> None:
    """Every text as long as it may be."""
    for characters in (FOUR_BYTES, ESCAPED, PLAIN):
        senders.send(senders.longest(characters, action=senders.text(MAX_TEXT, characters)))


def rows(senders: Senders) -> None:
    """Events of 32 KB under each kind of key, and some that are larger."""
    keys: Any = ({"external_id": "r"}, {"email": "r@acme.io"}, {"anonymous_id": "r"})
    group = {"kind": GROUP, "company_id": "r", "verified": True}
    for who in (*keys, {"company_id": "r"}, group):
        for length in (8_100, 8_200):
            full = {"p": senders.text(length)}
            senders.send(Event(time=NOW, properties=full, **{"action": "a"} | who))


def traits(senders: Senders) -> None:
    """A user and an account with as many traits of two letters as there is room for, and one whose
    traits are few and long.
    """
    short = [a + b for a in PLAIN for b in PLAIN if not {a, b} & set('."\\')]
    short += [f"a{name}" for name in short[:2_000]]
    user, company = senders.longest(ESCAPED), senders.longest(ESCAPED)
    for names in slices(short, 500):
        given = dict.fromkeys(names, 1)
        identify = msgspec.structs.replace(user, kind=IDENTIFY, properties=given, verified=True)
        group = msgspec.structs.replace(company, kind=GROUP, properties=given, verified=True)
        senders.send(identify, group)
    for n in range(12):
        long = {"name": senders.text(1_000), senders.text(1_500): n}
        senders.send(Event(time=NOW, external_id="b", kind=IDENTIFY, properties=long))
        senders.send(Event(time=NOW, company_id="b", kind=GROUP, properties=long))


def many_keys(senders: Senders) -> None:
    """A user who gets further keys of every length, and an anonymous one who turns out to be it."""
    senders.send(Event(time=NOW, action="a", anonymous_id="before"))
    lengths = (*range(245, MAX_ID + 1), *[20] * 1_000)
    senders.send(
        *(
            Event(time=NOW, action="a", external_id="c", anonymous_id=senders.text(length))
            for length in lengths
        )
    )
    named = Event(time=NOW, external_id="c", anonymous_id="before", company_id=senders.text(MAX_ID))
    senders.send(msgspec.structs.replace(named, action="a"))


def planhat(senders: Senders) -> None:
    """Names of records and their numbers."""
    account = senders.text(MAX_ID)
    pointers = {f"us:{senders.text(length)}": account for length in (240, 250)}
    models = DynamoModels(senders.directory, DynamoDirectory(senders.directory))
    models.point(senders.tenant.id, pointers, {})
    point = Point("d" * 256, 1.7976931348623157e308, account, NOW, "Company", senders.text(MAX_ID))
    DynamoDimensions(senders.metrics).put(senders.tenant.id, [point])


def refusals(senders: Senders) -> None:
    """A request of refused items alone, each with its payload."""
    rejects = [
        Reject(n, "bad", senders.text(300), senders.text(80), n, senders.text(2_000))
        for n in range(400)
    ]
    senders.send(rejects=rejects)


def feed(senders: Senders) -> None:
    """A request full of the largest events."""
    senders.send(
        *(
            Event(time=NOW, action="a", external_id="d", properties={"p": senders.text(8_000)})
            for _ in range(60)
        )
    )


def types(senders: Senders) -> None:
    """As many property keys as a tenant may have, and more, of the greatest length; and their
    types changed more often than it is remembered.
    """
    alphabets = ((4, FOUR_BYTES), (1, ESCAPED), (1, PLAIN), (1, [*ESCAPED, *PLAIN, "\x7f"]))
    for n, (length, characters) in enumerate(alphabets):
        store = DynamoSchemas(senders.directory)
        tenant, schema = f"{senders.tenant.id[1:]}{n}", Schema()
        learned: dict[str, str] = {}
        for _ in range(MAX_KEYS + 100):
            name = senders.text(MAX_KEY_BYTES // length, characters)
            if schema.has_room(name, len(learned)):
                learned[name] = "boolean"
        schema = schema.grown(learned, "0", NOW)
        for m, name in enumerate([*learned][: MAX_CHANGES + 100]):
            receipt = batches.new_id(NOW, senders.chance.randbytes(16).hex())
            schema = schema.grown({name: "string"}, f"{m:015d}-{receipt}#{m:06d}", NOW)
        assert store.put(tenant, schema)


LARGEST = (rows, people, traits, many_keys, planhat, refusals, feed, types)
