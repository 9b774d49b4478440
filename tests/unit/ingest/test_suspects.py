"""Which messages may have ended a function, and in what order and company they are worked."""

from collections import Counter
from itertools import chain

from waypost.ingest import suspects
from waypost.ingest.queue_records import Record

NOW = 1_800_000_000_000
MINUTE_MS = 60_000


def test_a_first_delivery_is_never_suspected_however_long_ago() -> None:
    assert innocent(delivered("m", receives=1, minutes=60))


def test_what_comes_again_within_minutes_was_given_back_for_nothing_else_is_so_soon() -> None:
    assert innocent(delivered("m", receives=2, minutes=1))
    assert innocent(delivered("m", receives=7, minutes=11))


def test_what_comes_again_after_its_queue_had_hidden_it_may_have_ended_its_function() -> None:
    assert not innocent(delivered("m", receives=2, minutes=12))
    assert not innocent(delivered("m", receives=9, minutes=60))


def test_a_record_that_says_nothing_of_itself_is_innocent() -> None:
    assert innocent({"messageId": "m", "body": ""})


def test_ten_are_worked_each_alone_and_a_thousand_in_ten_parts() -> None:
    assert sizes([delivered(f"m{n}") for n in range(10)]) == [1] * 10
    assert sizes([delivered(f"m{n}") for n in range(1_000)]) == [100] * 10
    assert sizes([delivered("m")]) == [1]


def test_who_was_begun_and_not_ended_goes_last_and_alone_most_suspected_last() -> None:
    records = [delivered(f"m{n}") for n in range(30)]
    begun = Counter({"m3": 1, "m4": 3, "m5": 2})

    parts = [[record["messageId"] for record in part] for part in parts_of(records, begun)]

    assert parts[-3:] == [["m3"], ["m5"], ["m4"]]
    assert not {"m3", "m4", "m5"} & set(chain(*parts[:-3]))


def test_after_many_failures_a_tenants_messages_stay_together() -> None:
    records = [delivered(f"m{n}", receives=9, minutes=60, tenant=f"t{n % 40}") for n in range(200)]

    parts = parts_of(records)

    tenants = [{record["attributes"]["MessageGroupId"] for record in part} for part in parts]
    assert sum(map(len, tenants)) == 40
    assert len(parts) == 10


def test_no_part_is_larger_than_its_mark_can_hold() -> None:
    records = [delivered(f"m{n}", receives=9, minutes=60) for n in range(250)]

    assert sizes(records) == [100, 100, 50]


def test_every_suspected_record_is_in_one_part() -> None:
    records = [
        delivered(f"m{n}", receives=2 + n % 9, minutes=60, tenant=f"t{n % 7}") for n in range(333)
    ]
    begun = Counter({f"m{n}": n for n in range(0, 333, 11)})

    worked = [record["messageId"] for part in parts_of(records, begun) for record in part]

    assert sorted(worked) == sorted(record["messageId"] for record in records)


def innocent(record: Record) -> bool:
    return suspects.told_apart([record], NOW) == ([record], [])


def parts_of(records: list[Record], begun: Counter[str] | None = None) -> list[list[Record]]:
    return list(suspects.in_parts(records, begun or Counter()))


def sizes(records: list[Record]) -> list[int]:
    return [len(part) for part in parts_of(records)]


def delivered(id: str, *, receives: int = 2, minutes: int = 20, tenant: str = "t1") -> Record:
    attributes = {
        "ApproximateReceiveCount": str(receives),
        "ApproximateFirstReceiveTimestamp": str(NOW - minutes * MINUTE_MS),
        "MessageGroupId": tenant,
    }
    return {"messageId": id, "body": "", "attributes": attributes}
