"""SQL in Athena: the rows of a SELECT as Parquet files."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from waypost.errors import TooLong, Unavailable

_PAUSES = (0.5, 1.0, 2.0, 3.0)  # seconds; the last one again and again
_OVER = {"SUCCEEDED", "FAILED", "CANCELLED"}


class Bucket(Protocol):
    """The lake bucket; see `waypost.storage.lake_bucket`."""

    def keys(self, prefix: str) -> list[str]: ...

    def fetch(self, key: str, path: Path) -> Path: ...


class Athena:
    """Answers below `answers/` in the lake bucket, where they expire. `client` is boto3's, tried
    again as all are; the workgroup bounds what a statement may read.
    """

    def __init__(
        self,
        client: Any,
        bucket: Bucket,
        *,
        workgroup: str,
        database: str,
        name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._workgroup = workgroup
        self._database = database
        self._name = name
        self._sleep = sleep

    def rows(self, tenant: str, sql: str, folder: Path) -> list[Path]:
        """Parquet files in a folder with the rows of a SELECT.

        Raises `TooLong` where Athena refuses it, `Unavailable` where it failed by itself.
        """
        prefix = f"answers/tenant_id={tenant}/athena/{uuid4().hex}/"
        unload = f"UNLOAD ({sql}) TO 's3://{self._name}/{prefix}' WITH (format = 'PARQUET')"
        started = self._client.start_query_execution(
            QueryString=unload,
            WorkGroup=self._workgroup,
            QueryExecutionContext={"Database": self._database},
        )
        self._wait(started["QueryExecutionId"])
        return [
            self._bucket.fetch(key, folder / f"{number}.parquet")
            for number, key in enumerate(self._bucket.keys(prefix))
        ]

    def _wait(self, id: str) -> None:
        number = 0
        while True:
            execution = self._client.get_query_execution(QueryExecutionId=id)["QueryExecution"]
            status = execution["Status"]
            if status["State"] in _OVER:
                break
            self._sleep(_PAUSES[min(number, len(_PAUSES) - 1)])
            number += 1
        if status["State"] == "CANCELLED":
            # That is what the workgroup does to a statement that reads more than it may.
            raise TooLong("this question reads more of the lake than Athena is allowed to")
        if status["State"] == "FAILED":
            raise Unavailable(f"Athena failed: {status.get('StateChangeReason', '')}")
