"""`waypost tail`: the newest events, and those that follow."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from waypost.cli import connection
from waypost.cli.output import bold, data, is_terminal, json_line, note, printable

if TYPE_CHECKING:
    from waypost.sdk.client import Client

MAX_SHOWN = 500
_POLL_SECONDS = 1.0
_REMEMBERED = 10_000

Event = dict[str, Any]


def tail(
    context: typer.Context,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what arrives, until Ctrl-C.")
    ] = False,
    lines: Annotated[
        int,
        typer.Option("--lines", "-n", min=0, max=MAX_SHOWN, help="How many events to begin with."),
    ] = 20,
    account: Annotated[str | None, typer.Option(help="Only events of this account.")] = None,
    user: Annotated[
        str | None, typer.Option(help="Only events of this user: e-mail, external id or id.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Prints the newest events, the newest last.

    One line each: time, user, action, account; names and accounts are those of now.
    """
    with connection.reader(context) as client, contextlib.suppress(KeyboardInterrupt):
        feed = Feed(client, account, user)
        _show(feed.newest(lines), as_json)
        if follow and is_terminal(sys.stderr):
            note("waiting for events; Ctrl-C quits")
        while follow:
            time.sleep(_POLL_SECONDS)
            _show(feed.newer(), as_json)


class Feed:
    """The live feed of a tenant, of one account, or of one user; no event comes twice."""

    def __init__(self, client: "Client", account: str | None, user: str | None) -> None:
        self._client = client
        self._account = account
        self._name = user
        self._user = client.read(f"users/{quote(user, safe='')}")["id"] if user else None
        self._latest = "0"
        self._seen: dict[str, None] = {}

    def newest(self, count: int) -> list[Event]:
        """The newest events, oldest of them first."""
        # The cursor comes before the events of one, so that none falls between the two answers.
        page = self._client.read("events", limit=max(count, 1))
        self._latest = page["latest"] or "0"
        if self._user is not None or self._account is not None:
            only = {"user": self._name} if self._user is not None else {"account": self._account}
            page = self._client.read("events", limit=max(count, 1), **only)
        chosen = [event for event in page["events"] if self._wanted(event)]
        self._remember(chosen)
        return list(reversed(chosen[:count]))

    def newer(self) -> Iterator[Event]:
        """What arrived since the last call, oldest first."""
        while (page := self._client.read("events", after=self._latest))["events"]:
            self._latest = page["latest"]
            # May hold what the first answer showed already: its cursor was taken before it.
            chosen = [event for event in page["events"] if self._wanted(event)]
            yield from (event for event in chosen if event["id"] not in self._seen)
            self._remember(chosen)

    def _wanted(self, event: Event) -> bool:
        mine = self._user is None or event["user"]["id"] == self._user
        return mine and self._account in (None, event["account_id"])

    def _remember(self, events: list[Event]) -> None:
        for event in events:
            self._seen[event["id"]] = None
        # The oldest go first, since a dictionary keeps the order in which its keys came.
        for _ in range(len(self._seen) - _REMEMBERED):
            del self._seen[next(iter(self._seen))]


def sentence(event: Event) -> str:
    """One event as one line that no name in it can break."""
    user = event.get("user") or {}
    names = (user.get(key) for key in ("name", "email", "external_id", "id"))
    name = next((text for text in names if text), "(no user)")
    reason = event.get("reason")
    nowhere = f"(no account: {reason})" if reason else "(no account)"
    parts = [
        str(event["time"]),
        bold(printable(name)),
        printable(event.get("action") or "(no action)") + _times(event.get("count")),
        printable(event.get("account_id") or nowhere),
    ]
    return "  ".join(parts)


def _times(count: int | None) -> str:
    return f" ×{count:,}" if count and count > 1 else ""


def _show(events: "list[Event] | Iterator[Event]", as_json: bool) -> None:
    for event in events:
        data(json_line(event) if as_json else sentence(event))
