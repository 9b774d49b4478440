"""The suite can fail: faults planted in a function, and in its role, are reported."""

import json
from pathlib import Path

import pytest

from tests.rie.build import Tools
from tests.rie.conftest import Lambdas
from tests.rie.emulator import Function, FunctionFailed
from tests.rie.events import request, sample
from tests.rie.gate import Gate, covers
from tests.template.stack import Permission
from waypost.local import demo
from waypost.storage.statements import statement

RAISES = "def lambda_handler(event, context):\n    raise ValueError('planted')\n"
DOES_NOT_START = "raise RuntimeError('planted')\n"
NEVER_ENDS = "import time\n\n\ndef lambda_handler(event, context):\n    time.sleep(60)\n"
ECHOES = "def lambda_handler(event, context):\n    return event\n"


@pytest.mark.parametrize(
    ("handler", "told"),
    [(RAISES, "planted"), (DOES_NOT_START, "planted"), (NEVER_ENDS, "timed out")],
    ids=["raises", "does-not-start", "never-ends"],
)
def test_a_broken_function_is_reported(
    tools: Tools, tmp_path: Path, handler: str, told: str
) -> None:
    folder = _folder(tmp_path, handler)

    with (
        Function(tools, folder, timeout=1, log=tmp_path / "log") as function,
        pytest.raises(FunctionFailed, match=told),
    ):
        function.invoke({})


def test_a_sound_function_answers(tools: Tools, tmp_path: Path) -> None:
    folder = _folder(tmp_path, ECHOES)

    with Function(tools, folder, log=tmp_path / "log") as function:
        answers = [function.invoke({"call": number}) for number in range(3)]

    assert answers == [{"call": 0}, {"call": 1}, {"call": 2}]


def test_a_call_that_the_role_does_not_allow_is_refused(lambdas: Lambdas) -> None:
    with lambdas.start("planhat", role="api") as (function, gate):
        answer = function.invoke(sample("planhat"))

    assert answer["statusCode"] >= 500
    assert Permission("sqs:SendMessage", "MatchQueue") in gate.refused


FOREIGN = {
    "another table": Permission("dynamodb:PutItem", "MetricsTable", "acme|batch"),
    "another partition": Permission("dynamodb:PutItem", "DirectoryTable", "token"),
    "another tenant's way to spell it": Permission("dynamodb:PutItem", "DirectoryTable", "batch"),
    "another action": Permission("dynamodb:DeleteItem", "DirectoryTable", "acme|batch"),
}


@pytest.mark.parametrize("call", FOREIGN.values(), ids=FOREIGN)
def test_a_grant_on_some_keys_covers_no_other(call: Permission) -> None:
    grant = Permission("dynamodb:PutItem", "DirectoryTable", "*|batch")

    assert covers(grant, Permission("dynamodb:PutItem", "DirectoryTable", "acme|batch"))
    assert not covers(grant, call)


def test_a_write_to_a_key_that_the_role_does_not_name_is_refused(lambdas: Lambdas) -> None:
    """A settings change under the role of planhat, which writes the same table: batches alone."""
    event = request("PATCH", "/api/v1/settings", b'{"name": "Acme"}', token=demo.TOKEN)

    with lambdas.start("admin", role="planhat") as (function, gate):
        answer = function.invoke(event)

    assert answer["statusCode"] == 503
    assert gate.refused == [Permission("dynamodb:PutItem", "DirectoryTable", "tenant")]


def test_every_key_of_a_transaction_and_of_a_batch_is_asked_for() -> None:
    gate = Gate("http://127.0.0.1", [], {"directory-1": "DirectoryTable"})
    put = {"Put": {"TableName": "directory-1", "Item": {"pk": {"S": "acme|user"}}}}
    change = {"Update": {"TableName": "directory-1", "Key": {"pk": {"S": "acme|account"}}}}
    calls = {
        "TransactWriteItems": {"TransactItems": [put, change]},
        "BatchGetItem": {"RequestItems": {"directory-1": {"Keys": [{"pk": {"S": "acme|key"}}]}}},
        "BatchWriteItem": {
            "RequestItems": {
                "directory-1": [{"DeleteRequest": {"Key": {"pk": {"S": "acme|part"}}}}]
            }
        },
        "BatchExecuteStatement": {
            "Statements": [
                statement("directory-1", {"pk": "acme|id", "sk": "new"}, None),
                statement("directory-1", {"pk": "acme|months", "sk": "old", "n": 1}, {"n": 0}),
            ]
        },
    }

    wanted = {
        (permission.action, permission.keys)
        for operation, call in calls.items()
        for permission in gate.wanted(
            "POST",
            "/",
            {"x-amz-target": f"DynamoDB_20120810.{operation}"},
            json.dumps(call).encode(),
        )
    }

    assert wanted == {
        ("dynamodb:PutItem", "acme|user"),
        ("dynamodb:UpdateItem", "acme|account"),
        ("dynamodb:BatchGetItem", "acme|key"),
        ("dynamodb:BatchWriteItem", "acme|part"),
        ("dynamodb:PartiQLInsert", "acme|id"),
        ("dynamodb:PartiQLUpdate", "acme|months"),
    }


def test_every_key_of_a_bulk_deletion_is_asked_for() -> None:
    gate = Gate("http://127.0.0.1", [], {"lake-1": "LakeBucket"})
    keys = "".join(f"<Object><Key>{key}</Key></Object>" for key in ("a/1", "b&amp;c"))
    body = f'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{keys}</Delete>'

    wanted = list(gate.wanted("POST", "/lake-1?delete", {}, body.encode()))

    assert wanted == [
        Permission("s3:DeleteObject", "LakeBucket/a/1"),
        Permission("s3:DeleteObject", "LakeBucket/b&c"),
    ]


def _folder(tmp_path: Path, handler: str) -> Path:
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "handler.py").write_text(handler)
    return folder
