"""What landed of users and accounts, folded as readers fold it, beside the directory itself."""

import msgspec

from tests import fakes
from waypost.lake import records
from waypost.lake.records import Changed


def folded(lake: fakes.FakeLake, tenant: str) -> dict[tuple[str, str], Changed]:
    """By kind and id, the latest record of everybody who is not gone."""
    latest: dict[tuple[str, str], Changed] = {}
    for entry in lake.changes(tenant, ""):
        for change in records.unpack_changes(lake.objects[entry.key]):
            kind = "user" if isinstance(change, records.ChangedUser) else "account"
            standing = latest.get((kind, change.id))
            if standing is None or _age(standing) < _age(change):
                latest[kind, change.id] = change
    return {place: change for place, change in latest.items() if not change.gone}


def differing(lake: fakes.FakeLake, directory: fakes.FakeDirectory, tenant: str) -> list[str]:
    """Who is another in the lake than in the directory, or stands in only one of them."""
    standing = {("user", user.id): user for user in directory.everybody} | {
        ("account", account.id): account for account in directory.every_account
    }
    known = {place: msgspec.to_builtins(records.changed(each)) for place, each in standing.items()}
    read = {place: msgspec.to_builtins(each) for place, each in folded(lake, tenant).items()}
    return sorted(
        id for kind, id in known.keys() | read if known.get((kind, id)) != read.get((kind, id))
    )


def _age(change: Changed) -> tuple[int, int, bool]:
    return change.created, change.version, change.gone
