"""How a server bears hellos, told as facts: what it refused, stumbled over and echoed."""

from __future__ import annotations

from scanners.tls.answer import Verdict
from scanners.tls.groups import NAMES
from scanners.tls.hello import GROUPS
from scanners.tls.place import NOT_PROBED, Depth
from scanners.tls.suites import PROTOCOLS, TLS13
from scanners.tls.wire import WireError, numbers
from scanners.unseen import PartialList, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scanners.tls.account import Account

_NAMES = {
    0: "server_name",
    1: "max_fragment_length",
    5: "status_request",
    10: "supported_groups",
    11: "ec_point_formats",
    13: "signature_algorithms",
    15: "heartbeat",
    16: "application_layer_protocol_negotiation",
    18: "signed_certificate_timestamp",
    21: "padding",
    22: "encrypt_then_mac",
    23: "extended_master_secret",
    27: "compress_certificate",
    28: "record_size_limit",
    35: "session_ticket",
    41: "pre_shared_key",
    42: "early_data",
    43: "supported_versions",
    44: "cookie",
    51: "key_share",
    0x3374: "next_protocol_negotiation",
    0xFF01: "renegotiation_info",
}
"""Extensions by their number (IANA TLS ExtensionType Values), those that servers answer."""
_MOST = 100


def told(account: Account) -> dict[str, Any]:
    """The facts, each with a gap where it is not known."""
    found = account.found
    return {
        "protocols_refused": _refused(account),
        "version_intolerance": _stumbles(account),
        "extensions": _extensions(account),
        "server_group_order": account.known(found.group_order, "server_group_order"),
        "groups_announced": _announced(account),
    }


def _refused(account: Account) -> tuple[dict[str, str], ...]:
    """Each version that was refused, with how."""
    versions = account.found.versions.values()
    refused = [
        {"version": PROTOCOLS[version.number], "how": version.last.refusal}
        for version in versions
        if version.verdict is Verdict.REFUSED and version.last
    ]
    doubts = [version for version in versions if not (version.suites or version.complete)]
    return account.listed(refused, "protocols_refused", doubts)


def _stumbles(account: Account) -> Any:
    """What had to be left out before a hello was taken."""
    if account.found.stumbles is None:
        detail = "no hello with unknown values was answered clearly"
        return account.unknown("version_intolerance", Reason.INCONCLUSIVE, detail)
    return tuple(dict.fromkeys([*account.talk.stumbles, *account.found.stumbles]))


def _extensions(account: Account) -> tuple[dict[str, Any], ...]:
    """What was answered to extensions, by version; half handshakes show what TLS 1.3 encrypts."""
    seen: dict[int, set[int]] = {number: set() for number in account.found.accepted}
    for hello, answer in account.talk.heard:
        if answer.hello and hello.version in seen:
            seen[hello.version] |= set(answer.hello.extensions)
    for half in account.halves:
        seen[TLS13] |= set(half.extensions)
    answered = [
        {"version": PROTOCOLS[number], "code": code, "name": _NAMES.get(code, f"0x{code:04x}")}
        for number, codes in seen.items()
        for code in sorted(codes)
    ]
    if len(answered) > _MOST:
        account.miss("extensions", Reason.PARTIAL, f"{len(answered)} are answered")
        return PartialList(answered[:_MOST])
    newest = account.found.versions[TLS13]
    if newest.suites and not account.halves:
        account.miss("extensions", Reason.PARTIAL, "those that TLS 1.3 encrypts were not read")
        return PartialList(answered)
    return tuple(answered)


def _announced(account: Account) -> Any:
    """The groups that the server names by itself; none without TLS 1.3."""
    newest = account.found.versions[TLS13]
    if account.halves:
        try:
            codes = numbers(account.halves[0].extensions.get(GROUPS, b""))
        except WireError:
            return account.unknown("groups_announced", Reason.GARBLED, "the server's list cannot be read")
        return tuple(NAMES.get(code, f"0x{code:04x}") for code in codes[:_MOST])
    if newest.complete and not newest.suites:
        return ()
    if account.place.depth is Depth.HELLOS:
        return account.unknown("groups_announced", Reason.NOT_COLLECTED, NOT_PROBED[Depth.HELLOS])
    return account.unknown("groups_announced", Reason.INCONCLUSIVE, "no handshake of TLS 1.3 was opened")
