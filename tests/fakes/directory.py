"""Directory: users, identity pointers, accounts and domains."""

from copy import deepcopy
from dataclasses import dataclass, field

import msgspec

from waypost.event import Event
from waypost.profiles.directory import Account, Change, Placement, User, View, user_keys
from waypost.profiles.ports import DirectoryConflict
from waypost.tenants import Tenant


@dataclass
class FakeDirectory:
    """Users, pointers, accounts and domains, each under (tenant, id)."""

    users: dict[tuple[str, str], User] = field(default_factory=dict)
    pointers: dict[tuple[str, str], str] = field(default_factory=dict)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    domains: dict[tuple[str, str, str], str] = field(default_factory=dict)
    placed: dict[tuple[str, str], Placement] = field(default_factory=dict)
    hour: str = "9999-12-31T23"

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        keys = {key for event in events for key in user_keys(event)}
        pointers = {k: self.pointers[tenant.id, k] for k in keys if (tenant.id, k) in self.pointers}
        users = [self.users[tenant.id, id] for id in set(pointers.values())]
        wanted = {(tenant.id, event.company_id) for event in events}
        accounts = [account for key, account in self.accounts.items() if key in wanted]
        return View(
            pointers=pointers,
            users=deepcopy(users),
            accounts=deepcopy(accounts),
            domains=self._domains(tenant.id),
        )

    def _domains(self, tenant: str) -> dict[str, dict[str, int]]:
        totals: dict[str, dict[str, int]] = {}
        for (owner, domain, _), account in self.domains.items():
            if owner == tenant:
                counts = totals.setdefault(domain, {})
                counts[account] = counts.get(account, 0) + 1
        return totals

    def commit(self, tenant: str, change: Change) -> None:
        for account in change.accounts.values():
            self._put_account(tenant, account)
        for (domain, user_id), account_id in change.domains.items():
            self.domains[tenant, domain, user_id] = account_id
        for id, placement in change.placed.items():
            self.placed[tenant, id] = msgspec.structs.replace(placement, hour=self.hour)
        if any((tenant, key) in self.pointers for key in change.pointers):
            raise DirectoryConflict
        if any(self.pointers.get((tenant, k)) != before for k, (before, _) in change.moved.items()):
            raise DirectoryConflict
        for user in change.users.values():
            standing = self.users.get((tenant, user.id))
            if user.version != (standing.version if standing else 0):
                raise DirectoryConflict
        for user in change.users.values():
            user.version += 1
            self.users[tenant, user.id] = deepcopy(user)
        self.pointers |= {(tenant, key): id for key, id in change.pointers.items()}
        self.pointers |= {(tenant, key): after for key, (_, after) in change.moved.items()}

    def placements(self, tenant: str) -> list[Placement]:
        return [
            deepcopy(placement) for (owner, _), placement in self.placed.items() if owner == tenant
        ]

    def _put_account(self, tenant: str, account: Account) -> None:
        standing = self.accounts.get((tenant, account.id))
        seen = account.version
        account.version += 1
        if standing is not None and not seen and not account.traits and account.name is None:
            return
        if seen != (standing.version if standing else 0):
            raise DirectoryConflict
        self.accounts[tenant, account.id] = deepcopy(account)
