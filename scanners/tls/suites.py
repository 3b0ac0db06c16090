"""The cipher suites that can be offered, as data: IANA's registry and what was never registered but is met.

The names stand in `suites.csv`; everything else about a suite is read out of its name.
Source: IANA "TLS Cipher Suites" (RFC 8447, RFC 9847); SSL 2.0 kinds from its specification, 24 bits wide.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from scanners.tls.facts import Authentication, KeyExchange, Protocol

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
PROTOCOLS: MappingProxyType[int, Protocol] = MappingProxyType(
    {SSL2: "SSLv2", SSL3: "SSLv3", TLS10: "TLSv1.0", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3"}
)
"""The versions by their number on the wire, oldest first."""

EMPTY_RENEGOTIATION_INFO_SCSV, FALLBACK_SCSV = 0x00FF, 0x5600
_WIDEST = 0xFFFF  # cipher kinds of SSL 2.0 are wider

# Offered first, so that a server that reads only the head of a long list still finds what it knows.
POPULAR = (
    *(0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0xC009, 0xC00A, 0xC013, 0xC014, 0xC023, 0xC024),
    *(0xC027, 0xC028, 0x009E, 0x009F, 0xCCAA, 0x0033, 0x0039, 0x0067, 0x006B, 0x009C, 0x009D, 0x002F),
    *(0x0035, 0x003C, 0x003D, 0x0041, 0x0084, 0x000A, 0x0016, 0x0005, 0x0004, 0x0009, 0x0003, 0x0018),
)

_EXCHANGES: dict[str, tuple[KeyExchange, Authentication]] = {
    "RSA": ("RSA", "RSA"),
    "DH_DSS": ("DH", "DSS"),
    "DH_RSA": ("DH", "RSA"),
    "DHE_DSS": ("DHE", "DSS"),
    "DHE_RSA": ("DHE", "RSA"),
    "DH_anon": ("DHE", "anonymous"),
    "ECDH_ECDSA": ("ECDH", "ECDSA"),
    "ECDH_RSA": ("ECDH", "RSA"),
    "ECDHE_ECDSA": ("ECDHE", "ECDSA"),
    "ECDHE_RSA": ("ECDHE", "RSA"),
    "ECDH_anon": ("ECDHE", "anonymous"),
    "PSK": ("PSK", "PSK"),
    "DHE_PSK": ("DHE_PSK", "PSK"),
    "PSK_DHE": ("DHE_PSK", "PSK"),
    "ECDHE_PSK": ("ECDHE_PSK", "PSK"),
    "RSA_PSK": ("RSA_PSK", "RSA"),
    "SRP_SHA": ("SRP", "SRP"),
    "SRP_SHA_RSA": ("SRP", "RSA"),
    "SRP_SHA_DSS": ("SRP", "DSS"),
    "KRB5": ("KRB5", "KRB5"),
    "ECCPWD": ("ECCPWD", "ECCPWD"),
    "NULL": ("none", "anonymous"),
}
_EPHEMERAL = frozenset({"DHE", "ECDHE", "DHE_PSK", "ECDHE_PSK", "ECCPWD", "any"})
_MACS = frozenset({"MD5", "SM3", "IMIT", "OMAC", "GOSTR3411", "NULL", "SHA", "SHA256", "SHA384", "SHA512"})
_NO_CIPHER = frozenset({"SHA256_SHA256", "SHA384_SHA384"})
_AEAD = ("GCM", "CCM", "POLY1305", "MGM", "AEGIS")
# Bits, and how a cipher's name begins, what stands in it, how it ends; the first line that fits counts.
_BITS: tuple[tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (0, ("NULL",), (), ()),
    (40, (), ("DES40",), ("40",)),
    (56, ("DES_CBC", "DES_64"), (), ("_56",)),
    (64, ("RC4_64",), (), ()),
    (112, ("3DES", "DES_192"), (), ()),
    (128, ("IDEA", "SEED", "SM4"), ("_128",), ()),
    (256, ("CHACHA20", "28147", "MAGMA", "KUZNYECHIK"), ("_256",), ()),
)
_RECOMMENDED = frozenset(
    {
        *(0x009E, 0x009F, 0x00AA, 0x00AB, 0x1301, 0x1302, 0x1303, 0x1304, 0xC02B, 0xC02C, 0xC02F, 0xC030),
        *(0xC09E, 0xC09F, 0xC0A6, 0xC0A7, 0xCCA8, 0xCCA9, 0xCCAA, 0xCCAC, 0xCCAD, 0xD001, 0xD002, 0xD005),
    }
)
"""Y in the registry's Recommended column, as RFC 8447 and what was registered until 2022 left it."""
_USUAL_TLS13 = range(0x1301, 0x1304)
_GOST_TLS13 = range(0xC103, 0xC107)  # RFC 9367: named like the older ones, used in TLS 1.3 alone


@cache
def names() -> MappingProxyType[int, str]:
    """The IANA name of each known suite by its number."""
    # Not pathlib or importlib.resources: their import (3 ms and more) costs more than the reading.
    with open(__file__.removesuffix(".py") + ".csv", encoding="ascii") as file:  # noqa: PTH123 (see above)
        pairs = [line.split(",") for line in file.read().splitlines()[1:]]
    return MappingProxyType({int(number, 16): name for number, name in pairs})


def offered(version: int) -> tuple[int, ...]:
    """The suites to offer in this version, those that most servers know first."""
    return _offered(SSL2 if version == SSL2 else TLS13 if version == TLS13 else TLS12)


@cache
def _offered(version: int) -> tuple[int, ...]:
    """The same, where one of the versions from SSL 3.0 to TLS 1.2 stands for all: they share their suites."""
    if version == SSL2:
        return tuple(code for code in names() if code > _WIDEST)
    first = tuple(_USUAL_TLS13) if version == TLS13 else POPULAR
    codes = sorted(code for code in names() if 0 < code <= _WIDEST and is_tls13(code) == (version == TLS13))
    return tuple(dict.fromkeys((*first, *codes)))


def is_tls13(code: int) -> bool:
    """Whether this suite belongs to TLS 1.3, where the name says nothing of the key exchange."""
    return code in _GOST_TLS13 or (code <= _WIDEST and "_WITH_" not in names()[code])


def traits(code: int, version: int) -> dict[str, Any]:
    """All that a suite's name tells, as accepted in this version: the fields of `facts.Suite`."""
    name = names()[code]
    exchange, authentication = _exchange(code)
    encryption = encryption_of(code)
    return {
        "version": PROTOCOLS[version],
        "code": code,
        "name": name,
        "key_exchange": exchange,
        "authentication": authentication,
        "encryption": encryption,
        "bits": _bits(encryption),
        "aead": any(word in encryption for word in _AEAD),
        "forward_secrecy": exchange in _EPHEMERAL,
        "iana_recommended": code in _RECOMMENDED,
        **({"export": True} if "EXPORT" in name else {}),
    }


def exchange_of(code: int) -> KeyExchange:
    """How this suite agrees on keys."""
    return _exchange(code)[0]


def _exchange(code: int) -> tuple[KeyExchange, Authentication]:
    """Key exchange and authentication of a suite."""
    if code > _WIDEST:
        return "RSA", "RSA"
    if is_tls13(code):
        return "any", "any"
    head = names()[code].split("_WITH_")[0].removeprefix("TLS_").removeprefix("SSL_")
    head = head.removesuffix("_EXPORT1024").removesuffix("_EXPORT").removesuffix("_FIPS")
    return ("GOST", "GOST") if head.startswith("GOST") else _EXCHANGES[head]


def encryption_of(code: int) -> str:
    """The cipher with its mode, without the hash that ends most names."""
    name = names()[code].removesuffix("_DRAFT").replace("_DRAFT", "")
    if code > _WIDEST:
        return name.removeprefix("SSL_CK_").split("_WITH_")[0]
    tail = name.split("_WITH_")[-1].removeprefix("TLS_")
    cipher, _, mac = tail.rpartition("_")
    return "NULL" if tail in _NO_CIPHER else cipher if cipher and mac in _MACS else tail


def _bits(encryption: str) -> int:
    """The strength of a cipher in bits."""
    for bits, starts, parts, ends in _BITS:
        if encryption.startswith(starts) or encryption.endswith(ends):
            return bits
        if any(one in encryption for one in parts):
            return bits
    raise ValueError(f"a cipher of unknown strength: {encryption}")
