"""What the deeper questions brought, told as facts: curves, schemes, names, sessions, one web page."""

from __future__ import annotations

from scanners.tls.details import Seen
from scanners.tls.groups import NAMES, scheme_name
from scanners.tls.place import NOT_PROBED, Depth
from scanners.tls.suites import TLS13
from scanners.unseen import UNKNOWN, PartialList, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scanners.tls.account import Account

    Facts = dict[str, Any]

_TOLD = (
    *("groups_tls12", "signature_schemes_tls12", "signature_schemes_tls13", "alpn_strict", "sni_required"),
    *("default_certificates", "session_id_resumption", "ticket_lifetime", "early_data"),
    *("http", "hsts_max_age", "hsts_subdomains"),
)
_OPEN = "not everything was asked or answered clearly"


def told(account: Account) -> Facts:
    """The facts, each with a gap where it is not known."""
    if account.place.depth is Depth.HELLOS:
        return {name: account.unknown(name, Reason.NOT_COLLECTED, NOT_PROBED[Depth.HELLOS]) for name in _TOLD}
    return {**_lists(account), **_naming(account), **_sessions(account)}


def _lists(account: Account) -> Facts:
    """Curves and signature schemes."""
    curves, older = account.details.curves, account.details.schemes
    newer = (
        account.newest.schemes if account.newest else Seen(complete=account.found.versions[TLS13].complete)
    )
    return {
        "groups_tls12": _list(account, "groups_tls12", [NAMES[code] for code in curves.codes], curves),
        "signature_schemes_tls12": _list(account, "signature_schemes_tls12", _names(older), older),
        "signature_schemes_tls13": _list(account, "signature_schemes_tls13", _names(newer), newer),
    }


def _names(seen: Seen) -> list[str]:
    """Signature schemes by name."""
    return [scheme_name(code) for code in seen.codes]


def _list(account: Account, name: str, names: list[str], seen: Seen) -> tuple[str, ...]:
    """The list, or the part of it that was seen."""
    if seen.complete:
        return tuple(names)
    account.miss(name, Reason.PARTIAL, _OPEN)
    return PartialList(names)


def _naming(account: Account) -> Facts:
    """What an unknown protocol and a client that names nobody get."""
    strict = account.details.alpn_strict
    if strict is None and account.newest:
        strict = account.newest.alpn_strict
    shown, required = _nameless(account)
    return {
        "alpn_strict": _known(account, "alpn_strict", strict),
        "sni_required": _known(account, "sni_required", required),
        "default_certificates": _known(account, "default_certificates", shown),
    }


def _nameless(account: Account) -> tuple[Any, bool | None]:
    """The leaf that is shown without a name, and whether a name is required; None where it is not known."""
    from scanners.tls.certificate import described  # noqa: PLC0415 - hellos alone need no crypto library

    older, newer = account.details.nameless, account.newest.nameless if account.newest else None
    if not account.place.server_name:
        chains = account.chains()
        return (((described(chains[0][0]),) if chains else None), False)
    if older is not None and older.hello:
        return ((described(older.chain[0]),) if older.chain else ()), False
    if newer is not None and newer.chain:
        return (described(newer.chain[0]),), False
    refused = any(one is not None and one.alert >= 0 for one in (older, newer))
    return ((), True) if refused else (None, None)


def _sessions(account: Account) -> Facts:
    """What finished handshakes brought."""
    seen = account.sessions
    early = account.newest.early_data if account.newest else _false_without_tls13(account)
    page = seen.http if seen else None
    return {
        "session_id_resumption": _known(account, "session_id_resumption", seen and seen.resumes_by_id),
        "ticket_lifetime": _known(account, "ticket_lifetime", seen and seen.ticket_lifetime),
        "early_data": _known(account, "early_data", early),
        "http": _known(account, "http", page),
        "hsts_max_age": _known(
            account, "hsts_max_age", seen.hsts_max_age if seen and page is not None else None
        ),
        "hsts_subdomains": _known(
            account, "hsts_subdomains", seen.hsts_subdomains if seen and page is not None else None
        ),
    }


def _false_without_tls13(account: Account) -> bool | None:
    """False where TLS 1.3 is known to be refused."""
    return False if account.found.versions[TLS13].complete else None


def _known(account: Account, name: str, value: Any) -> Any:
    """A value, or unknown with a gap."""
    if value is None or value is UNKNOWN:
        return account.unknown(name, Reason.INCONCLUSIVE, "no handshake that tells it came to its end")
    return value
