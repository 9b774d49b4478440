"""SQS as `match` sees it: messages in flight, receive counts, dead letters; killed functions."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.killers import Crash
from tests.template.stack import the_stack
from waypost.ingest.queue_records import Record

_QUEUE = the_stack().of_type("AWS::SQS::Queue")["MatchQueue"]
HIDDEN_MS = _QUEUE["VisibilityTimeout"] * 1000
_WINDOW_MS = 5_000
RECEIVES = _QUEUE["RedrivePolicy"]["maxReceiveCount"]


@dataclass
class Waiting:
    """One message of the queue, and when it can be received."""

    tenant: str
    body: str
    visible: int
    first_received: int = 0
    receives: int = 0


@dataclass
class HiddenQueue:
    """A queue and the poller before `match`. `now` is epoch ms, and only the queue moves it."""

    now: int
    batch: int = 1_000
    waiting: dict[str, Waiting] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    done_at: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    invocations: int = 0

    def send(self, id: str, tenant: str, body: str) -> None:
        self.waiting[id] = Waiting(tenant, body, self.now)

    def hide(self, pauses: list[tuple[Record, int]]) -> None:
        for record, seconds in pauses:
            if record["messageId"] in self.waiting:
                self.waiting[record["messageId"]].visible = self.now + seconds * 1000

    def delete(self, records: list[Record]) -> None:
        for record in records:
            message = self.waiting.pop(record["messageId"], None)
            if message is not None:
                self.done_at[record["messageId"]] = message.receives

    def run_empty(self, match: Callable[[list[Record]], list[str]]) -> None:
        """Hands messages to `match` until each is done or a dead letter."""
        while self.waiting:
            self.wait_for(min(message.visible for message in self.waiting.values()))
            self.turn(match)

    def wait_for(self, visible: int) -> None:
        """Until that moment, or longer: the poller gathers messages for a while."""
        self.now = max(self.now, visible) + _WINDOW_MS

    def turn(self, match: Callable[[list[Record]], list[str]]) -> None:
        """Hands a batch of what can be received now to `match`."""
        if records := self._receive():
            self._invoke(match, records)

    def _receive(self) -> list[Record]:
        visible = [id for id, message in self.waiting.items() if message.visible <= self.now]
        return [record for id in visible[: self.batch] if (record := self._deliver(id))]

    def _deliver(self, id: str) -> Record | None:
        message = self.waiting[id]
        if message.receives == RECEIVES:
            self.dead.append(id)
            del self.waiting[id]
            return None
        message.receives += 1
        message.first_received = message.first_received or self.now
        message.visible = self.now + HIDDEN_MS
        return {
            "messageId": id,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.receives),
                "ApproximateFirstReceiveTimestamp": str(message.first_received),
                "MessageGroupId": message.tenant,
            },
        }

    def _invoke(self, match: Callable[[list[Record]], list[str]], records: list[Record]) -> None:
        self.invocations += 1
        try:
            failed = set(match(records))
        except Crash:
            self.kills += 1
            return
        self.delete([record for record in records if record["messageId"] not in failed])

    def deliveries_of(self, ids: list[str]) -> Counter[int]:
        """How many of these messages were done by their first delivery, their second, …"""
        return Counter(self.done_at[id] for id in ids)
