"""A file of people that nobody knows yet, dropped into the inbox, and clicks sent beside it."""

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.conftest import Customer, Local, eventually

COLUMNS = ("externalId", "email", "companyExternalId", "action", "date")
CLICKS = "clicks"  # the company of whoever clicks beside the import


def people(users: int, companies: int, *, seed: int = 1) -> list[dict[str, str]]:
    """A row for each of so many users, in no order, over the last ten days."""
    chance, now = Random(seed), datetime.now(UTC).replace(microsecond=0)
    rows = [
        {
            "externalId": f"u{n}",
            "email": f"u{n}@company-{n % companies}.com",
            "companyExternalId": f"c{n % companies}",
            "action": "Logged in",
            "date": (now - timedelta(seconds=chance.randrange(10 * 86_400))).isoformat(),
        }
        for n in range(users)
    ]
    chance.shuffle(rows)
    return rows


def csv_file(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def drop(local: Local, customer: Customer, name: str, data: bytes) -> None:
    """Into the inbox bucket, where a notification brings it to `load`."""
    key = f"drops/{customer.tenant}/{name}"
    local.client("s3").put_object(Bucket=local.outputs["InboxBucket"], Key=key, Body=data)


def matched(local: Local, customer: Customer) -> int:
    """The rows of all files that are matched by now."""
    batches = local.get(customer, "batches?limit=100")["batches"]
    return sum(int(batch["matched"]) for batch in batches)


def dead_letters(local: Local) -> int:
    """How many messages lie in the dead-letter queue."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = local.client("sqs").get_queue_attributes(
        QueueUrl=local.outputs["DeadLettersUrl"], AttributeNames=names
    )
    return sum(int(answer["Attributes"][name]) for name in names)


@dataclass
class Clicker:
    """Somebody who is known, and clicks while a file is being imported."""

    local: Local
    customer: Customer
    seconds: list[float] = field(default_factory=list)

    def click(self) -> float:
        """One click by itself; returns once everybody sees it, and how many seconds that took."""
        action, begun = f"Clicked {len(self.seconds)}", time.monotonic()
        body = {"externalId": "clicker", "companyExternalId": CLICKS, "action": action}
        status, answer, _ = self.local.send("POST", f"/analytics/{self.customer.tenant}", body)
        assert status == 200, (status, answer)
        # The feed of an account is written by `match` alone.
        eventually(lambda: list(self._shown()), lambda shown: action in shown, 600)
        self.seconds.append(time.monotonic() - begun)
        return self.seconds[-1]

    def _shown(self) -> Iterator[str]:
        answer: Any = self.local.get(self.customer, f"events?account={CLICKS}&limit=20")
        yield from (event["action"] for event in answer["events"])
