"""KinesinLMS, which ships no client package: requests as its player and its document write them."""

from typing import Any

import pytest

from tests.clients.compatibility import GOLDEN, record
from tests.conftest import Customer, Local, eventually

ANON = "7d0b0a3e-2f8e-4a52-9c43-0a1b2c3d4e5f"
VIDEO = "kinesinlms.course.video.activity"
PLAYER = b"""{"event_type":"kinesinlms.course.video.activity","course_run":"SP",
"course_slug":"DEMO","unit_node_slug":"u1","course_unit_id":17,"course_unit_slug":"intro",
"block_id":4,"block_uuid":"1f0c9a52-5d0a-4a8e-8f43-6a1b1e0c7d11",
"event_data":{"video_id":"k519LgRBnEM","video_event_type":"kinesinlms.course.video.play"}}"""
DOCUMENT = b"""{
  "tracking_event_type": "video",
  "node_id": 9,
  "event_data": {
    "video_id": "k519LgRBnEM",
    "video_event_type": "kinesinlms.course.video.pause"
  }
}"""


def post(local: Local, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    """As the page's own script posts it, cookies and all."""
    sent = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Cookie": "csrftoken=mWq1; sessionid=2yx4",
        "X-CSRFToken": "mWq1",
        "Origin": "https://lms.example",
        "Referer": "https://lms.example/courses/DEMO/SP/content/1/2/3/",
    }
    status, answer, _ = local.send("POST", path, body, **sent, **headers)
    return status, answer


@pytest.mark.parametrize(
    ("body", "what"),
    [(PLAYER, "what the player sends"), (DOCUMENT, "what the document says")],
    ids=["player", "document"],
)
@pytest.mark.parametrize("path", ["/api/tracking", "/api/tracking/"])
def test_a_tracking_event_arrives_through_a_proxy_that_knows_the_learner(
    local: Local, customer: Customer, path: str, body: bytes, what: str
) -> None:
    proxy = {"Authorization": f"Bearer {customer.token}", "X-Anon-Username": ANON}

    taken = post(local, path, body, **proxy)

    assert taken == (201, {"tracking_event_type": VIDEO, "received": True})
    local.settled(customer, 1)
    (event,) = eventually(lambda: local.get(customer, "events")["events"], bool)
    assert (event["action"], event["user"]["anonymous_id"]) == (VIDEO, ANON)
    assert event["info"]["event_data"]["video_id"] == "k519LgRBnEM"
    record(GOLDEN, "KinesinLMS", "/api/tracking", what)


def test_a_learners_session_alone_opens_nothing(local: Local) -> None:
    status, body = post(local, "/api/tracking/", PLAYER)

    assert status == 403
    assert {"code", "message", "detail"} <= body.keys()
    record(GOLDEN, "KinesinLMS", "/api/tracking", "403 without a token")
