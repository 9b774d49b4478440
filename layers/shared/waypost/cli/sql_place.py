"""Where the files of a lake are: the stack of this machine, or a deployed one."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from waypost.cli import connection
from waypost.cli.dev import checkout
from waypost.cli.output import USAGE, Failure
from waypost.cli.sql_query import Files


@contextmanager
def files(
    url: str | None, tenant: str | None, stack: str | None, region: str | None
) -> Iterator[Files]:
    """The lake of a tenant, of a deployed stack or else of the local one. Whatever AWS refuses
    ends as a `Failure`.
    """
    from waypost.errors import Unavailable

    try:
        if stack is None:
            yield _of_this_machine(url, tenant)
            return
        with _of_stack(tenant, stack, region) as deployed:
            yield deployed
    except Unavailable as error:
        raise Failure(error.message) from None


def _of_this_machine(url: str | None, tenant: str | None) -> Files:
    from waypost.local import stack
    from waypost.storage.dynamo import Table
    from waypost.storage.lake_bucket import S3Lake
    from waypost.storage.manifests_table import DynamoManifests

    place = connection.resolve(url, tenant, None)
    if not place.is_local:
        raise Failure(f"{place.url} is not this machine: give --stack to read its files", USAGE)
    home = _home()
    details = _details(home, place.url)
    outputs, aws = details["outputs"], details["aws"]
    manifests = DynamoManifests(Table(stack.client("dynamodb", aws), outputs["MetricsTable"]))
    lake = S3Lake(stack.client("s3", aws), outputs["LakeBucket"])
    return Files(place.tenant, lake, manifests, home / "sql")


def _home() -> Path:
    given = os.environ.get("WAYPOST_HOME")
    return Path(given) if given else checkout(Path.cwd()) / ".waypost"


def _details(home: Path, url: str) -> dict[str, Any]:
    """What the local default wrote down of itself when it started."""
    try:
        details: dict[str, Any] = json.loads((home / "local.json").read_bytes())
    except FileNotFoundError:
        raise Failure(f"no local Waypost in {home}; start it with make dev") from None
    if urlsplit(details["url"]).port != urlsplit(url).port:
        raise Failure(f"{home} is of {details['url']}; set WAYPOST_HOME to that of {url}", USAGE)
    return details


@contextmanager
def _of_stack(tenant: str | None, stack: str, region: str | None) -> Iterator[Files]:
    from waypost.storage import stack as stacks
    from waypost.storage.manifests_table import DynamoManifests
    from waypost.storage.tenants_table import DynamoTenants

    if not tenant:
        raise Failure(f"which tenant of {stack}? give --tenant or WAYPOST_TENANT", USAGE)
    with stacks.opened(stack, region) as deployed:
        if DynamoTenants(deployed.table("DirectoryTable")).get(tenant) is None:
            raise Failure(f"no tenant of {stack} has the id {tenant}; check --tenant", USAGE)
        manifests = DynamoManifests(deployed.table("MetricsTable"))
        yield Files(tenant, deployed.lake, manifests, _cache() / deployed.outputs["LakeBucket"])


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "waypost"
