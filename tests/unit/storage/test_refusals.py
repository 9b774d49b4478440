"""What AWS refuses for good is the same error by boto3 and by the doors' own calls."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from tests.fakes.seconds import no_wait
from waypost.errors import CallFailed, Refused, Unavailable, WaypostError
from waypost.storage.calls import Calls
from waypost.storage.connections import Answer
from waypost.storage.sigv4 import Caller

_ONE = "One or more parameter values were invalid: "
_MANY = "One or more parameter values are not valid. "
_TOO_LONG = "too_long"
_TOO_LARGE = "record_too_large"
REFUSALS: list[tuple[str, str, str]] = [
    (
        "ValidationException",
        _ONE + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        _TOO_LONG,
    ),
    (
        "ValidationException",
        _ONE + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        _TOO_LONG,
    ),
    (
        "ValidationException",
        _MANY + "The AttributeValue for a key attribute cannot contain an empty string value. "
        "Key: sk",
        _TOO_LONG,
    ),
    (
        "ValidationException",
        "Item size has exceeded the maximum allowed size",
        _TOO_LARGE,
    ),
    (
        "ValidationException",
        "Item size to update has exceeded the maximum allowed size",
        _TOO_LARGE,
    ),
    ("KeyTooLongError", "Your key is too long", _TOO_LONG),
    ("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", _TOO_LARGE),
    ("AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer", _TOO_LARGE),
    ("ValidationException", "The provided key element does not match the schema", "unavailable"),
    ("AccessDeniedException", "not in role", "unavailable"),
    ("ResourceNotFoundException", "Requested resource not found", "unavailable"),
    ("ThrottlingException", "Rate exceeded", "unavailable"),
]


def by_boto3(code: str, message: str) -> WaypostError:
    refusal: Any = {"Error": {"Code": code, "Message": message}}
    return _raised_by_boto3(ClientError(refusal, "GetItem"))


def _raised_by_boto3(error: Exception) -> WaypostError:
    def get_item(**_: Any) -> None:
        raise error

    with pytest.raises(WaypostError) as raised:
        Calls(SimpleNamespace(get_item=get_item), no_wait()).get_item()
    return raised.value


def by_signed_call(body: str, monkeypatch: pytest.MonkeyPatch) -> WaypostError:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    host: Any = SimpleNamespace(request=lambda *_, **__: Answer(400, body.encode()))
    caller = Caller(
        "dynamodb", region="eu-west-1", endpoint=None, connections=host, deadline=no_wait()
    )
    with pytest.raises(WaypostError) as raised:
        caller.json("DynamoDB_20120810.GetItem", {})
    return raised.value


@pytest.mark.parametrize(("code", "message", "becomes"), REFUSALS)
def test_a_refusal_is_the_same_by_either_way_of_calling(
    code: str, message: str, becomes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    as_xml = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"

    errors = [by_boto3(code, message), by_signed_call(json.dumps(told), monkeypatch)]
    if code in ("KeyTooLongError", "EntityTooLarge"):
        errors.append(by_signed_call(as_xml, monkeypatch))

    assert {error.code for error in errors} == {becomes}
    assert {type(error) for error in errors} <= {Refused, CallFailed, Unavailable}
    assert {error.status for error in errors} == {503 if becomes == "unavailable" else 400}


def test_a_transaction_says_which_of_its_items_was_too_large() -> None:
    reasons = [
        {"Code": "None"},
        {"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"},
    ]
    refusal: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": reasons,
    }

    error = _raised_by_boto3(ClientError(refusal, "TransactWriteItems"))

    assert error.code == _TOO_LARGE


def test_what_boto3_cannot_even_send_is_unavailable() -> None:
    assert isinstance(_raised_by_boto3(NoCredentialsError()), CallFailed)
