"""Events out of the lake's Parquet files, newest day first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from waypost.event import Verdict
from waypost.lake import scratch
from waypost.lake.columns import READ
from waypost.lake.ports import MetricsStore
from waypost.lake.records import Landed

_DAYS_AT_ONCE = 8


class Archive:
    """Reads published days. DuckDB is imported on first use: most reads never come here."""

    def __init__(self, lake: Any, metrics: MetricsStore) -> None:
        self._lake = lake
        self._metrics = metrics

    def events(
        self,
        tenant: str,
        *,
        before: tuple[str, int, str],
        limit: int,
        account: str | None = None,
        users: list[str] | None = None,
    ) -> list[Landed]:
        """Up to `limit` events, newest first, older than `before` = (day, time, id)."""
        days = [
            manifest.day
            for manifest in reversed(self._metrics.manifests(tenant, None, before[0]))
            if any(counts.get(Verdict.STORED) for counts in manifest.counts.values())
        ]
        events: list[Landed] = []
        # A page is full after the newest days, mostly; older ones are fetched only if it is not.
        for start in range(0, len(days), _DAYS_AT_ONCE):
            some = days[start : start + _DAYS_AT_ONCE]
            events += self._read(tenant, some, account, users, before, limit)
            if len(events) >= limit:
                break
        return events[:limit]

    def _read(
        self,
        tenant: str,
        days: list[str],
        account: str | None,
        users: list[str] | None,
        before: tuple[str, int, str],
        limit: int,
    ) -> list[Landed]:
        import duckdb

        with scratch.folder() as folder:
            paths = self._fetch(tenant, days, folder)
            if not paths:
                return []
            where, values = _where(account, users, before)
            with duckdb.connect() as db:
                cursor = db.execute(
                    f"SELECT {', '.join(READ)} FROM read_parquet($paths) WHERE {where} "
                    f"ORDER BY time DESC, id DESC LIMIT {limit}",
                    {"paths": paths, **values},
                )
                return [_landed(row) for row in cursor.fetchall()]

    def _fetch(self, tenant: str, days: list[str], folder: Path) -> list[str]:
        with ThreadPoolExecutor(_DAYS_AT_ONCE) as pool:
            listings = pool.map(lambda day: self._lake.parquet(tenant, day), days)
            keys = [file.key for files in listings for file in files if file.kind == Verdict.STORED]
            paths = [folder / f"{number}.parquet" for number in range(len(keys))]
            return [str(path) for path in pool.map(self._lake.fetch, keys, paths)]


def _where(
    account: str | None, users: list[str] | None, before: tuple[str, int, str]
) -> tuple[str, dict[str, Any]]:
    clauses = ["action IS NOT NULL", "(time, id) < ($time, $id)"]
    values: dict[str, Any] = {"time": before[1], "id": before[2]}
    if account is not None:
        clauses.append("account_id = $account")
        values["account"] = account
    if users is not None:
        clauses.append("user_id IN (SELECT unnest($users))")
        values["users"] = users
    return " AND ".join(clauses), values


def _landed(row: tuple[Any, ...]) -> Landed:
    fields = dict(zip(READ, row, strict=True))
    text = fields["properties"]
    fields["properties"] = msgspec.json.decode(text) if text else None
    return Landed(verdict=Verdict.STORED, **fields)
