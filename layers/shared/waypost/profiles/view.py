"""The view of the directory that one matching run works on, and the changes it makes to it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from waypost.profiles.directory import Account, User, identity_key, user_keys

_NOTHING: Mapping[str, str] = {}
# Users and accounts, by kind and id.
People = dict[tuple[str, str], User | Account]


class Pointer(NamedTuple):
    """Where an identity key leads: the user's id, and the kind of key (`x`, `e`, `a`) that the id
    was made of. An e-mail also tells its domain where its user is: `told` is the account that a
    sender named and, before it, when (15 digits of epoch ms, `#`). A later word sorts behind.
    """

    user: str
    home: str
    told: str | None = None

    @property
    def account(self) -> str | None:
        return (self.told or "").partition("#")[2] or None


@dataclass(slots=True)
class Change:
    """What a matching run wants written. A user appears once, whatever happened to it.

    By key: `pointers` that are new, and `taught`, what an e-mail tells now and what is to be told.
    By user id: `taken`, where it leads since that user was reserved and never made; the further
    `keys`, with the event time (epoch ms) at which they came up; and the anonymous user `merged`
    with the person that it turned out to be. `adopted` are users who stood and have an external id
    now.
    """

    users: dict[str, User] = field(default_factory=dict)
    new_users: set[str] = field(default_factory=set)
    pointers: dict[str, Pointer] = field(default_factory=dict)
    taken: dict[str, Pointer] = field(default_factory=dict)
    taught: dict[str, tuple[Pointer, str]] = field(default_factory=dict)
    keys: dict[str, dict[str, int]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    adopted: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Lost:
    """The users and accounts of a change that another run wrote first: decide those again."""

    users: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.users or self.accounts)


class Domain:
    """Known users of one e-mail domain, each with the account that a sender named for it."""

    def __init__(self, accounts: dict[str, str] | None = None) -> None:
        self._accounts = dict(accounts or {})
        self.counts = Counter(self._accounts.values())

    def learn(self, user: str, account: str) -> None:
        """Puts a user into an account; one who was in another one counts there no more."""
        if before := self._accounts.get(user):
            self.counts[before] -= 1
        self._accounts[user] = account
        self.counts[account] += 1


class View:
    """The part of the directory that a batch needs, with this run's changes laid over it.

    `merged` are the records of users who were merged into others, as far as keys led through them,
    and `records` by key the record that it led to, where that is such a one.
    """

    def __init__(
        self,
        *,
        pointers: dict[str, Pointer],
        users: Iterable[User],
        accounts: Iterable[Account],
        domains: dict[str, Domain],
        merged: Iterable[User] = (),
        records: Mapping[str, str] = _NOTHING,
    ) -> None:
        self._pointers = dict(pointers)
        self._merged = {user.id: user for user in merged}
        self._records = {key: pointer.user for key, pointer in pointers.items()} | dict(records)
        self._users = {user.id: user for user in users}
        self._accounts = {account.id: account for account in accounts}
        self.domains = domains
        self.change = Change()

    def user_at(self, key: str) -> User | None:
        """The user that an identity key leads to."""
        pointer = self._at(key)
        return None if pointer is None else self._users.get(pointer.user)

    def record_at(self, key: str) -> str:
        """The id of the record that a known key leads to, whoever it was merged into."""
        id = self._records[key]
        taken = self.change.taken.get(id)
        return id if taken is None else taken.user

    def reserved(self, key: str) -> Pointer | None:
        """A pointer whose user does not stand: pointers are written first, and a crash, or
        another run that is not done yet, left it so.
        """
        pointer = self._at(key)
        return None if pointer is None or pointer.user in self._users else pointer

    def _at(self, key: str) -> Pointer | None:
        pointer = self._pointers.get(key)
        return pointer and self.change.taken.get(pointer.user, pointer)

    def take(self, reserved: Pointer, user: User, home: str) -> None:
        """Leads whatever led to a user who was reserved, and does not stand, to this one."""
        self.change.taken[reserved.user] = Pointer(user.id, home)

    def account(self, id: str) -> Account | None:
        return self._accounts.get(id)

    def add_account(self, account: Account) -> None:
        self._accounts[account.id] = self.change.accounts[account.id] = account

    def update_account(self, account: Account, **fields: object) -> None:
        """Sets fields of an account and remembers to write it, where anything differs."""
        if _set(account, fields):
            self.change.accounts[account.id] = account

    def add_user(self, user: User) -> None:
        self._users[user.id] = self.change.users[user.id] = user
        self.change.new_users.add(user.id)

    def point(self, key: str, user: User, home: str) -> bool:
        """Leads a key to a user, made of a key of the kind `home`; False where it leads already."""
        if key in self._pointers:
            return False
        told = "" if key.startswith("e:") else None
        self._pointers[key] = self.change.pointers[key] = Pointer(user.id, home, told)
        self._records[key] = user.id
        return True

    def add_key(self, key: str, user: User, time: int) -> None:
        """Notes one more key of a user whose record holds another of its kind."""
        if key not in user_keys(user):
            self.change.keys.setdefault(user.id, {}).setdefault(key, time)

    def merge(self, key: str, anonymous: User, user: User) -> None:
        """Leads the one key of an anonymous user to the person that it turned out to be."""
        # What is written stays: the key leads to the anonymous user, whose record leads on.
        self._pointers[key] = self._pointers[key]._replace(user=user.id)
        self.change.merged[anonymous.id] = user.id
        self.update(anonymous, merged_into=user.id)

    def update(self, user: User, **fields: object) -> None:
        """Sets fields of a user and remembers to write it, where anything differs."""
        new = user.external_id is None
        if _set(user, fields):
            self.change.users[user.id] = user
            if new and user.external_id is not None and user.id not in self.change.new_users:
                self.change.adopted.add(user.id)

    def written(self, lost: Lost, *, whole: bool = False) -> People:
        """The users and accounts that a commit has written, as they stand now; `whole`: also those
        that were only read.
        """
        users = self._merged | self._users if whole else self.change.users
        accounts = self._accounts if whole else self.change.accounts
        # An anonymous user is written after the person, and not at all where that one was lost.
        ours = (
            user
            for user in users.values()
            if user.id not in lost.users and self.change.merged.get(user.id) not in lost.users
        )
        people: People = {("user", user.id): user for user in ours}
        known = (account for account in accounts.values() if account.id not in lost.accounts)
        return people | {("account", account.id): account for account in known}

    def teach(self, user: User, domain: str) -> None:
        """Tells the user's e-mail which account a sender named, where it does not know that."""
        key = identity_key("e", (user.email or "").casefold())
        pointer = self._pointers.get(key)
        told = f"{user.account_at:015d}#{user.account_id}"
        if pointer is None or pointer.user != user.id or told <= (pointer.told or ""):
            return
        if key in self.change.pointers:
            self.change.pointers[key] = pointer._replace(told=told)
        else:
            before, _ = self.change.taught.get(key, (pointer, ""))
            self.change.taught[key] = before, told
        self._pointers[key] = pointer._replace(told=told)
        self.domains.setdefault(domain, Domain()).learn(user.id, user.account_id or "")


def _set(thing: User | Account, fields: dict[str, object]) -> bool:
    """Sets the fields; False where nothing differed."""
    changed = {name: value for name, value in fields.items() if getattr(thing, name) != value}
    for name, value in changed.items():
        setattr(thing, name, value)
    return bool(changed)
