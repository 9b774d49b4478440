"""Conditional puts as statements of PartiQL, of which a batch carries 25 with an answer for each.

BatchWriteItem knows no conditions and TransactWriteItems joins what must not be joined, at twice
the price. A statement costs what a single conditional put costs, and fails alone.
"""

from collections.abc import Iterator

from waypost.storage import refusals
from waypost.storage.items import Item, wrap

# An item, and what is expected in its place, as `items.guarded_put` takes it.
Write = tuple[Item, Item | None]
MOST = 25
_REFUSED = frozenset({"DuplicateItem", "ConditionalCheckFailed"})


def statement(table: str, item: Item, seen: Item | None) -> Item:
    """One guarded put. An update must name every field that the item it replaces may have."""
    if seen is None:
        fields = wrap(item)
        names = ", ".join(f"'{name}': ?" for name in fields)
        return {
            "Statement": f'INSERT INTO "{table}" VALUE {{{names}}}',
            "Parameters": list(fields.values()),
        }
    ((guard, expected),) = seen.items()
    place = {"pk": item["pk"], "sk": item["sk"]}
    fields = wrap({name: value for name, value in item.items() if name not in place})
    sets = " ".join(f'SET "{name}"=?' for name in fields)
    return {
        "Statement": f'UPDATE "{table}" {sets} WHERE "pk"=? AND "sk"=? AND "{guard}"=?',
        "Parameters": [*fields.values(), *wrap({**place, "seen": expected}).values()],
    }


def replaces_whole(write: Write) -> bool:
    """Whether a statement can say it: an update only sets fields, and leaves the others."""
    item, seen = write
    return seen is None or None not in item.values()


def verdict(response: Item) -> bool | None:
    """Whether a statement was done; None where it must be sent again. Raises as
    `refusals.final` has it."""
    error = response.get("Error")
    if not error:
        return True
    if refusals.passes(error["Code"]):
        return None
    if error["Code"] in _REFUSED:
        return False
    raise refusals.final(error["Code"], error.get("Message", ""))


def rounds(writes: list[Write]) -> Iterator[list[int]]:
    """The numbers of the writes, so that no round has a key twice and each key keeps its order.

    DynamoDB refuses a whole batch in which one key stands twice.
    """
    waiting = list(range(len(writes)))
    while waiting:
        by_key: dict[tuple[str, str], int] = {}
        for n in waiting:
            item = writes[n][0]
            by_key.setdefault((item["pk"], item["sk"]), n)
        yield list(by_key.values())
        taken = set(by_key.values())
        waiting = [n for n in waiting if n not in taken]
