"""The harness itself: bytes pass unchanged, and each planted bug is seen."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
import urllib3

from tests.clients import compatibility, faults, shipped
from tests.clients.faults import Bench

ANN = {"email": "ann@acme.com", "companyExternalId": "acme", "action": "Logged in"}
PATIENT = shipped.Client("a test", "1", ("planhat",), range(200, 300), frozenset({503}))


def post(bench: Bench, event: dict[str, str], attempts: int) -> None:
    """A client that sends again until it has been answered 200."""
    url = f"{bench.proxy.url}/analytics/{bench.customer.tenant}"
    for _ in range(attempts):
        if urllib3.request("POST", url, json=event, retries=False).status == 200:
            return


def test_what_is_sent_passes_byte_for_byte(bench: Bench) -> None:
    path = f"/analytics/{bench.customer.tenant}?page=a%20b&x="
    body = gzip.compress(json.dumps(ANN).encode())

    answer = urllib3.request("POST", bench.proxy.url + path, body=body, headers={"X-Own": "1"})

    (seen,) = bench.proxy.seen
    assert (answer.status, answer.json()) == (200, {"processed": 1, "errors": []})
    assert (seen.method, seen.path, seen.body) == ("POST", path, body)
    assert (seen.headers["x-own"], seen.status, seen.upstream) == ("1", 200, 200)
    assert seen.json() == ANN


def test_a_body_in_chunks_passes_in_chunks(bench: Bench) -> None:
    text = json.dumps(ANN).encode()
    url = f"{bench.proxy.url}/analytics/{bench.customer.tenant}"

    answer = urllib3.request("POST", url, body=iter([text[:9], text[9:]]))

    assert (answer.status, bench.proxy.seen[0].body) == (200, text)
    assert bench.proxy.seen[0].headers["transfer-encoding"] == "chunked"


def test_a_fault_stands_for_the_answer_or_comes_after_it(bench: Bench) -> None:
    url = f"{bench.proxy.url}/analytics/{bench.customer.tenant}"
    bench.proxy.answer(503, path="/analytics")
    bench.proxy.answer(500, after=True)

    given = [urllib3.request("POST", url, json=ANN, retries=False) for _ in range(3)]

    assert [answer.status for answer in given] == [503, 500, 200]
    assert [seen.upstream for seen in bench.proxy.seen] == [None, 200, 200]
    assert (given[0].headers["Retry-After"], given[0].json()["code"]) == ("1", "fault")


@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_a_client_that_does_what_the_table_says_passes(
    status: int, after: bool, bench: Bench
) -> None:
    dated = ANN | {"date": datetime.now(UTC).isoformat()}
    client = replace(PATIENT, resends=frozenset(faults.STATUSES))

    faults.compare(client, status, after, partial(post, bench, dated, 2), bench)


@pytest.mark.parametrize(("believed", "attempts"), [({503}, 1), (set(), 2), ({503}, 3)])
def test_a_table_that_is_wrong_is_seen(believed: set[int], attempts: int, bench: Bench) -> None:
    client = replace(PATIENT, resends=frozenset(believed))
    bench.proxy.answer(503, times=attempts - 2)

    with pytest.raises(AssertionError):
        faults.compare(client, 503, False, partial(post, bench, ANN, attempts), bench)


def test_a_resend_that_nothing_identifies_is_seen_to_count_twice(bench: Bench) -> None:
    with pytest.raises(AssertionError, match="'stored': 2"):
        faults.compare(PATIENT, 503, True, partial(post, bench, ANN, 2), bench)


def test_the_table_is_read_from_and_written_between_its_marks() -> None:
    document = f"above\n{compatibility.START}old\n{compatibility.END}\nbelow\n"

    assert compatibility.stated(document) == "old\n"
    assert compatibility.stated("above\nbelow\n") is None


def test_the_clients_of_the_table_are_the_ones_that_are_installed() -> None:
    from tests.clients.environments import VERSIONS  # noqa: PLC0415

    assert {client.package: client.version for client in shipped.CLIENTS} == VERSIONS
