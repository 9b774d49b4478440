"""A table of DynamoDB in memory: what the stores ask of `storage.dynamo.Table`, and no more."""

from collections.abc import Iterator
from copy import deepcopy

from waypost.storage.items import Item, unwrap, wrap
from waypost.storage.statements import Write


class MemoryTable:
    """Items by (pk, sk)."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def get(self, pk: str, sk: str) -> Item | None:
        return deepcopy(self.items.get((pk, sk)))

    def get_many(self, keys: list[tuple[str, str]], fields: str | None = None) -> Iterator[Item]:
        for key in dict.fromkeys(keys):
            if key in self.items:
                item = deepcopy(self.items[key])
                names = fields.split(",") if fields else list(item)
                yield {name: item[name] for name in names if name in item}

    def put(self, item: Item) -> None:
        self.items[item["pk"], item["sk"]] = unwrap(wrap(item))

    def put_over(self, item: Item, seen: Item | None) -> bool:
        (done,) = self.put_each([(item, seen)])
        return done

    def put_many(self, items: list[Item]) -> None:
        for item in items:
            self.put(item)

    def delete_many(self, keys: list[tuple[str, str]]) -> None:
        for key in keys:
            self.items.pop(key, None)

    def put_each(self, writes: list[Write]) -> list[bool]:
        return [self._put(item, seen) for item, seen in writes]

    def put_together(self, writes: list[Write]) -> bool:
        before = dict(self.items)
        done = all(self._put(item, seen) for item, seen in writes)
        if not done:
            self.items.clear()
            self.items.update(before)
        return done

    def _put(self, item: Item, seen: Item | None) -> bool:
        standing = self.items.get((item["pk"], item["sk"]))
        if seen is None:
            free = standing is None
        else:
            ((name, value),) = seen.items()
            free = standing is not None and standing.get(name) == value
        if free:
            self.put(item if seen is None else {**(standing or {}), **item})
        return free or standing == unwrap(wrap(item))

    def query(
        self,
        pk: str,
        *,
        prefix: str | None = None,
        after: str | None = None,
        before: str | None = None,
        between: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Item]:
        names = sorted((sk for owner, sk in self.items if owner == pk), key=str.encode)
        kept = [
            sk
            for sk in (names[::-1] if newest_first else names)
            if (prefix is None or sk.startswith(prefix))
            and (after is None or sk.encode() > after.encode())
            and (before is None or sk.encode() < before.encode())
            and (between is None or between[0].encode() <= sk.encode() <= between[1].encode())
        ]
        yield from (deepcopy(self.items[pk, sk]) for sk in kept[:limit])
