"""GET and PUT /api/v1/schema: the types of a tenant's property keys."""

import msgspec
from msgspec import Struct

from waypost import times
from waypost.errors import Refused, Unavailable
from waypost.ingest.ports import SchemaStores
from waypost.ingest.schema import MAX_KEY_BYTES, MAX_KEYS, Schema, Type
from waypost.insights.listed import TAKES, holds
from waypost.web import narrowing
from waypost.web.api.settings import Strict, invalid, read
from waypost.web.asking import Parameters


class _KeyType(Strict):
    type: Type


class KeyAnswer(Struct):
    """A property key; `first_seen` is ISO 8601 in UTC."""

    key: str
    type: str
    first_seen: str


class SchemaAnswer(Struct):
    schema: list[KeyAnswer]
    total: int


def types(tenant: str, parameters: Parameters, stores: SchemaStores) -> SchemaAnswer:
    """The type of every property key that was ever seen, by key."""
    narrows = narrowing.narrows(parameters, TAKES["schema"])
    parameters.refuse_rest()
    # Read now: whoever has just changed a type wants to see it, not the one of a minute ago.
    schema = stores.schemas.get(tenant, fresh=True)
    keys = [_typed(schema, key) for key in sorted(schema.types)]
    listed = [key for key in keys if holds(msgspec.structs.asdict(key), narrows)]
    return SchemaAnswer(listed, len(listed))


def change_type(tenant: str, key: str, body: bytes, stores: SchemaStores) -> KeyAnswer:
    """Gives a key its type, from now on; events that are stored already stay as they are.

    Raises `Refused` for a type or key that there cannot be, and where all keys are taken.
    """
    wanted = read(_KeyType, body).type
    # Under this name intake keeps it.
    key = key.replace(".", "_")
    if not 0 < len(key.encode()) <= MAX_KEY_BYTES:
        raise invalid(f"a key with a type has 1 to {MAX_KEY_BYTES} bytes", "key")
    now = stores.clock()
    # `match` writes the same schema whenever it meets a new key: read again and decide again.
    for _ in stores.deadline.tries():
        schema = stores.schemas.get(tenant, fresh=True)
        if key not in schema.types and not schema.has_room(key):
            raise Refused(f"{MAX_KEYS} keys have a type; there is no room", code="schema_full")
        # Sorts among the places of receptions, which begin with their time as well.
        grown = schema.grown({key: wanted}, f"{now:015d}", now)
        if grown is schema or stores.schemas.put(tenant, grown):
            return _typed(grown, key)
    raise Unavailable("others are changing these types; send the same again")


def _typed(schema: Schema, key: str) -> KeyAnswer:
    return KeyAnswer(key, schema.types[key], times.iso(schema.first_seen[key]))
