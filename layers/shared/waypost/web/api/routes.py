"""What can be read, by route below /api/v1: lists and single things, and questions."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from waypost import services
from waypost.insights.ports import QuestionStores
from waypost.web.api import (
    batches,
    changes,
    events,
    funnels,
    jobs,
    ledger,
    metrics,
    paths,
    profiles,
    retention,
    runs,
    saved,
    schema,
    sessions,
    settings,
)
from waypost.web.asking import Parameters

# From the tenant, the parameters or else the name in the path, and the stores.
Reading = tuple[Callable[..., Struct], Callable[[], Any]]
Question = Callable[[str, Parameters, QuestionStores], Struct]

LISTS: dict[str, Reading] = {
    "events": (events.events, services.event_stores),
    "accounts": (profiles.accounts, services.profile_stores),
    "users": (profiles.users, services.profile_stores),
    "unassigned": (profiles.unassigned, services.profile_stores),
    "batches": (batches.batches, services.batches),
    "ledger": (ledger.ledger, services.ledger_stores),
    "schema": (schema.types, services.schema_stores),
    "questions": (saved.questions, services.saved_questions),
    "settings": (settings.settings, services.tenants),
}

# By name: `/accounts/<name>`.
THINGS: dict[str, Reading] = {
    "accounts": (profiles.account, services.profile_stores),
    "users": (profiles.user, services.profile_stores),
    "batches": (batches.batch, services.batches),
    "runs": (runs.run, services.runs),
    "jobs": (jobs.job, services.job_stores),
    "questions": (saved.question, services.saved_questions),
}

QUESTIONS: dict[str, Question] = {
    "changes": changes.answer,
    "funnels": funnels.answer,
    "metrics": metrics.answer,
    "paths": paths.answer,
    "retention": retention.answer,
    "sessions": sessions.answer,
}
