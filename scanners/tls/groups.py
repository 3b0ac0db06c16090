"""Key-exchange groups and signature schemes that can be offered, as data.

Source: IANA "TLS Supported Groups" and "TLS SignatureScheme"; RFC 7919, RFC 8422, RFC 8446, RFC 10024.
"""

from types import MappingProxyType

NAMES = MappingProxyType(
    {
        29: "x25519",
        23: "secp256r1",
        24: "secp384r1",
        25: "secp521r1",
        30: "x448",
        4588: "X25519MLKEM768",
        4587: "SecP256r1MLKEM768",
        4589: "SecP384r1MLKEM1024",
        256: "ffdhe2048",
        257: "ffdhe3072",
        258: "ffdhe4096",
        259: "ffdhe6144",
        260: "ffdhe8192",
        512: "MLKEM512",
        513: "MLKEM768",
        514: "MLKEM1024",
        25497: "X25519Kyber768Draft00",
        25498: "SecP256r1Kyber768Draft00",
        31: "brainpoolP256r1tls13",
        32: "brainpoolP384r1tls13",
        33: "brainpoolP512r1tls13",
        26: "brainpoolP256r1",
        27: "brainpoolP384r1",
        28: "brainpoolP512r1",
        34: "GC256A",
        35: "GC256B",
        36: "GC256C",
        37: "GC256D",
        38: "GC512A",
        39: "GC512B",
        40: "GC512C",
        41: "curveSM2",
        22: "secp256k1",
        21: "secp224r1",
        20: "secp224k1",
        19: "secp192r1",
        18: "secp192k1",
        17: "secp160r2",
        16: "secp160r1",
        15: "secp160k1",
        14: "sect571r1",
        13: "sect571k1",
        12: "sect409r1",
        11: "sect409k1",
        10: "sect283r1",
        9: "sect283k1",
        8: "sect239k1",
        7: "sect233r1",
        6: "sect233k1",
        5: "sect193r2",
        4: "sect193r1",
        3: "sect163r2",
        2: "sect163r1",
        1: "sect163k1",
    }
)
"""Every group that is offered in TLS 1.3, those that most servers know first."""

CURVES = tuple(code for code in NAMES if code in range(1, 31))
"""What is offered up to TLS 1.2: elliptic curves alone, so that a server shows its own finite-field prime
instead of one that we named (RFC 7919)."""

SCHEMES = (
    *(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0603, 0x0601, 0x0807, 0x0808),
    *(0x0809, 0x080A, 0x080B, 0x081A, 0x081B, 0x081C, 0x0904, 0x0905, 0x0906, 0x0708, 0x0840, 0x0841),
    *(0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0502, 0x0602, 0x0302, 0x0202, 0x0101, 0xEEEE, 0xEFEF, 0xEDED),
)
"""Signature schemes, weak and national ones too: what is left out could hide a certificate."""

_RSA, _ECDSA = 1, 3  # the second byte of a scheme, up to TLS 1.2
SCHEME_NAMES = MappingProxyType(
    {
        0x0403: "ecdsa_secp256r1_sha256",
        0x0503: "ecdsa_secp384r1_sha384",
        0x0603: "ecdsa_secp521r1_sha512",
        0x0303: "ecdsa_sha224",
        0x0203: "ecdsa_sha1",
        0x0401: "rsa_pkcs1_sha256",
        0x0501: "rsa_pkcs1_sha384",
        0x0601: "rsa_pkcs1_sha512",
        0x0301: "rsa_pkcs1_sha224",
        0x0201: "rsa_pkcs1_sha1",
        0x0101: "rsa_pkcs1_md5",
        0x0804: "rsa_pss_rsae_sha256",
        0x0805: "rsa_pss_rsae_sha384",
        0x0806: "rsa_pss_rsae_sha512",
        0x0807: "ed25519",
        0x0808: "ed448",
        0x0809: "rsa_pss_pss_sha256",
        0x080A: "rsa_pss_pss_sha384",
        0x080B: "rsa_pss_pss_sha512",
        0x081A: "ecdsa_brainpoolP256r1tls13_sha256",
        0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
        0x081C: "ecdsa_brainpoolP512r1tls13_sha512",
        0x0904: "mldsa44",
        0x0905: "mldsa65",
        0x0906: "mldsa87",
        0x0708: "sm2sig_sm3",
    }
)
"""Signature schemes by IANA name; those of TLS 1.2 that have none are written alike."""


def scheme_name(code: int) -> str:
    """What a signature scheme is called; its number where it has no name here."""
    return SCHEME_NAMES.get(code, f"0x{code:04x}")


RSA_SCHEMES = tuple(code for code in SCHEMES if code & 0xFF == _RSA or code in range(0x0804, 0x080C))
ECDSA_SCHEMES = tuple(code for code in SCHEMES if code & 0xFF == _ECDSA or code in range(0x081A, 0x081D))
"""The schemes of one kind of key, to be shown the certificate that has it."""

# A public point each, of nobody's key: the generators. They serve a server that dislikes an empty key_share.
_P256 = (
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_P384 = (
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
    "5502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8"
    "f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
)
_P521 = (
    "0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d"
    "3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd"
    "66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e"
    "662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd166"
    "50"
)
SHARES = MappingProxyType(
    {
        29: b"\x09".ljust(32, b"\x00"),
        30: b"\x05".ljust(56, b"\x00"),
        23: bytes.fromhex(_P256),
        24: bytes.fromhex(_P384),
        25: bytes.fromhex(_P521),
    }
)
"""Key shares that can be offered without making a key; the handshake cannot be finished with them."""
