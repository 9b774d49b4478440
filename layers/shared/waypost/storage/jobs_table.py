"""Questions that go on as jobs: the directory table."""

import msgspec

from waypost.insights.jobs import KEPT_MS, Job
from waypost.storage import keys
from waypost.storage.dynamo import Table


class DynamoJobs:
    """Jobs of questions, for as long as their answers are kept."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: str, job: Job) -> None:
        self._table.put(
            {
                "pk": keys.scoped(tenant, "job"),
                "sk": job.id,
                "record": msgspec.json.encode(job).decode(),
                "ttl": (job.created + KEPT_MS) // 1000,
            }
        )

    def get(self, tenant: str, id: str) -> Job | None:
        item = self._table.get(keys.scoped(tenant, "job"), id)
        return msgspec.json.decode(item["record"], type=Job) if item else None
