"""The secret of a tenant: who gets one, that it stays, and that whoever needs it finds it."""

from base64 import b64encode
from contextlib import nullcontext
from types import SimpleNamespace
from uuid import uuid4

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from tests.integration.worlds import Aws, World
from waypost.cli.app import app
from waypost.event import Event
from waypost.profiles import resolution
from waypost.profiles.directory import user_id, user_keys
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.storage import keys, stack, tenant_secrets
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.models_table import DynamoModels
from waypost.storage.tenant_secrets import TenantSecrets
from waypost.storage.tenants_table import SECRET_BYTES, DynamoTenants
from waypost.tenants import Tenant

NOW = 1_800_000_000_000


@pytest.fixture
def directory(moto: Aws) -> Table:
    return Table(moto.client("dynamodb"), moto.outputs["DirectoryTable"])


def stored(directory: Table, tenant: Tenant) -> Tenant:
    DynamoTenants(directory).put(tenant)
    standing = DynamoTenants(directory).get(tenant.id)
    assert standing is not None
    return standing


def test_a_tenant_that_is_made_without_a_secret_gets_one_of_its_own(directory: Table) -> None:
    made = [stored(directory, Tenant(str(uuid4()))) for _ in range(20)]

    secrets = {tenant.secret for tenant in made}

    assert {len(secret) for secret in secrets} == {SECRET_BYTES} == {32}
    assert len(secrets) == 20


def test_a_tenant_put_again_keeps_its_secret_and_gets_its_settings(directory: Table) -> None:
    first = stored(directory, Tenant("t1", name="first"))

    again = [stored(directory, Tenant("t1", name="again", secret=new)) for new in (b"", b"other")]

    assert again == [replace(first, name="again")] * 2


class Hasty(DynamoTenants):
    """Reads a tenant, whereupon somebody else makes that very tenant."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.other = DynamoTenants(table)
        self.met = False

    def _put(self, tenant: Tenant, seen: str | None) -> bool:
        if not self.met:
            self.met = True
            self.other.put(Tenant(tenant.id, secret=b"of whoever was first"))
        return super()._put(tenant, seen)


def test_of_two_who_make_a_tenant_at_once_the_first_one_gives_the_secret(directory: Table) -> None:
    Hasty(directory).put(Tenant("t1", name="second"))

    expected = Tenant("t1", name="second", secret=b"of whoever was first")
    assert DynamoTenants(directory).get("t1") == expected


def test_a_change_of_settings_keeps_the_secret(directory: Table) -> None:
    before = stored(directory, Tenant("t1"))

    DynamoTenants(directory).change("t1", lambda tenant: replace(tenant, retention_days=1))

    assert DynamoTenants(directory).get("t1") == replace(before, retention_days=1)


def test_whoever_only_knows_the_tenants_id_finds_its_users_by_their_keys(
    directory: Table,
) -> None:
    tenant = stored(directory, Tenant("t1"))
    ann = Event(time=NOW, action="Did", external_id="ann", anonymous_id="a1")
    writer = DynamoDirectory(directory)
    view = writer.view(tenant, [ann])
    resolution.resolve(ann, view, tenant, NOW)
    writer.commit(tenant.id, view.change)

    # As after a cold start: nobody has handed these stores the tenant's record.
    reader, models = DynamoDirectory(directory), DynamoModels(directory, DynamoDirectory(directory))

    user = reader.user_at("t1", "x:ann")
    assert user is not None
    assert user.id == user_id("t1", "x:ann", tenant.secret)
    assert reader.user_at("t1", "a:a1") == user
    assert models.targets("t1", {"x:ann"}) == {"x:ann": user.id}
    models.remove(ENDUSERS, "t1", user)
    assert [reader.user_at("t1", key) for key in ("x:ann", "a:a1")] == [None, None]


def test_nothing_lies_where_a_key_without_the_secret_leads(directory: Table) -> None:
    tenant = stored(directory, Tenant("t1"))
    ann = Event(time=NOW, action="Did", external_id="ann", email="no address", anonymous_id="a1")
    people = DynamoDirectory(directory)
    view = people.view(tenant, [ann])
    resolution.resolve(ann, view, tenant, NOW)

    people.commit("t1", view.change)

    for secret, there in ((b"", False), (tenant.secret, True)):
        places = [keys.identity("t1", key, secret) for key in user_keys(ann)]
        assert [directory.get(*place) is not None for place in places] == [there] * 3


def test_a_users_id_is_the_same_whichever_key_comes_later(world: World, tenant: Tenant) -> None:
    ids = []
    for email, name in (("ann@acme.com", None), ("Ann@acme.com", "ann")):
        event = Event(time=NOW, action="Did", email=email, external_id=name)
        view = world.directory.view(tenant, [event])
        ids.append(resolution.resolve(event, view, tenant, NOW).user_id)
        world.directory.commit(tenant.id, view.change)

    assert ids == [user_id(tenant.id, "e:ann@acme.com", tenant.secret)] * 2


class Noting(Table):
    """Notes the partition of each item that is read alone."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.client, table.name)
        self.asked: list[str] = []

    def get(self, pk: str, sk: str) -> Item | None:
        self.asked.append(pk)
        return super().get(pk, sk)


def test_a_run_that_has_a_tenants_record_does_not_read_it_again(directory: Table) -> None:
    tenant, table = stored(directory, Tenant("t1")), Noting(directory)
    people = DynamoDirectory(table)

    for name in ("ann", "ben"):
        event = Event(time=NOW, action="Did", external_id=name)
        view = people.view(tenant, [event])
        resolution.resolve(event, view, tenant, NOW)
        people.commit(tenant.id, view.change)

    assert table.asked == []


def test_a_reader_reads_a_tenants_record_once(directory: Table) -> None:
    stored(directory, Tenant("t1"))
    table = Noting(directory)
    people = DynamoDirectory(table)

    for key in ("x:ann", "e:ann@acme.com", "a:a1"):
        people.user_at("t1", key)

    assert table.asked == ["tenant"]


def test_more_tenants_than_are_remembered_are_read_again(
    directory: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_secrets, "MOST", 2)
    tenants = [stored(directory, Tenant(f"t{n}")) for n in range(3)]
    table = Noting(directory)
    secrets = TenantSecrets(table)

    for n in (0, 1, 2, 0):
        assert secrets.of(f"t{n}") == tenants[n].secret

    assert len(table.asked) == 4


def test_a_tenant_that_is_shown_hides_its_secret() -> None:
    tenant = Tenant("t1", name="Acme", secret=b"hidden away")

    shown = f"{tenant} {tenant!r} {[tenant]} {tenant.__rich_repr__()}"

    assert "t1" in shown
    assert "hidden" not in shown


def test_the_command_that_makes_a_tenant_prints_no_secret(
    directory: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = SimpleNamespace(table=lambda _: directory)
    monkeypatch.setattr(stack, "opened", lambda *_: nullcontext(deployed))

    printed = CliRunner().invoke(app, ["tenant", "Acme"]).output

    (tenant,) = DynamoTenants(directory).every()
    assert tenant.id in printed
    assert len(tenant.secret) == SECRET_BYTES
    for text in written(tenant.secret):
        assert text not in printed


def written(secret: bytes) -> list[str]:
    """A secret in the ways in which a text may hold it."""
    return [secret.hex(), b64encode(secret).decode(), repr(secret)]
