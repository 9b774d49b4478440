"""Any one call to AWS may be throttled, in any shape: nothing ends otherwise for that."""

from collections.abc import Callable, Iterator

import pytest

from tests import effort
from tests.conftest import Local
from tests.faults import in_process
from tests.faults.capacity import Nth
from tests.faults.in_process import Functions
from tests.faults.throttling import ThrottlingProxy
from waypost.ingest import file_loader

pytestmark = pytest.mark.slow
SHARES = ("all", "first")
NEWCOMER = {"externalId": "u1", "email": "u1@acme.com", "companyExternalId": "acme", "action": "a"}
PEOPLE = [
    {"externalId": "u2", "email": "u2@umbrella.org", "companyExternalId": "umbrella"},
    {"externalId": "u3", "email": "u3@acme.com"},
    {"email": "u4@nowhere.example", "name": "Four"},
    {"externalId": "u1", "email": "u1@acme.com", "name": "One"},
]
ITEMS = [{**who, "action": f"b{n}"} for n, who in enumerate(PEOPLE)]
FILE = b"externalId,email,companyExternalId,action,date\n" + b"".join(
    b"u%d,u%d@acme.com,acme,Logged in,2026-11-%02d\n" % (n % 5, n % 5, n + 1) for n in range(25)
)
Story = Callable[[Functions, ThrottlingProxy, Nth], None]


def a_door(functions: Functions, proxy: ThrottlingProxy, gate: Nth) -> None:
    """A click by itself, several events in one body, and one with a key, sent twice."""
    proxy.gate = gate
    keyed = {**NEWCOMER, "action": "c"}
    sent = [functions.post(NEWCOMER), functions.post(ITEMS)]
    sent += [functions.post(keyed, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert sent == [200, 200, 200, 200]
    proxy.gate = Nth()
    functions.match()


def match(functions: Functions, proxy: ThrottlingProxy, gate: Nth) -> None:
    a_door(functions, proxy, Nth())
    functions.post([{**item, "action": "d", "externalId": f"v{n}"} for n, item in enumerate(ITEMS)])
    functions.post({**NEWCOMER, "action": "e"}, **{"Idempotency-Key": "l"})
    proxy.gate = gate
    functions.match()


def load(functions: Functions, proxy: ThrottlingProxy, gate: Nth) -> None:
    told = functions.drop(FILE)
    proxy.gate = gate
    functions.load(told)
    proxy.gate = Nth()
    functions.match()


@pytest.fixture
def proxy(local: Local) -> Iterator[ThrottlingProxy]:
    with ThrottlingProxy(local.aws, Nth()) as proxy:
        yield proxy


@pytest.fixture
def variables(local: Local, proxy: ThrottlingProxy) -> Iterator[dict[str, str]]:
    with in_process.composed(local, proxy.url) as variables:
        yield variables


def ended(
    story: Story, local: Local, variables: dict[str, str], proxy: ThrottlingProxy, gate: Nth
) -> object:
    functions = Functions(local, variables)
    story(functions, proxy, gate)
    proxy.gate = Nth()
    return functions.outcome()


@pytest.mark.parametrize("story", [a_door, match, load])
def test_any_call_may_be_throttled(
    story: Story,
    local: Local,
    proxy: ThrottlingProxy,
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Three parts of a file of 25 rows, of which `load` has time for one a call.
    monkeypatch.setattr(file_loader, "FRAME_EVENTS", 10)
    counting = Nth()

    undisturbed = ended(story, local, variables, proxy, counting)
    gates = [Nth(at, share) for at in range(counting.calls) for share in SHARES]
    harm = {
        f"{gate.share} of call {gate.at} of {counting.calls}": found
        for gate in effort.every(20, gates)
        if (found := ended(story, local, variables, proxy, gate)) != undisturbed
    }

    assert proxy.refused.total() >= len(gates) // 20
    assert harm == {}
