"""What lists and questions are answered from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from waypost.services import doors, lakes, process, tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from waypost.insights.ports import (
        EventStores,
        JobDesk,
        JobStores,
        KindStores,
        LedgerStores,
        ProfileStores,
        QuestionStores,
        SavingStores,
    )


def event_stores() -> EventStores:
    from waypost.insights.ports import EventStores

    return EventStores(
        tables.tenants(),
        tables.directory(),
        tables.rows(),
        tables.feed(),
        lakes.reader(),
        process.clock,
    )


def profile_stores() -> ProfileStores:
    from waypost.insights.ports import ProfileStores

    return ProfileStores(tables.directory(), lakes.limited_reader(), process.clock)


def ledger_stores() -> LedgerStores:
    from waypost.insights.ports import LedgerStores

    return LedgerStores(tables.ledger(), lakes.reader(), tables.manifests(), lakes.lake())


def question_stores() -> QuestionStores:
    from waypost.insights.ports import QuestionStores

    return QuestionStores(tables.tenants(), lakes.limited_reader(), process.clock)


def saving_stores() -> SavingStores:
    from waypost.insights.ports import SavingStores

    return SavingStores(tables.saved_questions(), tables.tenants(), process.clock)


def kind_stores() -> KindStores:
    from waypost.insights.ports import KindStores

    return KindStores(question_stores(), profile_stores())


def job_stores() -> JobStores:
    from waypost.insights.ports import JobStores

    return JobStores(tables.jobs(), doors.job_outbox(), lakes.answer_links(), process.clock)


def job_desk() -> JobDesk:
    """What questions are answered from that no answer has time for."""
    from waypost.insights.ports import JobDesk, KindStores, ProfileStores, QuestionStores
    from waypost.lake.limits import Limits

    def stores(told: Callable[[int, int], None]) -> KindStores:
        limits = Limits(seconds=_seconds_for_jobs, bytes=lakes.MOST_OF_A_JOB, told=told)
        reader = lakes.large_lakes(lakes.reader_within(limits))
        return KindStores(
            QuestionStores(tables.tenants(), reader, process.clock),
            ProfileStores(tables.directory(), reader, process.clock),
        )

    return JobDesk(tables.jobs(), lakes.lake(), stores, process.clock)


def _seconds_for_jobs() -> float:
    return process.deadline().patience(math.inf) - lakes.ANSWER_SECONDS
