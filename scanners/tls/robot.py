"""Whether a server tells good RSA padding from bad: the oracle by which recorded sessions can be opened.

A key exchange is sent in five kinds of padding, each followed by a Finished that no key fits. A sound server
answers all five alike (RFC 5246 s7.4.7.1). Source: Boeck, Somorovsky, Young, "Return Of Bleichenbacher's
Oracle Threat" (CVE-2017-13099 and others).
"""

from scanners.tls.wire import CHANGE_CIPHER, HANDSHAKE

_CLIENT_KEY_EXCHANGE = 16
_SECRET_BYTES = 48
_FINISHED_BYTES = 64


def exchanges(modulus: int, exponent: int, version: int, random: bytes) -> tuple[bytes, ...]:
    """What to say after the first flight, once for each kind of padding; the first is the sound one.

    `random` must be as long as the modulus; it becomes padding and secret.
    """
    size = (modulus.bit_length() + 7) // 8
    filled = bytes(byte or 1 for byte in random)  # padding must not hold a zero
    start, tail = version.to_bytes(2, "big"), filled[: _SECRET_BYTES - 2]
    padding = filled[: size - _SECRET_BYTES - 3]
    secret = b"\x00" + start + tail
    plain = (
        b"\x00\x02" + padding + secret,
        b"\x41\x17" + padding + secret,
        b"\x00\x02" + padding + b"\x11" + start + tail,
        b"\x00\x02" + filled[: size - 2 - 3] + b"\x00" + start,
        b"\x00\x02" + padding + b"\x00\x02\x02" + tail,
    )
    return tuple(
        _words(pow(int.from_bytes(one, "big") % modulus, exponent, modulus), size, version) for one in plain
    )


def _words(encrypted: int, size: int, version: int) -> bytes:
    """ClientKeyExchange, ChangeCipherSpec, and a Finished of nothing."""
    body = encrypted.to_bytes(size, "big")
    body = body if version == 0x0300 else size.to_bytes(2, "big") + body  # noqa: PLR2004 - SSL 3.0 has no length
    message = bytes([_CLIENT_KEY_EXCHANGE]) + len(body).to_bytes(3, "big") + body
    records = ((HANDSHAKE, message), (CHANGE_CIPHER, b"\x01"), (HANDSHAKE, bytes(_FINISHED_BYTES)))
    return b"".join(
        bytes([kind]) + version.to_bytes(2, "big") + len(said).to_bytes(2, "big") + said
        for kind, said in records
    )
