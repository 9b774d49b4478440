"""Athena's table of the lake has the columns, and their types, that the hourly job writes."""

from copy import deepcopy
from typing import Any

import pytest

from tests.template.stack import Stack
from waypost.lake.columns import PARQUET

GLUE = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "DOUBLE": "double",
    "TIMESTAMP": "timestamp",
}


@pytest.fixture
def table(stack: Stack) -> dict[str, Any]:
    """What the Glue table of the events says of them."""
    (properties,) = stack.of_type("AWS::Glue::Table").values()
    return deepcopy(properties["TableInput"])


def test_athena_reads_what_the_hourly_job_writes(table: dict[str, Any]) -> None:
    assert differences(table) == set()


def test_a_missing_column_and_a_wrong_type_are_caught(table: dict[str, Any]) -> None:
    columns = table["StorageDescriptor"]["Columns"]
    columns[:] = [column for column in columns if column["Name"] != "session"]
    next(column for column in columns if column["Name"] == "count")["Type"] = "string"

    assert differences(table) == {("session", "string"), ("count", "int"), ("count", "string")}


def test_no_column_stands_twice(table: dict[str, Any]) -> None:
    columns = [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]
    names = [column["Name"] for column in columns]

    assert len(names) == len(set(names))


def differences(table: dict[str, Any]) -> set[tuple[str, str]]:
    """The columns, with their types, that only one side has."""
    columns = table["StorageDescriptor"]["Columns"]
    declared = {(column["Name"], column["Type"]) for column in columns}
    return declared ^ {(name, GLUE[kind]) for name, kind in PARQUET.items()}
