"""Public keys that let somebody in, those that the server shows, and private ones in homes (sshd(8))."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from msgspec.structs import replace

from scanners.config.identityfacts import AuthorizedKey, HostKey, PrivateKey
from scanners.config.sshdfacts import Sshd
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, Sections, dumps

_KEY = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)\s+(AAAA[A-Za-z0-9+/=]+)(?:\s+(.*))?$")
_OPTION = re.compile(r"\s*([A-Za-z0-9-]+)(?:=\"((?:[^\"\\]|\\.)*)\")?\s*(?:,|$)")
_CURVES = {"nistp256": 256, "nistp384": 384, "nistp521": 521}
_MOST_LINES = 500
_MOST_OTHERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLines:
    """What lies in the homes: lines by account, accounts that could not be looked at, private keys."""

    lines: dict[str, tuple[str, ...]]
    hidden: frozenset[str]
    private: tuple[PrivateKey, ...]


def parse_key_lines(text: str) -> KeyLines:
    """The section `authorized-keys`.

    `F account path`, its lines behind `|`, then `A account y|?`; `P kind account path` is a private key.
    """
    lines: dict[str, list[str]] = {}
    hidden: set[str] = set()
    private: list[PrivateKey] = []
    account = ""
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        if line.startswith("|"):
            lines.setdefault(account, []).append(line[1:])
        elif mark == "F":
            account = rest.partition(" ")[0]
        elif mark == "A":
            name, _, seen = rest.partition(" ")
            if seen == "y":
                lines.setdefault(name, [])
            else:
                hidden.add(name)
        elif mark == "P":
            private.append(_private(rest))
    return KeyLines(
        lines={name: tuple(found) for name, found in lines.items() if name not in hidden},
        hidden=frozenset(hidden),
        private=tuple(private),
    )


def unseen_sources(server: Sshd) -> str:
    """Why keys may come from where nobody looked, in words; empty if all places of keys are known."""
    if server is UNKNOWN or server.installed is UNKNOWN:
        return "whether there is an sshd is not known"
    if not server.installed:
        return ""
    if server.settings is UNKNOWN:
        return "where sshd looks for keys is not known"
    programs = ("authorizedkeyscommand", "trustedusercakeys")
    named = [f"{key} {value}" for key in programs if (value := server.settings.get(key, "none")) != "none"]
    return f"keys also come from {', '.join(named)}"[:150] if named else ""


def authorized_keys(sections: Sections, server: Sshd, gaps: Gaps) -> tuple[AuthorizedKey, ...]:
    """Every key that lets somebody in; a partial list where one may not have been seen."""
    found = parse_key_lines(sections.text("authorized-keys"))
    keys: dict[str, AuthorizedKey] = {}
    cut = {name for name, lines in found.lines.items() if len(lines) >= _MOST_LINES}
    for account, lines in found.lines.items():
        for line in lines:
            key = parse_key(account, line)
            if key is None:
                cut.add(account)
            else:
                keys.setdefault(key.locus, key)
    opens: dict[str, set[str]] = {}
    for key in keys.values():
        opens.setdefault(key.fingerprint, set()).add(key.account)
    hidden = found.hidden | cut
    if hidden:
        detail = f"not readable, not understood or on a network mount: {', '.join(sorted(hidden))}"[:200]
        gaps.add("ssh_keys", Reason.PARTIAL, detail)
    if why := unseen_sources(server):
        gaps.add("ssh_keys", Reason.PARTIAL, why)
        hidden |= {"?"}
    whole = tuple(_with_others(key, opens[key.fingerprint], is_whole=not hidden) for key in keys.values())
    return PartialList(whole) if hidden else whole


def _with_others(key: AuthorizedKey, accounts: set[str], *, is_whole: bool) -> AuthorizedKey:
    others = sorted(accounts - {key.account})
    is_whole = is_whole and len(others) <= _MOST_OTHERS
    return replace(key, also_opens=tuple(others) if is_whole else PartialList(others[:_MOST_OTHERS]))


def parse_key(account: str, line: str) -> AuthorizedKey | None:
    """One line of authorized_keys; None if it holds no key that is understood."""
    match = _KEY.search(_outside_quotes(line))
    if match is None:
        return None
    kind, blob, comment = match[1], match[2], (match[3] or "").strip()
    try:
        raw = base64.b64decode(blob, validate=True)
    except binascii.Error:
        return None
    options = options_of(line[: match.start()])
    fingerprint = _fingerprint(raw)
    return AuthorizedKey(
        locus=f"ssh-key/{account}/{fingerprint.removeprefix('SHA256:')[:16]}",
        account=account,
        kind=kind,
        bits=_bits(kind, raw),
        fingerprint=fingerprint,
        comment=comment[:200],
        options=tuple(options),
        sources=tuple(part for part in options.get("from", "").split(",") if part),
        forced_command="command" in options,
        is_authority="cert-authority" in options,
    )


def options_of(text: str) -> dict[str, str]:
    """Options before a key, by name in lower case; a flag is mapped to the empty text."""
    return {match[1].lower(): match[2] or "" for match in _OPTION.finditer(text.strip())}


def host_keys(sections: Sections) -> tuple[HostKey, ...]:
    """The server's public keys; raises `Missing` where there is none to read."""
    found: dict[str, HostKey] = {}
    for dump in dumps(sections.text("ssh-host-keys")):
        for line in dump.lines:
            if match := _KEY.search(line):
                raw = base64.b64decode(match[2])
                locus = f"ssh-host-key/{match[1]}"
                found[locus] = HostKey(
                    locus=locus, kind=match[1], bits=_bits(match[1], raw), fingerprint=_fingerprint(raw)
                )
    if not found:
        raise Missing(Reason.GARBLED, "no host key was understood")
    return tuple(found[locus] for locus in sorted(found))


def private_keys(sections: Sections, gaps: Gaps) -> tuple[PrivateKey, ...]:
    """Private ssh keys in homes; a partial list where a home could not be looked at."""
    found = parse_key_lines(sections.text("authorized-keys"))
    if found.hidden:
        gaps.add("private_keys", Reason.PARTIAL, f"not seen: {', '.join(sorted(found.hidden))}"[:200])
        return PartialList(found.private)
    if any(key.has_passphrase is UNKNOWN for key in found.private):
        gaps.add("private_keys[].has_passphrase", Reason.NOT_PERMITTED, "a private key is not readable")
    return found.private


def _private(rest: str) -> PrivateKey:
    kind, account, path = rest.split(" ", 2)
    return PrivateKey(
        locus=f"private-key/{path}",
        account=account,
        path=path,
        has_passphrase={"guarded": True, "open": False}.get(kind, UNKNOWN),
    )


def _outside_quotes(line: str) -> str:
    """The line with blanks for what stands in quotes, so that no option can look like a key."""
    return re.sub(r"\"(?:[^\"\\]|\\.)*\"", lambda match: '"' + "_" * (len(match[0]) - 2) + '"', line)


def _fingerprint(raw: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")


def _bits(kind: str, raw: bytes) -> int:
    """Size of a key: of RSA's modulus and DSA's p; a curve's own size (RFC 4253 6.6, RFC 5656)."""
    curve = next((bits for name, bits in _CURVES.items() if name in kind), None)
    if "ed25519" in kind:
        return 256
    fields = _fields(raw)
    if kind == "ssh-rsa" and len(fields) > 2:  # noqa: PLR2004 (name, e, n)
        return int.from_bytes(fields[2]).bit_length()
    if kind == "ssh-dss" and len(fields) > 1:
        return int.from_bytes(fields[1]).bit_length()
    unknown: int = UNKNOWN
    return unknown if curve is None else curve


def _fields(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at + 4 <= len(raw):
        size = int.from_bytes(raw[at : at + 4])
        found.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return found
