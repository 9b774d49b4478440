"""What the load queue says: which object of the inbox is to be loaded, and from where on."""

from hashlib import blake2b

import msgspec
from msgspec import Struct

from waypost import jsdate
from waypost.ingest import batches, drops
from waypost.ingest.batches import BatchRecord


class Job(Struct, omit_defaults=True):
    """One object of the inbox to load, from its `skip`-th part on."""

    tenant: str
    key: str
    etag: str
    batch: str
    kind: str
    created: int
    skip: int = 0


def job_of(body: str) -> Job | None:
    """The job in a queue message: an S3 event from EventBridge, or a continuation of ours.

    None for an object that is nobody's file: an unknown folder, or no tenant in its path.
    """
    message = msgspec.json.decode(body)
    if "detail" not in message:
        return msgspec.convert(message, Job)
    detail = message["detail"]["object"]
    key, etag, size = detail["key"], detail.get("etag", ""), detail.get("size")
    folder, _, rest = key.partition("/")
    tenant, _, name = rest.partition("/")
    created = jsdate.parse(message["time"])
    if folder == "uploads" and name.endswith("/data"):
        return Job(tenant, key, etag, name.removesuffix("/data"), "upload", created)
    if folder == "drops" and drops.is_data(name, size):
        return Job(tenant, key, etag, own_batch(key, etag, created), "drop", created)
    return None


def job_for(tenant: str, record: BatchRecord) -> Job:
    """The job that reads a batch's file from its first part that is not queued yet."""
    key, etag = record.key or "", record.object or ""
    return Job(tenant, key, etag, record.id, record.kind, record.created, record.parts)


def own_batch(key: str, etag: str, created: int) -> str:
    """Made of the object, not drawn: S3 may announce a file twice, and that is one batch."""
    token = blake2b(f"{key}\0{etag}".encode(), digest_size=16).hexdigest()
    return batches.new_id(created, token)
