"""One question for each protocol: it changes nothing, names nobody, and the first answer is the last.

Sources: RFC 854, RFC 959 and 2389, RFC 6143, RFC 7826 (and 2326), MQTT 3.1.1, MODBUS application protocol
1.1b3 s6.21, MS-RDPBCGR 2.2.1, MS-CIFS 2.2.4.52, the documents of Redis, MongoDB, MySQL and PostgreSQL.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from scanners.kit.line import Ending, Line, LineEnded, connected
from scanners.services.facts import Protocol

_LONGEST_GREETING = 4096
_IAC = 0xFF
_VNC_NONE, _VNC_WITH_TLS = 1, frozenset({18, 19})
_MYSQL_TLS = 0x0800
_MQTT_CONNECT = b"\x10\x1b\x00\x04MQTT\x04\x02\x00\x0a\x00\x0fcompliance-scan"
_MQTT_DISCONNECT = b"\xe0\x00"
_MODBUS_IDENTITY = bytes.fromhex("000100000005ff2b0e0100")
_POSTGRES_TLS = bytes.fromhex("0000000804d2162f")
_SMB_HEAD = b"\xffSMB\x72" + bytes(4) + b"\x18\x01\x28" + bytes(12) + b"\x00\x00\x00\x00\x00\x00\x01\x00\x00"
_SMB1, _SMB2 = b"\x02NT LM 0.12\x00", b"\x02SMB 2.002\x00\x02SMB 2.???\x00"
_RDP_PLAIN, _RDP_TLS = 0, 1
_RDP_WANTS_LOGIN_FIRST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a service told; None for what its answer does not say."""

    protocol: Protocol
    tls_offered: bool | None = None
    open_access: bool | None = None
    smb1: bool | None = None
    login_first: bool | None = None
    words: bytes = b""


Ask = Callable[[Line], Told | None]
"""Asks over an open line: what was told, None for another protocol; raises `LineEnded` without an answer."""


def greeted(line: Line, heard: bytes) -> Told | None:
    """What a service tells by its greeting; None for a greeting that is none of these."""
    if len(heard) > 1 and heard[0] == _IAC and heard[1] >= 0xFB:  # noqa: PLR2004 - WILL, WON'T, DO, DON'T (RFC 854)
        return Told(protocol="telnet", tls_offered=False, words=re.sub(rb"\xff[\xfb-\xfe].", b"", heard))
    if re.match(rb"RFB \d{3}\.\d{3}\n", heard):
        return _vnc(line, heard[:12])
    if heard.startswith(b"220") and (line.place.port == 21 or b"FTP" in heard.upper()):  # noqa: PLR2004 - FTP's port
        return _ftp(line, heard)
    if heard[3:5] == b"\x00\x0a":
        return _mysql(heard)
    return None


def _ftp(line: Line, heard: bytes) -> Told:
    """FTP: whether it lists AUTH among its features; anonymous access as far as the greeting speaks of it."""
    line.send(b"FEAT\r\n")
    try:
        features = line.hear(lambda told: re.search(rb"(?m)^\d{3} [^\n]*\n", told), most=_LONGEST_GREETING)
    except LineEnded:
        features = b""
    listed = features.startswith(b"211")
    is_open = re.search(rb"(?i)anonymous (?:access|login|ftp|user)|guest login ok", heard)
    is_closed = re.search(rb"(?i)no anonymous", heard)
    return Told(
        protocol="ftp",
        tls_offered=b"AUTH" in features.upper() if listed else None,
        open_access=None if is_open is None else is_closed is None,
        words=heard[4:].splitlines()[0] if heard[4:] else b"",
    )


def _vnc(line: Line, banner: bytes) -> Told:
    """VNC: the kinds of security it offers; version 3.3 names one, newer ones a list (RFC 6143 s7.1.2)."""
    is_old = banner < b"RFB 003.007"
    line.send(b"RFB 003.003\n" if is_old else b"RFB 003.008\n")
    if is_old:
        kinds = frozenset(line.hear(lambda told: len(told) >= 4)[3:4])  # noqa: PLR2004 - one 32-bit number
    else:
        told = line.hear(lambda told: len(told) > told[0])
        kinds = frozenset(told[1 : 1 + told[0]])
    if not kinds:
        return Told(protocol="vnc", words=banner)
    return Told(
        protocol="vnc",
        tls_offered=bool(kinds & _VNC_WITH_TLS),
        open_access=_VNC_NONE in kinds,
        words=banner.strip() + b" security " + b",".join(b"%d" % kind for kind in sorted(kinds)),
    )


def _mysql(heard: bytes) -> Told | None:
    """MySQL: its version, and whether it can speak TLS, stand in the greeting."""
    ends = heard.find(b"\x00", 5)
    flags = heard[ends + 14 : ends + 16]
    if ends < 0 or len(flags) < 2:  # noqa: PLR2004 - two bytes of flags
        return None
    can = bool(int.from_bytes(flags, "little") & _MYSQL_TLS)
    return Told(protocol="mysql", tls_offered=can, words=heard[5:ends])


def redis(line: Line) -> Told | None:
    """Redis: PING is answered to those who may command it, others are told to log in."""
    line.send(b"PING\r\n")
    told = line.hear(lambda told: b"\n" in told, most=_LONGEST_GREETING)
    if told.startswith(b"+PONG"):
        return Told(protocol="redis", open_access=True)
    if re.match(rb"-(NOAUTH|NOPERM|DENIED)", told):
        return Told(protocol="redis", open_access=False, words=told)
    return None


def mqtt(line: Line) -> Told | None:
    """MQTT: CONNECT without a name or password; nothing is subscribed to (MQTT 3.1.1 s3.1 and s3.2)."""
    line.send(_MQTT_CONNECT)
    told = line.hear(lambda told: len(told) >= 4 or not told.startswith(b"\x20"))  # noqa: PLR2004 - CONNACK
    if not re.match(rb"\x20\x02[\x00\x01][\x00-\x05]\Z", told, re.DOTALL):
        return None
    is_open = {0: True, 4: False, 5: False}.get(told[3])
    if is_open:
        line.send(_MQTT_DISCONNECT)
    return Told(protocol="mqtt", open_access=is_open)


def rtsp(line: Line) -> Told | None:
    """RTSP: DESCRIBE of the root; 200 shows the stream to strangers, 401 asks who they are."""
    host = f"[{line.place.address}]" if ":" in line.place.address else line.place.address
    url = f"rtsp://{host}:{line.place.port}/"
    line.send(f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
    told = line.hear(lambda told: b"\r\n\r\n" in told or not b"RTSP/".startswith(told[:5]))
    status = re.match(rb"RTSP/\d\.\d (\d{3})", told)
    if status is None:
        return None
    server = re.search(rb"(?mi)^Server:([^\r\n]*)", told)
    is_open = {b"200": True, b"401": False, b"403": False}.get(status[1])
    return Told(protocol="rtsp", open_access=is_open, words=server[1] if server else b"")


def modbus(line: Line) -> Told | None:
    """Modbus: Read Device Identification (43/14), which only reads; an exception is an answer too."""
    line.send(_MODBUS_IDENTITY)
    told = line.hear(_modbus_whole)
    if told[:4] != b"\x00\x01\x00\x00" or told[7:8] not in {b"\x2b", b"\xab"}:
        return None
    return Told(protocol="modbus", tls_offered=False, open_access=True, words=told[16:])


def _modbus_whole(told: bytes) -> bool:
    """Whether a frame is there, or bytes that can be none: number, protocol 0, length of the rest."""
    is_frame = told[:4] == b"\x00\x01\x00\x00"[: len(told)]
    return not is_frame or (len(told) > 6 and len(told) >= 6 + int.from_bytes(told[4:6], "big"))  # noqa: PLR2004 - MBAP


def mongodb(line: Line) -> Told | None:
    """MongoDB: `hello`, which every driver sends before anybody logs in (OP_MSG)."""
    document = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
    document = (len(document) + 4).to_bytes(4, "little") + document
    message = bytes(5) + document  # no flags, one section of kind 0
    line.send((len(message) + 16).to_bytes(4, "little") + b"\x01" + bytes(7) + b"\xdd\x07\x00\x00" + message)
    told = line.hear(lambda told: len(told) >= 16)  # noqa: PLR2004 - the header
    if told[12:16] != b"\xdd\x07\x00\x00" or told[8:12] != b"\x01\x00\x00\x00":
        return None
    return Told(protocol="mongodb")


def postgresql(line: Line) -> Told | None:
    """PostgreSQL: SSLRequest, answered by one letter."""
    line.send(_POSTGRES_TLS)
    told = line.hear(bool)
    return Told(protocol="postgresql", tls_offered=told == b"S") if told in {b"S", b"N"} else None


def smb(line: Line) -> Told | None:
    """SMB: version 1 alone is offered; who hangs up on that is asked by version 2, to be sure who it is."""
    try:
        told = _smb_answer(line, _SMB1)
    except LineEnded as error:
        if error.ending not in {Ending.CLOSED, Ending.RESET} or error.heard:
            raise
        with connected(line.place) as again:
            told = _smb_answer(again, _SMB2)
    if told[4:8] == b"\xfeSMB":
        return Told(protocol="smb", smb1=False)
    if told[4:8] != b"\xffSMB":
        return None
    return Told(protocol="smb", smb1=told[37:39] not in {b"\xff\xff", b""})


def _smb_answer(line: Line, dialects: bytes) -> bytes:
    """The answer to a negotiation of these dialects, as far as the one that was taken."""
    message = _SMB_HEAD + len(dialects).to_bytes(2, "little") + dialects
    line.send(len(message).to_bytes(4, "big") + message)
    return line.hear(lambda told: len(told) >= 39 or told[4:8] == b"\xfeSMB")  # noqa: PLR2004 - up to the dialect


def rdp(line: Line) -> Told | None:
    """RDP: a connection without TLS is asked for; the refusal tells what is wanted (MS-RDPBCGR 2.2.1.2)."""
    told = _rdp_answer(line, _RDP_PLAIN)
    if told[:1] != b"\x03" or told[5:6] != b"\xd0":
        return None
    if told[11:12] != b"\x03":  # it takes the session without TLS, and so without a login before it
        return Told(protocol="rdp", tls_offered=False, login_first=False)
    return Told(protocol="rdp", tls_offered=True, login_first=told[15:16] == bytes([_RDP_WANTS_LOGIN_FIRST]))


def rdp_inside_tls(line: Line) -> bool | None:
    """Whether RDP inside TLS wants a login first; None if that was not told."""
    told = _rdp_answer(line, _RDP_TLS)
    if told[5:6] != b"\xd0" or len(told) < 19:  # noqa: PLR2004 - with a negotiation structure
        return None
    return told[11] == 3 and told[15] == _RDP_WANTS_LOGIN_FIRST  # noqa: PLR2004 - TYPE_RDP_NEG_FAILURE


def _rdp_answer(line: Line, protocols: int) -> bytes:
    line.send(bytes.fromhex("030000130ee00000000000") + b"\x01\x00\x08\x00" + protocols.to_bytes(4, "little"))
    return line.hear(lambda told: len(told) >= 4 and len(told) >= int.from_bytes(told[2:4], "big"))  # noqa: PLR2004 - TPKT


USUAL: dict[int, Ask] = {
    139: smb,
    445: smb,
    502: modbus,
    554: rtsp,
    1883: mqtt,
    3389: rdp,
    5432: postgresql,
    6379: redis,
    8554: rtsp,
    27017: mongodb,
}
"""Who waits for the client's first word, by the port where it is usually met."""
INSIDE_TLS: dict[int, Ask] = {6380: redis, 8883: mqtt, 322: rtsp}
"""The same behind TLS."""
ELSEWHERE: tuple[Ask, ...] = (redis, mqtt, rtsp, postgresql, mongodb)
"""What a silent port of another number is asked, in turn, until it answers in any protocol."""
