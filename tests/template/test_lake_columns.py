"""Athena's tables of the lake have the columns, and their types, that the hourly job writes."""

from copy import deepcopy
from typing import Any

import pytest

from tests.template.stack import Stack
from waypost.insights.sql_views import RAW
from waypost.lake.tables import BEHIND, MONTHLY, TABLES

# What Hive calls the types. It has none for a number without a sign, so `arrival`, which only
# tells two receptions apart, is not declared.
GLUE = {
    "VARCHAR": "string",
    "JSON": "string",
    "UUID": "binary",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
}
Inputs = dict[str, dict[str, Any]]


@pytest.fixture
def inputs(stack: Stack) -> Inputs:
    """What the Glue tables over files say, by the name that the lake has for them."""
    tables = [table["TableInput"] for table in stack.of_type("AWS::Glue::Table").values()]
    return {
        table["Name"].removeprefix(RAW): deepcopy(table)
        for table in tables
        if table["TableType"] == "EXTERNAL_TABLE"
    }


def test_athena_reads_what_the_hourly_job_writes(inputs: Inputs) -> None:
    # Properties are in `events`; what runs begin with is for them alone.
    assert inputs.keys() == TABLES.keys() - {"props", "seen_before"}
    assert not {name: apart for name in inputs if (apart := differences(name, inputs[name]))}


def test_a_missing_column_and_a_wrong_type_are_caught(inputs: Inputs) -> None:
    columns = inputs["events"]["StorageDescriptor"]["Columns"]
    columns[:] = [column for column in columns if column["Name"] != "session"]
    next(column for column in columns if column["Name"] == "count")["Type"] = "string"

    found = differences("events", inputs["events"])

    assert found == {("session", "string"), ("count", "int"), ("count", "string")}


def test_tables_lie_where_their_files_do(inputs: Inputs) -> None:
    for name, table in inputs.items():
        month = "month=${!month}/" if name in MONTHLY else ""
        assert table["Name"] == RAW + name
        place = table["Parameters"]["storage.location.template"]["Fn::Sub"]

        assert place == f"s3://${{LakeBucket}}/{name}/tenant_id=${{!tenant_id}}/{month}"


def differences(name: str, table: dict[str, Any]) -> set[tuple[str, str]]:
    """The columns, with their types, that only one side has."""
    columns = table["StorageDescriptor"]["Columns"]
    declared = [(column["Name"], column["Type"]) for column in columns]
    assert len(declared) == len(set(declared)), "a column stands twice"
    files = TABLES[name] | _gone(name)
    written = {(column, GLUE[kind]) for column, kind in files.items() if kind in GLUE}
    return set(declared) ^ written


def _gone(name: str) -> dict[str, str]:
    """By what a query of people leaves out the removed; the rest is for the hourly job alone."""
    return {"gone": BEHIND[name]["gone"]} if name in BEHIND else {}
