"""Who sends what: senders × the people whose activity it is."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from waypost import times

USERS = 1_000
Item = dict[str, Any]


@dataclass(frozen=True)
class People:
    """Whose activity it is: of a thousand known users in so many accounts, or each a new one."""

    name: str
    accounts: int
    known: bool = True

    def drawn(self, seed: int) -> Iterator[tuple[str, str]]:
        """User and account of one event after the other."""
        chance, new = Random(seed), count()
        while True:
            user = chance.randrange(USERS)
            # The stride spreads neighbours in the count over all accounts.
            account = f"account-{user * 7919 % self.accounts}"
            yield (f"user-{user}" if self.known else f"new-{seed}-{next(new)}"), account

    def everybody(self) -> list[tuple[str, str]]:
        return [(f"user-{n}", f"account-{n * 7919 % self.accounts}") for n in range(USERS)]


PEOPLE = (
    People("1,000 users, 200 accounts", 200),
    People("1,000 users, 700 accounts", 700),
    People("all new, 200 accounts", 200, known=False),
)


@dataclass(frozen=True)
class Sender:
    """A door, how many events a request holds, and a request's body of them."""

    name: str
    door: str
    events: int
    body: Callable[[list[Item]], Any]
    item: Callable[[str, str, int], Item]

    def request(self, drawn: Iterator[tuple[str, str]], now: int) -> Any:
        who = [next(drawn) for _ in range(self.events)]
        return self.body([self.item(*one, now - n) for n, one in enumerate(who)])


def _browser(user: str, account: str, at: int) -> Item:
    """As the script sends it: with a key, a date and the time of sending."""
    return _plain(user, account, at) | {
        "messageId": str(uuid4()),
        "date": times.iso(at),
        "sentAt": times.iso(time.time_ns() // 1_000_000),
        "session": f"session-of-{user}",
        "page": "https://app.example.com/settings/members",
    }


def _sdk(user: str, account: str, at: int) -> Item:
    """As Segment's clients send it."""
    return {
        "type": "track",
        "userId": user,
        "event": "Logged in",
        "properties": {"plan": "pro", "seats": 12},
        "context": {
            "groupId": account,
            "library": {"name": "analytics-python", "version": "2.3.4"},
        },
        "messageId": str(uuid4()),
        "timestamp": times.iso(at),
    }


def _plain(user: str, account: str, _at: int) -> Item:
    """A live Planhat event: neither key nor date."""
    return {
        "externalId": user,
        "companyExternalId": account,
        "action": "Logged in",
        "info": {"plan": "pro", "seats": 12},
    }


def _dated(user: str, account: str, at: int) -> Item:
    return _plain(user, account, at) | {"date": times.iso(at)}


def _history(user: str, account: str, at: int) -> Item:
    """Older than the retention: for the lake alone."""
    return _plain(user, account, at) | {"date": times.iso(at - 10 * 365 * times.DAY_MS)}


def _batch(items: list[Item]) -> Item:
    return {"batch": items, "sentAt": times.iso(time.time_ns() // 1_000_000)}


BROWSER = Sender("browser, 1 a request", "planhat", 1, list, _browser)
SDK = Sender("SDK, 20 a request", "segment", 20, _batch, _sdk)
PLAIN = Sender("plain, 1 a request", "planhat", 1, list, _plain)
BULK = Sender("bulk, 1,000 a request", "planhat", 1_000, list, _dated)
HISTORY = Sender("bulk of history", "planhat", 1_000, list, _history)
SENDERS = (BROWSER, SDK, PLAIN, BULK)
