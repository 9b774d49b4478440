"""Random histories of users and accounts, and who everybody is after them, in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import msgspec

from waypost.lake import changes, people, sql
from waypost.lake.records import Changed, ChangedAccount, ChangedUser, changed, pack
from waypost.profiles.directory import Account, User

USERS = [f"u{n}" for n in range(7)]
ACCOUNTS = ["acme", "bolt", "ceta"]
Rows = dict[str, list[tuple[Any, ...]]]

COLUMNS = {
    "users": "id, created, version, name, account_id, merged_into, traits, verified, reason",
    "accounts": "id, created, version, name, traits",
    "who": "user_id, person, account",
    "alias": "company_id, account",
}


def history(random: Random, steps: int) -> list[Changed]:
    """What a directory writes while people come, move, merge, part, go and come back."""
    standing: dict[str, User | Account] = {}
    lines: list[Changed] = []
    for now in range(1, steps + 1):
        id = random.choice([*USERS, *USERS, *ACCOUNTS])
        thing = standing.get(id)
        if thing is None:
            standing[id] = Account(id, created=now) if id in ACCOUNTS else User(id, created=now)
        elif random.random() < 0.2:
            lines.append(changed(standing.pop(id), gone=True))
            continue
        else:
            fields = _change(random, thing)
            standing[id] = msgspec.structs.replace(thing, version=thing.version + 1, **fields)
        lines.append(changed(standing[id]))
    return lines


def _change(random: Random, thing: User | Account) -> dict[str, Any]:
    kind = random.choice(["name", "traits", "account", "merge", "merge", "part"])
    if kind == "name" or (isinstance(thing, Account) and kind != "traits"):
        return {"name": random.choice(["Ann", "Bob", None])}
    if kind == "traits":
        return {"traits": {"plan": random.choice(["pro", 'a "free" one', None])}}
    if kind == "account":
        return {"account_id": random.choice([*ACCOUNTS, None]), "verified": True, "reason": "given"}
    # Anybody into anybody: rounds and merges into oneself must not trap a run either.
    return {"merged_into": random.choice(USERS) if kind == "merge" else None}


def recount(lines: Iterable[Changed]) -> Rows:
    """The rows of each view once all these changes are known, however they came."""
    newest: dict[tuple[type, str], Changed] = {}
    for line in sorted(lines, key=lambda line: (line.created, line.version)):
        newest[type(line), line.id] = line
    live = [line for line in newest.values() if not line.gone]
    users = {line.id: line for line in live if isinstance(line, ChangedUser)}
    accounts = sorted(line.id for line in live if isinstance(line, ChangedAccount))
    persons = {id: _person(users, id) for id in sorted(users)}
    return {
        "users": [_row(users[id], COLUMNS["users"]) for id in sorted(users)],
        "accounts": [_row(newest[ChangedAccount, id], COLUMNS["accounts"]) for id in accounts],
        "who": [
            (id, who, users[who].account_id if who in users else None)
            for id, who in persons.items()
        ],
        "alias": [(id, id) for id in accounts],
    }


def _person(users: dict[str, ChangedUser], id: str) -> str:
    path = [id]
    while (user := users.get(path[-1])) and user.merged_into is not None:
        if user.merged_into in path:
            return min(path[path.index(user.merged_into) :])
        path.append(user.merged_into)
    return path[-1]


def _row(line: Changed, columns: str) -> tuple[Any, ...]:
    fields = msgspec.structs.asdict(line)
    fields["traits"] = msgspec.json.encode(fields["traits"]).decode()
    return tuple(fields[name] for name in columns.split(", "))


@dataclass
class People:
    """The files of people in a folder, run after run."""

    folder: Path

    def __post_init__(self) -> None:
        self.base: dict[str, Path] = {}
        self.runs = 0

    def fold(self, objects: Iterable[list[Changed]], now: int = 0) -> None:
        self.runs += 1
        folder = self.folder / str(self.runs)
        folder.mkdir()
        with duckdb.connect(config={"threads": 1}) as db:
            self._read(db, objects, now)
            files = people.fold(db, self.base, folder, now)
        self.base |= {table: file.path for table, file in files.items()}

    def rows(self, fresh: Iterable[list[Changed]] = ()) -> Rows:
        """What the views say, with `fresh` changes laid over the files."""
        base = {table: sql.parquet(path) for table, path in self.base.items()}
        with duckdb.connect(config={"threads": 1}) as db:
            if objects := list(fresh):
                self._read(db, objects, 0)
            people.lay(db, dict.fromkeys(COLUMNS), base, changed=bool(objects))
            return {
                table: db.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()
                for table, columns in COLUMNS.items()
            }

    def _read(self, db: Any, objects: Iterable[list[Changed]], now: int) -> None:
        changes.start(db)
        whole = list(objects)
        # Two files: more would take their time and find no more.
        paths = [self.folder / "first.ndjson.zst", self.folder / "second.ndjson.zst"]
        for path, some in zip(paths, (whole[::2], whole[1::2]), strict=True):
            path.write_bytes(pack([line for lines in some for line in lines]))
        changes.read(db, paths[: len(whole)], now)
