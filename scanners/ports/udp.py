"""A few UDP services, each asked in its own protocol; silence there means nothing, and is told as such.

The default ten are those that leak or amplify on parking sites. All are asked at once, each two times.
"""

import contextlib
import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanners.ports.ending import TELL_SENDER
from scanners.ports.facts import UdpPort, UdpState
from scanners.ports.naming import printable

_TRIES = 2
_WAIT = 1.0
_MOST_BYTES = 4096
_SIP = (  # RFC 3261 s11
    b"OPTIONS sip:look SIP/2.0\r\nVia: SIP/2.0/UDP look;rport;branch=z9hG4bK1\r\n"
    b"From: <sip:look@look>;tag=1\r\nTo: <sip:look@look>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
    b"Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One service: what it is asked, and what its answer looks like."""

    service: str
    asks: tuple[bytes, ...]
    """Sent together; empty where the protocol has no question, so that only a refusal can be seen."""
    tells: Callable[[bytes], str | None]
    """What the answer says of the service, in a few words; None if it is no answer of that protocol."""
    below: str = ""
    """What the place is called below its port, where a port is asked several questions."""


_Wires = Mapping[socket.socket, tuple[int, Question]]
_Heard = dict[socket.socket, tuple[UdpState, str]]


def look(address: str, ends: float, questions: Mapping[int, Question] | None = None) -> tuple[UdpPort, ...]:
    """What each UDP port says, asked in its own protocol; at most about two seconds. Raises nothing."""
    wanted = (*QUESTIONS.items(), *FURTHER.items()) if questions is None else tuple(questions.items())
    heard: _Heard = {}
    with contextlib.ExitStack() as stack:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        wires: dict[socket.socket, tuple[int, Question]] = {}
        for port, question in sorted(wanted, key=lambda each: each[0]):
            wire = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK))
            wire.setsockopt(*TELL_SENDER[family], 1)
            wires[wire] = port, question
        for _ in range(_TRIES):
            left = {wire: asked for wire, asked in wires.items() if wire not in heard}
            _ask(left, address)
            _listen(left, address, min(time.monotonic() + _WAIT, ends), heard)
    return tuple(_port(port, question, heard.get(wire)) for wire, (port, question) in wires.items())


def _ask(wires: _Wires, address: str) -> None:
    for wire, (port, question) in wires.items():
        for data in question.asks:
            with contextlib.suppress(OSError):
                wire.sendto(data, (address, port))


def _listen(wires: _Wires, address: str, until: float, heard: _Heard) -> None:
    """Note answers and refusals until all have come or the time is over."""
    poller = select.poll()
    by_number = {wire.fileno(): wire for wire in wires}
    for number in by_number:
        poller.register(number, select.POLLIN)
    while by_number and (left := until - time.monotonic()) > 0:
        for number, _ in poller.poll(left * 1000):
            wire = by_number[number]
            told = _answer(wire, wires[wire][1], address)
            if told is not None:
                heard[wire] = told
                poller.unregister(number)
                del by_number[number]


def _answer(wire: socket.socket, question: Question, address: str) -> tuple[UdpState, str] | None:
    """What came on one socket, if it counts; packets of another host or another protocol do not."""
    try:
        data, (sender, *_) = wire.recvfrom(_MOST_BYTES)
    except OSError as error:
        with contextlib.suppress(OSError):
            wire.recvmsg(0, 512, socket.MSG_ERRQUEUE)
        return ("closed", "") if error.errno == errno.ECONNREFUSED else None
    told = question.tells(data) if sender == address else None
    return None if told is None else ("answered", printable(told))


def _port(number: int, question: Question, heard: tuple[UdpState, str] | None) -> UdpPort:
    state, told = heard or ("no-answer", "")
    words = {"extra": told} if state == "answered" else {}
    locus = f"udp/{number}/{question.below}" if question.below else f"udp/{number}"
    return UdpPort(locus=locus, port=number, service=question.service, state=state, **words)


def _snmp(version: int) -> bytes:
    """GetRequest for sysDescr.0 by the community everybody knows, `public` (RFC 1157, RFC 3416)."""
    bound = _tlv(0x30, _tlv(0x06, b"\x2b\x06\x01\x02\x01\x01\x01\0") + b"\x05\0")
    request = _tlv(0xA0, b"\x02\x02\x4c\x4b\x02\x01\0\x02\x01\0" + _tlv(0x30, bound))
    return _tlv(0x30, bytes([2, 1, version]) + _tlv(0x04, b"public") + request)


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _snmp_tells(data: bytes) -> str | None:
    """The version that answered and its description, if it is a GetResponse to `public`."""
    at = data.find(b"\x04\x06public\xa2")
    if not data.startswith(b"0") or at < 1:
        return None
    version = {0: "v1", 1: "v2c"}.get(data[at - 1], "?")
    described = data.find(b"\x2b\x06\x01\x02\x01\x01\x01\0\x04")
    words = data[described + 10 :].decode("latin-1") if described > 0 else ""
    return f"{version} community public: {words}"


def _dns_tells(data: bytes) -> str | None:
    is_answer = len(data) >= 12 and data[:2] == b"pl" and data[2] & 0x80  # noqa: PLR2004 (a header's length)
    if not is_answer:
        return None
    return "resolves for us (recursion available)" if data[3] & 0x80 and not data[3] & 0x0F else "answers"


def _ntp_tells(data: bytes) -> str | None:
    is_answer = len(data) >= 48 and data[0] & 7 == 4  # noqa: PLR2004 (a packet's length, mode server)
    return f"version {data[0] >> 3 & 7}, stratum {data[1]}" if is_answer else None


def _ntp_control_tells(data: bytes) -> str | None:
    """The variables that it tells; None for an error, as for any other answer (RFC 9327 s2)."""
    is_told = len(data) > 12 and data[0] & 7 == 6 and data[1] & 0xDF == 0x82  # noqa: PLR2004 (a header, mode 6)
    return f"tells its variables to strangers: {data[12:].decode('latin-1')}" if is_told else None


def _ike_tells(data: bytes) -> str | None:
    if len(data) < 28 or data[:8] != b"portlook":  # noqa: PLR2004 (a header's length)
        return None
    return f"IKE version {data[17] >> 4}"


def _begins(*beginnings: bytes, words: str) -> Callable[[bytes], str | None]:
    return lambda data: words if data.startswith(beginnings) else None


def _header(beginning: bytes, field: str) -> Callable[[bytes], str | None]:
    """The value of a header of an answer with lines, like HTTP's."""

    def tells(data: bytes) -> str | None:
        if not data.startswith(beginning):
            return None
        for line in data.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.strip().lower() == field:
                return value
        return ""

    return tells


def _ike() -> bytes:
    """IKEv1 main mode with one old proposal, which most still answer or refuse (RFC 2409)."""
    values = ((1, 5), (2, 2), (3, 1), (4, 2), (11, 1), (12, 28800))
    transform = b"\x01\x01\0\0" + b"".join(struct.pack(">HH", 0x8000 | kind, value) for kind, value in values)
    transform = b"\0\0" + struct.pack(">H", len(transform) + 4) + transform
    proposal = b"\0\0" + struct.pack(">H", len(transform) + 8) + b"\x01\x01\0\x01" + transform
    body = b"\0\0" + struct.pack(">H", len(proposal) + 12) + struct.pack(">II", 1, 1) + proposal
    return b"portlook" + bytes(8) + b"\x01\x10\x02\0" + bytes(4) + struct.pack(">I", 28 + len(body)) + body


_ROOT_NS = b"pl\x01\0\0\x01\0\0\0\0\0\0\0\0\x02\0\x01"
_MDNS = b"pl\0\0\0\x01\0\0\0\0\0\0\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\0\x01"
_NETBIOS = b"pl\0\0\0\x01\0\0\0\0\0\0\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\x01"
_SSDP = (
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
    b'MAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'
)

QUESTIONS: dict[int, Question] = {
    53: Question(service="dns", asks=(_ROOT_NS,), tells=_dns_tells),  # RFC 1035 s4
    69: Question(  # a file that nobody has (RFC 1350)
        service="tftp",
        asks=(b"\0\x01port-look-no-such-file\0octet\0",),
        tells=_begins(b"\0\x03", b"\0\x05", b"\0\x06", words="gives files without login"),
    ),
    123: Question(service="ntp", asks=(b"\x23" + bytes(47),), tells=_ntp_tells),  # RFC 5905 s7.3
    137: Question(  # node status (RFC 1002 s4.2.17)
        service="netbios-ns", asks=(_NETBIOS,), tells=_begins(b"pl\x84", b"pl\x80", words="tells its names")
    ),
    161: Question(service="snmp", asks=(_snmp(0), _snmp(1)), tells=_snmp_tells),
    500: Question(service="ike", asks=(_ike(),), tells=_ike_tells),
    514: Question(service="syslog", asks=(b"<191>port-look: is anybody here",), tells=lambda _: ""),
    1900: Question(service="ssdp", asks=(_SSDP,), tells=_header(b"HTTP/1.1 ", "server")),
    5060: Question(service="sip", asks=(_SIP,), tells=_header(b"SIP/2.0 ", "server")),
    5353: Question(
        service="mdns", asks=(_MDNS,), tells=_begins(b"pl\x84", b"pl\x80", words="tells its services")
    ),
}

FURTHER: dict[int, Question] = {
    123: Question(  # read variables, which also serves to flood others (RFC 9327 s3)
        service="ntp-control",
        asks=(b"\x16\x02\x00\x01" + bytes(8),),
        tells=_ntp_control_tells,
        below="control",
    ),
}
"""Second questions to a port, on a socket of their own."""
