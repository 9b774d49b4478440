"""Names, cursors and values that nothing bears, on every route: an answer, and never a fault."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from tests import effort
from tests.integration.asked_functions import EVERY, TENANT, Asked, Functions, on
from tests.integration.strict import Strict
from tests.integration.worlds import Aws
from waypost.services import process

LONG, WIDE = "x" * 1_100, "\U0001f600" * 600
DIGITS = "9" * 5_000
NAMES = [
    *(LONG, WIDE, DIGITS, "x" * 1_024, "-", "|", "a|b", "..", "/", "%", "#", "'", '"', "\\"),
    *("\0", "\n", " ", "\ufeff", "u_" + "0" * 32, "_id-" + "0" * 24, f"extid-{LONG}", "srcid-"),
]
# As no browser sends it, and a hand-written client does.
RAW = ["%", "%zz", "%00", "%ff%fe", "%ed%a0%80", "%2F" * 400, "%25" * 400, "%E2%80%AE"]
CURSORS = [
    *("0", DIGITS, f"{DIGITS}:x", f"1:{LONG}", f"-{DIGITS}:a", ":", "1:", "{}", LONG, WIDE, "\0"),
    *(
        base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        for text in (
            *("{}", "[]", "null", '{"at":"n","item":""}', '{"at":"o","edge":0,"item":""}'),
            f'{{"at":"n","item":"000000000000000#{LONG}"}}',
            f'{{"at":"o","edge":{DIGITS}}}',
            f'{{"at":"e","time":0,"id":"{LONG}"}}',
            "[" * 5_000,
        )
    ),
]
VALUES = [LONG, WIDE, DIGITS, f"extid-{LONG}", f"srcid-{LONG}", "\0", "-1", ",", "a,," * 2_000]
PARAMETERS = {
    "api": (
        *("user", "account", "source", "action", "limit", "sort", "q", "filter", "from", "last"),
        *("timezone", "format", "by", "step", "code", "email", "name", "status", "from_action"),
    ),
    "records": (
        *("limit", "offset", "sort", "select", "externalId", "sourceId", "_id", "companyId", "c"),
        *("cId", "dimid", "from", "to", "name", "email"),
    ),
}
NAMED = [asked for asked in EVERY if "<" in asked.route]
LISTS = [asked for asked in EVERY if asked.method == "GET" and "<" not in asked.route]


@pytest.fixture
def functions(moto: Aws) -> Iterator[Functions]:
    def client(service: str) -> Any:
        made = moto.client(service)
        return Strict(made) if service == "dynamodb" else made

    with on(moto) as functions, pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "client", client)
        yield functions


@pytest.mark.parametrize("asked", NAMED, ids=str)
def test_a_name_that_nothing_bears_is_no_fault(functions: Functions, asked: Asked) -> None:
    for name in effort.every(2, [*(quote(name, safe="") for name in NAMES), *RAW]):
        path = "/".join(
            TENANT
            if part == "<tenant>" and "<batch>" in asked.route
            else name
            if part.startswith("<")
            else part
            for part in asked.route.split("/")
        )

        answer = functions.ask(replace(asked, path=path))

        assert (name[:20], answer.status < 500) == (name[:20], True)


@pytest.mark.parametrize("asked", LISTS, ids=str)
def test_a_value_or_cursor_that_nobody_gave_out_is_no_fault(
    functions: Functions, asked: Asked
) -> None:
    given = [(name, text) for name in ("cursor", "after") for text in CURSORS]
    given += [(name, text) for name in PARAMETERS[asked.function] for text in VALUES]

    for name, text in effort.every(3, given):
        answer = functions.ask(replace(asked, query={**asked.query, name: text}))

        assert (name, text[:20], answer.status < 500) == (name, text[:20], True)


@pytest.mark.parametrize("function", ["admin", "api", "records"])
def test_a_token_that_nobody_has_is_refused_however_it_looks(
    functions: Functions, function: str
) -> None:
    asked = next(asked for asked in EVERY if asked.function == function)

    for token in [*VALUES, "", "wp_", "wp_" + DIGITS, "caf\xe9", "\ud800"]:
        for credential in (token, f"Bearer {token}", f"Basic {token}"):
            answer = functions.ask(asked, Authorization=credential)

            assert (credential[:20], answer.status) == (credential[:20], 401)
