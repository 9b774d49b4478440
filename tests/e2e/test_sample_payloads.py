"""The sample payloads of the senders' own documents, byte by byte: each is sent as it stands there,
matched, folded by the hourly job, and counted.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Customer, Local
from tests.kinesin_bodies import ANON
from waypost.sources.kinesin_types import VIDEO

PLANHAT = b"""{"email":"ariana@acme.com","action":"Logged in","info":{"index":20,"theme":"Blue"},\
"date":"2016-10-13T08:00:00.000Z"}"""
PLANHAT_BULK = b"""[{"name":"Ariana","email":"a@acme.com","cId":"abc123","action":"Logged in",\
"date":"2016-10-13T08:00:00.000Z","weight":1,"count":1},{"externalId":"u1","action":"x","count":2}]"""
PLANHAT_CSV = b"""cId, id, name, email, weight, action, date, count
,,Felipe Walker,felipe@acme.com,1,logged in,2017-02-21T03:24:00Z,3
"""
SEGMENT = (
    b"""{"type":"identify","user_id":"12345","traits":{"name":"Peter Gibbons",\
"email":"peter@initech.com","companyId":"ABCDE"}}""",
    b"""{"type":"track","user_id":"12345","event":"downloaded a report","properties":{}}""",
)
RUDDERSTACK = b"""{"batch":[{"integrations":{"All":true},"anonymousId":null,\
"timestamp":"2026-01-01T08:00:00.494533+00:00","context":{"traits":{"email":"p@i.com",\
"companyId":"ABCDE"},"library":{"name":"analytics-python","version":"2.1.9"}},"type":"identify",\
"userId":"12345","messageId":"ede77f65-9bc0-4282-885b-f2ec81f21974","channel":"server"}],\
"sentAt":"2026-01-01T08:00:01+00:00"}"""
MOESIF_USERS = (
    b"""{"anonymous_id":"1a1f","campaign":{"utm_source":"adwords"}}""",
    b"""{"user_id":"12345","metadata":{"email":"a@acme.com"},"anonymous_id":"1a1f"}""",
    b"""{"user_id":"12345","company_id":"67890","modified_time":null,"ip_address":null,\
"session_token":null,"user_agent_string":null,"metadata":{"email":"a@b.c"},"campaign":null}""",
)
MOESIF_ACTION = b"""{"action_name":"Clicked Sign Up","company_id":"67890","user_id":"12345",\
"session_token":"sess-1","request":{"uri":"https://acme.com/pricing?utm_source=adwords",\
"verb":"GET","user_agent_string":"Mozilla/5.0"},\
"transaction_id":"c71c0aa6-2cb4-4f29-ba79-16d4ddedc337",\
"metadata":{"button_label":"Get Started","so.me.dots":1}}"""
SYNERISE = b"""{"action":"screen.view","label":"Viewed","client":\
{"uuid":"07243772-008a-42e1-ba37-c3807cebde8f","customId":"c1"},"time":"2022-05-23T13:00:00Z",\
"eventSalt":"2022-05-23T13:00:00Z_screen.view_c1","params":{"k":"v"}}"""
NATERO_FORM = b"""account_id=acme&user_id=u1&created_at=1563000000000&session_id=s1&\
action=identifyUser&details%5Bfirst_name%5D=Ann&details%5Bemail%5D=ann%40acme.com"""
NATERO = b"""{"accountId":"acme","userId":"u1","createdAt":1563000000000,"action":"feature",\
"feature":"Create Report","module":"Reports","total":1}"""
KINESIN = b"""{"event_type":"kinesinlms.course.video.activity","course_run":"SP",\
"course_slug":"DEMO","unit_node_slug":"u1","course_unit_id":17,"course_unit_slug":"intro",\
"block_id":4,"block_uuid":"1f0c9a52-5d0a-4a8e-8f43-6a1b1e0c7d11","event_data":\
{"video_id":"k519LgRBnEM","video_event_type":"kinesinlms.course.video.play"}}"""


@dataclass
class Told:
    """A tenant to whom the samples of one document were sent, and what it is answered."""

    local: Local
    customer: Customer

    def send(self, path: str, *bodies: bytes, method: str = "POST", **headers: str) -> list[Any]:
        """The answers, each with its status."""
        path = path.format(tenant=self.customer.tenant)
        sent = (self.local.send(method, path, body, **headers) for body in bodies)
        return [answer[:2] for answer in sent]

    def counted(self, received: int) -> dict[str, float]:
        """How often each action was done, once so many items are matched and folded."""
        counts = self.local.settled(self.customer, received)
        assert (counts["rejected"], counts["ignored"]) == (0, 0)
        self.local.aggregate(self.customer)
        return self.by("action")

    def by(self, field: str, metric: str = "events") -> dict[str, float]:
        answer = self.get(f"metrics?metric={metric}&group_by={field}")
        assert not answer["provisional"]
        return {row["key"]: row["value"] for row in answer["totals"]}

    def get(self, path: str) -> Any:
        return self.local.get(self.customer, path)


@pytest.fixture
def told(local: Local, customer: Customer) -> Told:
    return Told(local, customer)


def test_planhat_user_tracking(told: Told) -> None:
    taken = [(200, {"processed": 1, "errors": []})]

    assert told.send("/analytics/bulk/{tenant}", PLANHAT_BULK)[0][1]["processed"] == 2
    # Whose address is at acme.com is placed by those who are known there.
    told.local.settled(told.customer, 2)
    assert told.send("/analytics/{tenant}", PLANHAT) == taken
    csv = told.send("/analytics/stream/csv/{tenant}", PLANHAT_CSV, method="PUT")
    assert (csv[0][0], csv[0][1]["processed"]) == (200, 1)

    assert told.counted(4) == {"logged in": 3, "Logged in": 2, "x": 2}
    assert told.by("account") == {"(no account)": 2, "abc123": 5}
    assert told.by("info.theme", "users") == {"(no theme)": 3, "Blue": 1}
    assert told.get("users/felipe@acme.com")["last_seen"] == "2017-02-21T03:24:00.000Z"


def test_planhat_segment_integration(told: Told) -> None:
    key = {"Authorization": f"Bearer {told.customer.token}"}
    initech = (
        SEGMENT[1]
        .replace(b'"user_id":"12345"', b'"anonymousId":"a1"')
        .replace(b"{}", b'{"email":"peter@initech.com","companyId":"ABCDE"}')
    )
    reserved = b'{"userId":"7","traits":{"company":{"id":"INI","name":"Initech","plan":"gold"}}}'

    assert told.send("/v1/identify", reserved, **key) == [(200, {"success": True})]
    docked = told.send("/dock/segment", *SEGMENT, initech, **key)
    batch = told.send("/v1/batch", RUDDERSTACK, **key)

    assert docked == [(200, {"processed": 1, "errors": []})] * 3
    assert batch == [(200, {"success": True})]
    assert told.counted(5) == {"downloaded a report": 2}
    account = told.get("accounts/INI")
    assert (account["name"], account["traits"]["plan"]) == ("Initech", "gold")
    assert told.get("users/7")["account_id"] == "INI"
    assert told.by("account") == {"ABCDE": 2}
    assert told.by("account", "users") == {"ABCDE": 1}
    events = told.get("events?account=ABCDE")["events"]
    assert [event["user"]["name"] for event in events] == ["Peter Gibbons"] * 2


def test_moesif_user_actions(told: Told) -> None:
    key = {"X-Moesif-Application-Id": told.customer.token}
    by_the_company = MOESIF_ACTION.replace(b'"user_id":"12345",', b"").replace(b"c71c", b"d71c")

    answers = told.send("/v1/users", *MOESIF_USERS, **key)
    answers += told.send("/v1/actions", MOESIF_ACTION, MOESIF_ACTION, by_the_company, **key)

    assert answers == [(200, {})] * 6
    assert told.counted(6) == {"Clicked Sign Up": 2}
    assert told.by("metadata.so_me_dots") == {"1": 2}
    assert told.by("user") == {"(no user)": 1, told.get("users/12345")["id"]: 1}
    assert told.by("account", "users") == {"67890": 1}
    assert told.get("users/12345")["email"] == "a@b.c"
    assert told.get("users/12345")["traits"]["campaign"] == {"utm_source": "adwords"}


def test_synerise_event_tracking(told: Told) -> None:
    key = {"Authorization": f"Bearer {told.customer.token}", "Api_Version": "4.4"}
    again = SYNERISE.replace(b'"v"', b'"w"')

    answers = told.send("/v4/events/custom", SYNERISE, again, **key)

    assert [status for status, _ in answers] == [202, 202]
    assert told.counted(2) == {"screen.view": 1}
    assert told.by("params.k") == {"w": 1}
    assert told.get("users/c1")["last_seen"] == "2022-05-23T13:00:00.000Z"


def test_natero_javascript_api(told: Told) -> None:
    renamed = b"""{"accountId":"acme","userId":"u1","createdAt":1563000000002,\
"action":"identifyUser","details":{"first_name":"Anna"}}"""
    login = b"""{"accountId":"acme","userId":"u1","createdAt":1563000000001,"action":"login",\
"details":{"first_name":"Ann","last_name":"Smith"}}"""
    left = b"""{"accountId":"acme","userId":"u1","createdAt":1563000000009,"action":"moduleEnd",\
"module":"Reports","timeSpent":1500}"""

    answers = told.send("/v1/{tenant}/any", NATERO_FORM, NATERO, login, renamed, left)

    assert answers == [(200, {})] * 5
    assert told.counted(6) == {"Create Report": 1, "login": 1}
    assert told.by("feature", "logins") == {"(no feature)": 1}
    assert told.by("module") == {"Reports": 1, "(no module)": 1}
    assert told.by("module", "module_time")["Reports"] == 1.5
    assert len(told.get("events")["events"]) == 2
    assert [event["action"] for event in told.get("events?kind=time")["events"]] == ["moduleEnd"]
    assert (told.get("users/u1")["name"], told.get("users/u1")["email"]) == (
        "Anna Smith",
        "ann@acme.com",
    )


def test_kinesinlms_tracking(told: Told) -> None:
    key = {"Authorization": f"Bearer {told.customer.token}", "X_Anon_Username": ANON}

    answers = told.send("/api/tracking/", KINESIN, **key)

    assert answers == [(201, {"tracking_event_type": VIDEO, "received": True})]
    assert told.counted(1) == {VIDEO: 1}
    assert told.by("account", "users") == {"DEMO:SP": 1}
    assert told.by("info.event_data.video_id") == {"k519LgRBnEM": 1}
