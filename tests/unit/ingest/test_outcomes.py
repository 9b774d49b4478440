"""What becomes of the records of an invocation: whatever nobody calls done comes again."""

from tests import fakes
from waypost.ingest.outcomes import Outcomes
from waypost.ingest.queue_records import Record

RECORDS: list[Record] = [{"messageId": f"m{n}"} for n in range(4)]


def test_a_record_that_nobody_speaks_of_comes_again() -> None:
    outcomes = Outcomes(RECORDS, fakes.FakeDeliveries())

    outcomes.done(RECORDS[:1])

    assert outcomes.again() == ["m1", "m2", "m3"]


def test_what_failed_is_not_done_whoever_says_so_later() -> None:
    deliveries = fakes.FakeDeliveries()
    outcomes = Outcomes(RECORDS, deliveries)

    outcomes.failed(RECORDS[:1])
    outcomes.done(RECORDS)
    outcomes.settle()

    assert outcomes.again() == ["m0"]
    assert deliveries.deleted == ["m1", "m2", "m3"]


def test_sqs_is_told_of_each_record_once() -> None:
    deliveries = fakes.FakeDeliveries()
    outcomes = Outcomes(RECORDS, deliveries)
    outcomes.done(RECORDS[:1])
    outcomes.failed(RECORDS[1:2])
    outcomes.settle()
    deliveries.hidden.clear()

    outcomes.late(RECORDS[2:])

    assert outcomes.again() == ["m1", "m2", "m3"]
    assert (deliveries.deleted, deliveries.hidden) == (["m0"], {"m2": 0, "m3": 0})
