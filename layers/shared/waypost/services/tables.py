"""The stores over the three tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from waypost.environment import environment
from waypost.services import process

if TYPE_CHECKING:
    from waypost.storage.batches_table import DynamoBatches
    from waypost.storage.dimensions_table import DynamoDimensions
    from waypost.storage.directory_table import DynamoDirectory
    from waypost.storage.events_table import DynamoFeed, DynamoRows
    from waypost.storage.jobs_table import DynamoJobs
    from waypost.storage.landed_tenants import LandedTenants
    from waypost.storage.ledger_table import DynamoLedger
    from waypost.storage.manifests_table import DynamoManifests
    from waypost.storage.models_table import DynamoModels
    from waypost.storage.questions_table import DynamoQuestions
    from waypost.storage.runs_table import DynamoRuns
    from waypost.storage.schema_table import DynamoSchemas
    from waypost.storage.suspects_table import DynamoSuspects
    from waypost.storage.tenants_table import DynamoTenants
    from waypost.storage.tokens_table import DynamoTokens


@cache
def directory() -> DynamoDirectory:
    from waypost.storage.directory_table import DynamoDirectory

    return DynamoDirectory(process.table(environment().directory_table))


@cache
def rows() -> DynamoRows:
    from waypost.storage.events_table import DynamoRows

    return DynamoRows(process.table(environment().events_table))


@cache
def feed() -> DynamoFeed:
    from waypost.storage.events_table import DynamoFeed

    return DynamoFeed(process.table(environment().events_table))


@cache
def batches() -> DynamoBatches:
    from waypost.storage.batches_table import DynamoBatches

    return DynamoBatches(process.table(environment().directory_table))


@cache
def ledger() -> DynamoLedger:
    from waypost.storage.ledger_table import DynamoLedger

    return DynamoLedger(process.table(environment().directory_table))


@cache
def schemas() -> DynamoSchemas:
    from waypost.storage.schema_table import DynamoSchemas

    return DynamoSchemas(process.table(environment().directory_table))


@cache
def runs() -> DynamoRuns:
    from waypost.storage.runs_table import DynamoRuns

    return DynamoRuns(process.table(environment().directory_table))


@cache
def jobs() -> DynamoJobs:
    from waypost.storage.jobs_table import DynamoJobs

    return DynamoJobs(process.table(environment().directory_table))


@cache
def saved_questions() -> DynamoQuestions:
    from waypost.storage.questions_table import DynamoQuestions

    return DynamoQuestions(process.table(environment().directory_table))


@cache
def suspects() -> DynamoSuspects:
    from waypost.storage.suspects_table import DynamoSuspects

    return DynamoSuspects(process.table(environment().directory_table), process.clock)


@cache
def tokens() -> DynamoTokens:
    from waypost.storage.tokens_table import DynamoTokens

    return DynamoTokens(process.table(environment().directory_table))


@cache
def tenants() -> DynamoTenants:
    from waypost.storage.tenants_table import DynamoTenants

    return DynamoTenants(process.table(environment().directory_table))


@cache
def manifests() -> DynamoManifests:
    from waypost.storage.manifests_table import DynamoManifests

    return DynamoManifests(process.table(environment().metrics_table))


@cache
def models() -> DynamoModels:
    from waypost.storage.models_table import DynamoModels

    return DynamoModels(process.table(environment().directory_table), directory())


@cache
def dimensions() -> DynamoDimensions:
    from waypost.storage.dimensions_table import DynamoDimensions

    return DynamoDimensions(process.table(environment().metrics_table))


@cache
def landed_tenants() -> LandedTenants:
    from waypost.storage.landed_tenants import LandedTenants

    return LandedTenants(process.table(environment().directory_table))
