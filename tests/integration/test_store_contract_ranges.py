"""One suite for every store behind the reader of the lake: parts of objects, and objects gone."""

from pathlib import Path

import pytest

from tests.integration.worlds import World
from waypost.errors import Gone
from waypost.tenants import Tenant

DATA = bytes(range(256)) * 40


@pytest.fixture
def key(world: World, tenant: Tenant, tmp_path: Path) -> str:
    key = f"path/tenant_id={tenant.id}/month=2027-01/2027-01-01.2027-01-01.run.parquet"
    (tmp_path / "file").write_bytes(DATA)
    world.lake.put_file(key, tmp_path / "file")
    return key


@pytest.mark.parametrize("span", [(0, 1), (0, len(DATA)), (255, 257), (len(DATA) - 8, len(DATA))])
def test_a_span_of_an_object_is_just_those_bytes(
    world: World, key: str, span: tuple[int, int]
) -> None:
    start, end = span

    assert world.lake.fetch_range(key, start, end) == DATA[start:end]


def test_what_was_deleted_is_gone_whole_and_in_part(world: World, key: str, tmp_path: Path) -> None:
    world.lake.delete([key])

    with pytest.raises(Gone):
        world.lake.fetch(key, tmp_path / "whole")
    with pytest.raises(Gone):
        world.lake.fetch_range(key, 0, 8)
