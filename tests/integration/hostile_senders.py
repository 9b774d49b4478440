"""
One tenant and its senders, with the real stores of the three tables behind them.

Texts are random, so that no compression helps, and of characters that take the most room: four
bytes in UTF-8, or six as an escape in JSON.
"""

from random import Random
from typing import Any

from tests import fakes
from tests.integration.strict import Strict
from tests.integration.worlds import Aws
from waypost.event import (
    MAX_EMAIL,
    MAX_ID,
    MAX_TEXT,
    Batch,
    Event,
    Reject,
)
from waypost.ingest import batches, intake, matching
from waypost.ingest.matching import Work
from waypost.ingest.ports import MatchStores
from waypost.ingest.reception import Reception
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.events_table import DynamoFeed, DynamoRows
from waypost.storage.ledger_table import DynamoLedger
from waypost.storage.schema_table import DynamoSchemas
from waypost.storage.tenants_table import DynamoTenants
from waypost.tenants import Tenant

NOW = 1_800_000_000_000
FOUR_BYTES = [chr(n) for n in range(0x1F300, 0x1F600)]
ESCAPED = [chr(n) for n in range(1, 0x20) if chr(n) not in "\b\t\n\f\r"]
PLAIN = [chr(n) for n in range(0x21, 0x7F)]


class Senders:
    """One tenant with the longest id, and everybody who sends to it or asks it for something."""

    def __init__(self, aws: Aws) -> None:
        self.client = Strict(aws.client("dynamodb"))
        self.names = {
            name: aws.outputs[f"{name}Table"] for name in ("Events", "Directory", "Metrics")
        }
        self.events, self.directory, self.metrics = (
            Table(self.client, name) for name in self.names.values()
        )
        self.tenant = Tenant("t" * 64)
        self.chance = Random(1)
        self._sent = 0

    def text(self, length: int, characters: list[str] = FOUR_BYTES) -> str:
        return "".join(self.chance.choices(characters, k=length))

    def longest(self, characters: list[str] = FOUR_BYTES, **fields: Any) -> Event:
        """An event in which every text is as long as it may be."""
        texts = ("external_id", "company_id", "anonymous_id", "session", "module", "feature")
        values: dict[str, Any] = {name: self.text(MAX_ID, characters) for name in texts}
        values["name"] = self.text(MAX_TEXT, characters)
        # Longer than a key may be, its hash would stand there, and under no domain.
        most = MAX_EMAIL - 10 if characters is not FOUR_BYTES else 235
        values["email"] = self.text(most, characters) + "@a.acme.io"
        return Event(time=NOW, **values | fields)

    def send(self, *events: Event, rejects: list[Reject] | None = None) -> None:
        """One request, through the door and `match`."""
        self._sent += 1
        for n, event in enumerate(events):
            event.n = n
        receipt = batches.new_id(NOW, f"{self._sent:032x}")
        reception = Reception(self.tenant, receipt, "synerise", NOW, batch=receipt)
        outbox = fakes.FakeOutbox()
        identifier = intake.identifier(reception, receipt)
        batch = Batch(list(events), rejects or [])
        intake.accept(batch, reception, identifier, outbox=outbox, rows=fakes.FakeRows())
        received = [outbox.read(body) for _, body in outbox.sent]
        matching.match(Work(self.tenant, received), stores=self._stores(), now=NOW)

    def _stores(self) -> MatchStores:
        return MatchStores(
            DynamoDirectory(self.directory),
            DynamoRows(self.events),
            DynamoLedger(self.directory),
            DynamoFeed(self.events),
            fakes.FakeLake(),
            DynamoBatches(self.directory),
            DynamoSchemas(self.directory),
            DynamoTenants(self.directory),
            fakes.FakeInbox(),
        )
