"""Key exchanges that are begun and left: the server shows a key or a group, and nothing more is asked of it.

What is sent needs no secret: a point, or a number, whose logarithm nobody will ask for. Each question costs a
connection, and newer servers shut out whoever leaves early too often (OpenSSH 9.8, PerSourcePenalties), so
there are at most half a dozen.
"""

import os
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.facts import Gap, PartialList, Reason
from scanners.kit.line import LineEnded, Place, connected
from scanners.ssh.facts import DhGroup, HostKey, Names, SshEndpoint
from scanners.ssh.hostkey import mpint, named_key, packed, read_key, string

IDENT = b"SSH-2.0-compliance_scan\r\n"

_KEXINIT, _DISCONNECT = 20, 1
_INIT, _REPLY = 30, 31
"""SSH_MSG_KEXDH_INIT and its answer; over curves they have the same numbers (RFC 5656 s4)."""
_GEX_REQUEST, _GEX_GROUP = 34, 31
_LEAST, _MOST_BITS = 1024, 8192
_MOST_PACKETS = 8
_LONGEST = 80_000
_MOST_KEYS = 4
_ENOUGH = (
    Reason.NOT_COLLECTED,
    "not asked, so that the server does not take so many questions for an attack",
)
_FIXED = {1: 1024, 14: 2048, 15: 3072, 16: 4096, 17: 6144, 18: 8192}
"""Groups that a name stands for (RFC 4253 s8.1, RFC 8268)."""
_GEX = "diffie-hellman-group-exchange-"
_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
_RSA_CERTIFICATES = tuple(f"{name}-cert-v01@openssh.com" for name in _RSA)
_CURVES: dict[str, ec.EllipticCurve] = {
    "nistp256": ec.SECP256R1(),
    "nistp384": ec.SECP384R1(),
    "nistp521": ec.SECP521R1(),
}
Gaps = tuple[Gap, ...]


def with_named_groups(endpoint: SshEndpoint, place: Place, why_no_more: str) -> tuple[SshEndpoint, Gaps]:
    """The endpoint with the groups that names stand for, nothing being asked of it."""
    groups, gaps = _groups(endpoint, place, why_no_more)
    return msgspec.structs.replace(endpoint, dh_groups=groups), gaps


def with_keys(endpoint: SshEndpoint, place: Place) -> tuple[SshEndpoint, Gaps]:
    """The endpoint with its keys and groups, and a gap for each that it withheld."""
    keys, unshown = _keys(endpoint, place)
    groups, untold = _groups(endpoint, place)
    return msgspec.structs.replace(endpoint, keys=keys, dh_groups=groups), (*unshown, *untold)


def _keys(endpoint: SshEndpoint, place: Place) -> tuple[tuple[HostKey, ...], Gaps]:
    """One key for each kind that is offered; of some kinds the name tells all but the fingerprint."""
    begins = next(_beginnings(endpoint.kex), None)
    kinds = sorted(_kinds(endpoint.host_keys), key=lambda kind: named_key(kind[0]) is not None)
    keys: dict[str, HostKey] = {}
    gaps: list[Gap] = []
    is_whole = True
    for turn, kind in enumerate(kinds):
        asked = _shown(place, endpoint, begins, kind) if turn < _MOST_KEYS else _ENOUGH
        if isinstance(asked, HostKey):
            keys[asked.locus] = asked
            continue
        path, key = f"endpoints[{place.locus}].keys", named_key(kind[0])
        if key is None:
            is_whole = False
        else:
            keys[key.locus] = key
            path += f"[{key.locus}].fingerprint"
        gaps.append(Gap(path=path, reason=asked[0], detail=f"{place.locus}, {kind[0]}: {asked[1]}"))
    shown = tuple(keys.values())
    return shown if is_whole else PartialList(shown), tuple(gaps)


def _shown(
    place: Place, endpoint: SshEndpoint, begins: tuple[str, bytes] | None, kind: Names
) -> HostKey | tuple[Reason, str]:
    """The key that is shown for a kind, or why there is none."""
    if begins is None:
        return Reason.UNSUPPORTED, "no key exchange could be begun without its own cryptography"
    method, first = begins
    try:
        said = _asked(place, endpoint, (method, kind), packed(_INIT, first), _REPLY)
        return read_key(string(said, 0)[0])
    except (LineEnded, ValueError) as error:
        return Reason.INCONCLUSIVE, f"no key was shown: {error}"


def _kinds(offered: Names) -> Iterator[Names]:
    """The algorithms that are offered, those of one key together."""
    for together in (_RSA, _RSA_CERTIFICATES):
        if family := tuple(name for name in together if name in offered):
            yield family
    for name in offered:
        if name not in (*_RSA, *_RSA_CERTIFICATES):
            yield (name,)


def _beginnings(kex: Names) -> Iterator[tuple[str, bytes]]:
    """Methods that can be begun, the cheapest for the server first, each with the first word of a client."""
    for name in kex:
        if name.startswith("curve25519-sha256"):
            yield name, _framed(os.urandom(32))
    for curve, made in _CURVES.items():
        if (name := f"ecdh-sha2-{curve}") in kex:
            point = ec.generate_private_key(made).public_key()
            yield name, _framed(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    for name in sorted(kex, key=lambda each: _bits(each) or 0):
        if _bits(name):
            yield name, mpint(os.urandom(64))


def _groups(endpoint: SshEndpoint, place: Place, why_no_more: str = "") -> tuple[tuple[DhGroup, ...], Gaps]:
    """The methods over numbers: known by their names, or by the group that the server gives.

    With a reason not to, nothing is asked.
    """
    groups: list[DhGroup] = []
    gaps: list[Gap] = []
    for name in islice((each for each in endpoint.kex if each.startswith("diffie-hellman-")), 16):
        group, trouble = DhGroup(locus=name), "its name stands for no group that is known"
        if bits := _bits(name):
            group = DhGroup(locus=name, bits=bits)
        elif why_no_more:
            trouble = why_no_more
        elif name.startswith(_GEX):
            try:
                group = DhGroup(locus=name, bits=_given(place, endpoint, name))
            except (LineEnded, ValueError) as error:
                trouble = f"it gave no group: {error}"
        groups.append(group)
        if not isinstance(group.bits, int):
            path = f"endpoints[{place.locus}].dh_groups[{name}].bits"
            reason = Reason.NOT_COLLECTED if why_no_more else Reason.INCONCLUSIVE
            gaps.append(Gap(path=path, reason=reason, detail=trouble))
    return tuple(groups), tuple(gaps)


def _bits(name: str) -> int | None:
    """The length of the group that a method's name stands for; None for other methods."""
    number = name.removeprefix("diffie-hellman-group").partition("-")[0]
    return _FIXED.get(int(number)) if number.isascii() and number.isdecimal() else None


def _given(place: Place, endpoint: SshEndpoint, name: str) -> int:
    """The length of the group that is given to whoever would take a short one (RFC 4419 s3)."""
    asks = b"".join(bits.to_bytes(4, "big") for bits in (_LEAST, _LEAST, _MOST_BITS))
    said = _asked(place, endpoint, (name, endpoint.host_keys), packed(_GEX_REQUEST, asks), _GEX_GROUP)
    return int.from_bytes(string(said, 0)[0], "big").bit_length()


def _asked(
    place: Place, endpoint: SshEndpoint, offer: tuple[str, Names], question: bytes, answer: int
) -> bytes:
    """The body of the server's answer; raises `LineEnded` or, for another answer, `ValueError`."""
    method, host_keys = offer
    with connected(place) as line:
        line.send(IDENT + packed(_KEXINIT, _offered(endpoint, method, host_keys)) + question)
        heard = line.hear(_tells(answer), most=_LONGEST)
    return _body(heard, answer) or b""


def _offered(endpoint: SshEndpoint, method: str, host_keys: Names) -> bytes:
    """SSH_MSG_KEXINIT that takes whatever the server itself offers, but for the method and the key."""
    ciphers, macs = endpoint.ciphers, endpoint.macs
    compression = endpoint.compression
    lists = ((method,), host_keys, ciphers, ciphers, macs, macs, compression, compression, (), ())
    names = b"".join(_framed(",".join(each).encode("ascii", "replace")) for each in lists)
    return os.urandom(16) + names + bytes(5)


def _framed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def _tells(answer: int) -> Callable[[bytes], bool]:
    """Whether the answer has come, or something after which none will."""

    def is_there(heard: bytes) -> bool:
        try:
            return _body(heard, answer) is not None
        except ValueError:
            return True

    return is_there


def _body(heard: bytes, answer: int) -> bytes | None:
    """The body of the first packet of that number; None while it has not come."""
    start = heard.find(b"SSH-")
    ends = heard.find(b"\n", start)
    if start < 0 or ends < 0:
        return None
    at = ends + 1
    for _ in range(_MOST_PACKETS):
        length = int.from_bytes(heard[at : at + 4], "big")
        if len(heard) < at + 5 or len(heard) < at + 4 + length:
            return None
        payload = heard[at + 5 : at + 4 + length - heard[at + 4]]
        if payload[:1] == bytes([answer]):
            return payload[1:]
        if not payload or payload[0] == _DISCONNECT:
            raise ValueError("it ended the exchange")
        at += 4 + length
    raise ValueError("it says other things")
