"""Writes to Planhat's models: creating, updating and deleting records, one or 5,000 at a time."""

from collections.abc import Callable, Sequence
from functools import partial

from waypost.errors import Malformed, NotFound, Unavailable, WaypostError
from waypost.event import ItemError, Reject
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.ports import ModelStore, RecordStores
from waypost.profiles.planhat.records import (
    Desk,
    Draft,
    Model,
    Record,
    Verdict,
    immutable,
    reference,
)
from waypost.profiles.view import People
from waypost.sources import items
from waypost.sources.formats.placeholders import placeholder_list
from waypost.tenants import Tenant

MAX_RECORDS = 5000  # Planhat's own bound
_SLICE = 500  # a lost race repeats one slice, not the whole body
_RANK = ("unchanged", "updated", "created")
_PAYLOAD, _RIGHTS = 400, 403
_DELETED = {"n": 1, "ok": 1, "deletedCount": 1}
Clock = Callable[[], int]
_Drafts = Sequence[tuple[int, Draft]]
_Verdicts = dict[int, Verdict | ItemError]


def create(model: Model, body: bytes, tenant: Tenant, stores: RecordStores) -> Record:
    """The stored record of one that was sent; one that is there already is updated."""
    return _one(model, _only(model, body, tenant), tenant, stores)


def change(model: Model, name: str, body: bytes, tenant: Tenant, stores: RecordStores) -> Record:
    """The record that `name` refers to, with what was sent laid over it. Raises `NotFound`."""
    draft = _only(model, body, tenant)
    id = str(read(model, name, tenant.id, stores.models)["_id"])
    if draft.id not in (None, id):
        raise _refused(immutable("_id"))
    draft.id = id
    return _one(model, draft, tenant, stores)


def read(model: Model, name: str, tenant: str, store: ModelStore) -> Record:
    """The record that `name` refers to. Raises `NotFound`."""
    return model.record(tenant, find(model, name, tenant, store))


def delete(model: Model, name: str, tenant: str, stores: RecordStores) -> Record:
    """Forgets a record and every key that leads to it; events stay. Raises `NotFound`."""
    thing = find(model, name, tenant, stores.models)
    # Landed first: whoever asks again after a crash must still find what is to be forgotten.
    gone = stores.models.kin(tenant, thing)
    stores.lake.put_changes(tenant, gone, stores.clock(), gone=True)
    stores.models.remove(model, tenant, thing)
    return _DELETED


def refusal(error: WaypostError, status: int, _path: str) -> object:
    """The body of a refusal. Planhat's Python client raises what stands in a list of errors."""
    entry = Reject(0, error.code, error.message, str(error.extra.get("field") or "") or None)
    lists = {_PAYLOAD: "errors", _RIGHTS: "permissionErrors"}
    told = {lists[status]: [entry.answer()]} if status in lists else {}
    return {**error.body(), "errors": [], **told}


def find(model: Model, name: str, tenant: str, store: ModelStore) -> object:
    """The account or user that a reference in a URL leads to. Raises `NotFound`."""
    wanted = reference(name)
    if wanted is not None:
        pointer = model.pointer(wanted)
        known = store.targets(tenant, {pointer}) if pointer else {}
        id = model.located(wanted, known)
        for record in store.some(model, tenant, {id} if id else set()):
            return record
    raise NotFound(
        f"no record of {model.name} has this _id, extid-<externalId> or srcid-<sourceId>",
        code=model.unknown,
    )


def upsert(model: Model, body: bytes, tenant: Tenant, stores: RecordStores) -> tuple[Record, int]:
    """Planhat's answer to a bulk upsert, and its status: 200, 206 for some, 400 for none."""
    raw_items = items.items(body)
    if len(raw_items) > MAX_RECORDS:
        raise Malformed(f"more than {MAX_RECORDS} records in one body", code="too_many_items")
    drafts, rejects = items.each(raw_items, partial(_draft, model=model, tenant=tenant))
    verdicts = _land(model, drafts, tenant, stores)
    for n, error in verdicts.items():
        if isinstance(error, ItemError):
            rejects.append(error.reject(n, ""))
    taken = [verdict for verdict in verdicts.values() if isinstance(verdict, Verdict)]
    known = {n for n, draft in drafts if draft.id is not None}
    return answer(taken, sorted(rejects, key=lambda reject: reject.index), known)


def answer(
    taken: list[Verdict], rejects: list[Reject], known: set[int]
) -> tuple[dict[str, object], int]:
    """The answer to a bulk upsert. `known` are the places of items that gave an `_id`: what is
    wrong with those counts as an error of an update.
    """
    created = [verdict.record for verdict in taken if verdict.kind == "created"]
    updated = [verdict.record for verdict in taken if verdict.kind == "updated"]
    # Exactly Planhat's keys: its Python client adds up the numbers and joins the lists of chunks.
    body: dict[str, object] = {
        "created": len(created),
        "createdErrors": [reject.answer() for reject in rejects if reject.index not in known],
        "insertsKeys": [_keys(record) for record in created],
        "updated": len(updated),
        "updatedErrors": [reject.answer() for reject in rejects if reject.index in known],
        "updatesKeys": [_keys(record) for record in updated],
        "nonupdates": len(taken) - len(created) - len(updated),
        "modified": [record["_id"] for record in updated],
        "upsertedIds": [record["_id"] for record in created],
        "permissionErrors": [],
    }
    if not rejects:
        return body, 200
    return body, 206 if taken else 400


def _keys(record: Record) -> Record:
    names = ("_id", "externalId", "sourceId")
    return {name: record[name] for name in names if record[name] is not None}


def _only(model: Model, body: bytes, tenant: Tenant) -> Draft:
    message = f"send one object here; PUT /{model.name} takes an array"
    raw_items = items.single(body, Malformed(message, code="too_many_items"))
    drafts, rejects = items.each(raw_items, partial(_draft, model=model, tenant=tenant))
    for reject in rejects:
        raise Malformed(reject.message, code=reject.code, field=reject.field)
    return drafts[0][1]


def _draft(item: Record, model: Model, tenant: Tenant) -> Draft:
    placeholder_list(tenant.placeholders).refuse(item, model.who)
    return model.draft(item)


def _one(model: Model, draft: Draft, tenant: Tenant, stores: RecordStores) -> Record:
    verdict = _land(model, [(0, draft)], tenant, stores)[0]
    if isinstance(verdict, ItemError):
        raise _refused(verdict)
    return verdict.record


def _refused(error: ItemError) -> Malformed:
    return Malformed(error.message, code=error.code, field=error.field)


def _land(model: Model, drafts: _Drafts, tenant: Tenant, stores: RecordStores) -> _Verdicts:
    """Applies drafts, and lands every record that they touched, changed or not: an earlier try of
    the same request may have written it and come no further.
    """
    verdicts: _Verdicts = {}
    touched: People = {}
    try:
        for start in range(0, len(drafts), _SLICE):
            some = drafts[start : start + _SLICE]
            verdicts |= _settle(model, some, tenant, stores, touched)
    finally:
        # Also of a request that fails half-way, whose sender may never ask again.
        stores.lake.put_changes(tenant.id, list(touched.values()), stores.clock())
    return verdicts


def _settle(
    model: Model, drafts: _Drafts, tenant: Tenant, stores: RecordStores, touched: People
) -> _Verdicts:
    """Applies a slice of drafts; where somebody else wrote the same records first, once more.

    A lost race may have written a part, which the next try finds unchanged: the best word counts.
    """
    verdicts: _Verdicts = {}
    for _ in stores.deadline.tries():
        desk = _desk(model, drafts, tenant, stores.clock(), stores.models)
        verdicts = {n: _better(verdicts.get(n), _judged(model, draft, desk)) for n, draft in drafts}
        lost = stores.models.commit(tenant.id, desk.view.change)
        touched |= desk.view.written(lost, whole=True)
        if lost:
            continue
        # Pointers come after what they lead to: a crash between leaves none that leads nowhere.
        stores.models.point(tenant.id, desk.pointers, desk.gone)
        return verdicts
    raise Unavailable("others keep writing the same records; send the same request again")


def _desk(model: Model, drafts: _Drafts, tenant: Tenant, now: int, store: ModelStore) -> Desk:
    """Reads whatever the drafts may touch: pointers first, then what they lead to."""
    wanted = {key for _, draft in drafts for key in model.pointers(draft)}
    companies = {COMPANIES.pointer(draft.company) for _, draft in drafts if draft.company}
    known = store.targets(tenant.id, wanted | {key for key in companies if key})
    events = [model.event(draft, known, now) for _, draft in drafts]
    named = {id for _, draft in drafts if (id := model.named(draft, known))}
    view, users = store.view(model, tenant, events, named)
    return Desk(tenant, now, view, known, users)


def _judged(model: Model, draft: Draft, desk: Desk) -> Verdict | ItemError:
    try:
        return model.apply(draft, desk)
    except ItemError as error:
        return error


def _better(before: Verdict | ItemError | None, now: Verdict | ItemError) -> Verdict | ItemError:
    if not isinstance(before, Verdict) or not isinstance(now, Verdict):
        return now
    return now._replace(kind=max(before.kind, now.kind, key=_RANK.index))
