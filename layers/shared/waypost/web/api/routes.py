"""What can be read, by route below /api/v1: lists and single things, and questions."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from waypost import services
from waypost.insights.ports import QuestionStores
from waypost.web.api import batches, events, ledger, metrics, profiles, runs, schema
from waypost.web.asking import Parameters

# From the tenant, and the name in the path or else the query.
Reading = tuple[Callable[..., Struct], Callable[[], Any]]
Question = Callable[[str, Parameters, QuestionStores], Struct]

READINGS: dict[str, Reading] = {
    "events": (events.events, services.event_stores),
    "accounts": (profiles.accounts, services.profile_stores),
    "users": (profiles.users, services.profile_stores),
    "unassigned": (profiles.unassigned, services.profile_stores),
    "batches": (batches.batches, services.batches),
    "ledger": (ledger.ledger, services.ledger_stores),
    "metrics": (metrics.series, services.question_stores),
    "schema": (schema.types, services.schema_stores),
    "accounts/<name>": (profiles.account, services.profile_stores),
    "users/<name>": (profiles.user, services.profile_stores),
    "batches/<name>": (batches.batch, services.batches),
    "runs/<name>": (runs.run, services.runs),
}

QUESTIONS: dict[str, Question] = {}
