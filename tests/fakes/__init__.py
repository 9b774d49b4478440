"""
In-memory stores that keep the promises of the packages' `ports`.

`tests/integration/test_store_contract.py` runs one suite over these and over the real stores, so
every other test may trust them. What is read from a store is a copy, as it is from AWS.
"""

from tests.fakes.books import FakeBatches, FakeFeed, FakeLedger, FakeSchemas
from tests.fakes.deliveries import FakeDeliveries, FakeSuspects
from tests.fakes.directory import FakeDirectory
from tests.fakes.lake import FakeLake
from tests.fakes.reader import FakeReader
from tests.fakes.rows import FakeRows
from tests.fakes.senders import FakeInbox, FakeOutbox, FakeTenants, FixedClock
from tests.fakes.table import MemoryTable

__all__ = [
    "FakeBatches",
    "FakeDeliveries",
    "FakeDirectory",
    "FakeFeed",
    "FakeInbox",
    "FakeLake",
    "FakeLedger",
    "FakeOutbox",
    "FakeReader",
    "FakeRows",
    "FakeSchemas",
    "FakeSuspects",
    "FakeTenants",
    "FixedClock",
    "MemoryTable",
]
