"""Good bodies of every door, with every field that its format knows: what damage starts from."""

import json
from typing import Any, NamedTuple

from tests.faults.doorbell import BULK, CSV, ONE, TENANT, TOKEN
from waypost.sources.kinesin_types import VIDEO, VIDEO_EVENTS


class Door(NamedTuple):
    """Where a sender posts to, with what, and whether its answer is Planhat's."""

    path: str
    seeds: list[bytes]
    headers: dict[str, str]
    is_planhats: bool = False


def _json(*bodies: Any) -> list[bytes]:
    return [json.dumps(body).encode() for body in bodies]


PLANHAT = [
    b'{"email":"ann@acme.com","action":"Logged in","info":{"index":20,"theme":"Blue"},'
    b'"date":"2016-10-13T08:00:00.000Z"}',
    b'[{"name":"Ann","email":"a@acme.com","cId":"abc","weight":1,"count":1},'
    b'{"externalId":"u1","action":"x","count":2},{"id":"u2","extra":[1,{"a":null}]}]',
    b'{"id":"u1"}\n{"id":"u2","action":"say \\"hi\\""}\r\n{"id":"u3","name":"Zo\xc3\xab"}\n',
    b'[\n  {\n    "id": "u1",\n    "info": {}\n  },\n  {\n    "id": "u2"\n  }\n]\n',
    b"email=ann%40acme.com&action=Logged+in&info%5Bplan%5D=pro",
    b'[{"externalId":"u1","messageId":"m1","date":"2026-11-20T11:59:00Z","action":"x","bot":false,'
    b'"sentAt":"2026-11-20T12:00:00Z","label":"X","session":"s","page":"https://a.example/"}]',
]
TABLES = [
    b"cId, id, name, email, weight, action, date, count\n"
    b",,Felipe Walker,felipe@acme.com,1,logged in,2017-02-21T03:24:00Z,3\n"
    b"acme,u-1,Ann,ann@acme.com,2,seen,,1\n",
    b'id;action;plan\r\nu-1;"two\r\nlines";pro\r\nu-2;"say ""hi""";\r\n\r\nu-3;x;y',
    b'\xef\xbb\xbfid\tinfo\nu-1\t{"a":1}\nu-2\t\n',
]
_CONTEXT = {"traits": {"email": "p@i.com"}, "library": {"name": "x"}, "page": {"url": "https://a"}}
_TRACK = {"type": "track", "userId": "u1", "event": "Saved", "messageId": "m1", "context": _CONTEXT}
_TRACK |= {"timestamp": "2026-11-20T11:00:00Z", "properties": {"weight": 2, "companyId": "acme"}}
_TRAITS = {"email": "a@b.c", "firstName": "A", "company": {"id": "acme", "name": "Acme"}}
SEGMENT = _json(
    {"batch": [_TRACK, _TRACK | {"messageId": "m2"}], "sentAt": "2026-11-20T12:00:05Z"},
    {"type": "identify", "userId": "u1", "anonymousId": "a1", "traits": _TRAITS},
    [{"type": "page", "anonymousId": "a1", "name": "Home", "category": "c", "properties": {}}],
    {"type": "group", "userId": "u1", "groupId": "acme", "traits": {"name": "Acme", "id": "x"}},
    {"type": "alias", "userId": "u1", "previousId": "a1"},
    {"type": "screen", "user_id": "u1", "context": {"groupId": "acme"}, "sentAt": "2023-01-01"}
    | {"originalTimestamp": 1_785_000_000},
)
_USED = {"account_id": "acme", "user_id": "u1", "created_at": 1_795_175_000_000, "session_id": "s"}
_DETAILS = {"first_name": "A", "email": "a@b.c", "mobile": "1", "employees": "5", "join_date": 1}
NATERO = _json(
    _USED | {"action": "feature", "feature": "Export", "module": "m", "product": "p", "total": 2},
    [_USED | {"action": "login", "details": _DETAILS}, _USED | {"action": "pageView", "page": "x"}],
    _USED | {"action": "moduleEnd", "time_spent": 100, "active_duration": 5, "messageId": "m1"},
    _USED | {"action": "identifyAccount", "details": {"name": "A", "is_churned": "true"}},
    _USED | {"action": "sessionSync", "sentAt": "2026-11-20T12:00:00Z", "bot": False, "dropped": 2},
)
NATERO.append(b"action=feature&feature=x&user_id=u&account_id=a&created_at=1795175000000")
_REQUEST: dict[str, Any] = {
    "uri": "https://a.example/orders/7?x=1",
    "verb": "GET",
    "ip_address": "1.1.1.1",
}
_REQUEST |= {"time": "2026-11-20T11:59:00Z", "headers": {"X-Moesif-Transaction-Id": "t"}}
_OF = {"user_id": "u1", "company_id": "acme", "session_token": "s" * 300, "metadata": {"a": {}}}
ACTIONS = _json(
    _OF | {"action_name": "Saved", "request": _REQUEST, "transaction_id": "t1"},
    [_OF | {"action_name": "Saved", "request": {"uri": "/"}}] * 2,
)
CALLS = _json(
    [_OF | {"request": _REQUEST, "response": {"time": "2026-11-20T11:59:01Z", "status": 200}}],
    _OF | {"request": _REQUEST, "response": {"status": "201"}, "weight": 2, "user_id": None},
)
USERS = _json(
    _OF | {"metadata": {"email": "a@b.c", "first_name": "A"}, "modified_time": "2026-11-20"},
    [_OF | {"anonymous_id": "a1", "campaign": {"utm_source": "x"}, "ip_address": "1.1.1.1"}],
)
COMPANIES = _json([{"company_id": "acme", "company_domain": "acme.com", "metadata": {"plan": "x"}}])
_PLANS = [{"plan_id": "p", "price_id": "q"}]
SUBSCRIPTIONS = _json(
    [{"company_id": "acme", "subscription_id": "s", "status": "active", "items": _PLANS}],
    {"company_id": "acme", "subscription_id": "s", "status": "active", "metadata": {"a": [1]}},
)
_VIEW = {"action": "screen.view", "label": "Viewed", "client": {"customId": "c1", "email": "a@b.c"}}
_VIEW |= {"time": "2026-11-20T09:00:00Z", "params": {"companyId": "acme", "a": 1}, "eventSalt": "x"}
_PRODUCTS = [{"sku": "1", "name": "n", "finalUnitPrice": {"amount": 1, "currency": "EUR"}}]
_UUID = "07243772-008a-42e1-ba37-c3807cebde8f"
EVENTS = _json(_VIEW, [_VIEW | {"client": {"id": 434428563, "uuid": _UUID}}, _VIEW])
_BOUGHT = {"client": {"id": 1}, "recordedAt": "2026-11-20T09:00:00Z", "products": _PRODUCTS}
TRANSACTIONS = _json(_BOUGHT, [_BOUGHT | {"orderId": "o", "eventSalt": "x"}])
_VIDEO = {"video_id": "v", "video_event_type": VIDEO_EVENTS[1]}
KINESIN = _json(
    {
        "event_type": "kinesinlms.course.bookmark.created",
        "anon_username": "a1",
        "course_slug": "c",
        "course_run": "r",
    },
    {"event_type": "video", "anon_username": "a1", "course_unit_id": 5, "page_url": "/x"}
    | {"course_slug": "c", "course_run": "r", "event_data": _VIDEO, "block_uuid": None},
    {"tracking_event_type": VIDEO, "anon_username": "a", "node_id": "n", "event_data": _VIDEO},
)
POINTS = _json(
    [{"dimensionId": "seats", "value": 42, "externalId": "acme", "date": "2026-11-20"}],
    {"dimensionId": "seats", "value": "4.5", "assetExtId": "a", "companyExternalId": "acme"},
)

_BASIC, _BEARER = {"authorization": TOKEN}, {"authorization": f"Bearer {TOKEN}"}
_MOESIF = {"x_moesif_application_id": TOKEN}
DOORS = [
    Door(ONE, PLANHAT, {}, is_planhats=True),
    Door(BULK, PLANHAT, {}, is_planhats=True),
    Door(CSV, TABLES, {}, is_planhats=True),
    Door(f"/dimensiondata/{TENANT}", POINTS, {}),
    Door("/v1/batch", SEGMENT, _BEARER),
    Door("/v1/import", SEGMENT, _BEARER),
    Door("/dock/segment", SEGMENT, _BEARER),
    Door(f"/v1/{TOKEN}/{TENANT}", NATERO, {}),
    Door("/v1/actions/batch", ACTIONS, _MOESIF),
    Door("/v1/events/batch", CALLS, _MOESIF),
    Door("/v1/users/batch", USERS, _MOESIF),
    Door("/v1/companies/batch", COMPANIES, _MOESIF),
    Door("/v1/subscriptions/batch", SUBSCRIPTIONS, _MOESIF),
    Door("/v4/events/custom", EVENTS, _BEARER),
    Door("/v4/events/batch", EVENTS, _BEARER),
    Door("/v4/transactions/batch", TRANSACTIONS, _BEARER),
    Door("/api/tracking", KINESIN, _BEARER),
]
