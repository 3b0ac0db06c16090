"""From plain text to TLS: the words that services want to hear before they upgrade a connection.

Each dialogue is a pure generator. It yields what to send and how to tell a whole reply from a part of one, is
sent the reply, and returns how the service took it. No I/O; replies are bounded by whoever carries it out.
Sources: RFC 3207 (SMTP), RFC 2595 (IMAP, POP3), RFC 4217 (FTP), RFC 4511 s4.14 (LDAP), RFC 6120 s5 (XMPP),
the PostgreSQL and MySQL protocol documents, MS-RDPBCGR 2.2.1.1.
"""

import re
from collections.abc import Callable, Generator
from enum import StrEnum

MOST_BYTES = 16384
"""How long one reply may be."""

Whole = Callable[[bytes], bool]


class Taken(StrEnum):
    """How a service took the wish to upgrade."""

    GRANTED = "granted"
    NOT_OFFERED = "not-offered"
    """It speaks the protocol, but will not upgrade."""
    FOREIGN = "foreign"
    """It does not speak the protocol."""


Dialogue = Generator[tuple[bytes, Whole], bytes, Taken]

_SMTP_WHOLE = re.compile(rb"(?:^|\n)\d{3}(?: [^\n]*)?\r?\n$")
_LDAP_START = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
_POSTGRES_START = bytes.fromhex("0000000804d2162f")
_RDP_START = bytes.fromhex("030000130ee000000000000100080003000000")
_MYSQL_TLS = 0x0800
_HEADER = 4
_XMPP = (
    b"<?xml version='1.0'?><stream:stream to='%s' xmlns='%s'"
    b" xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
_XMPP_TLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


def smtp(_name: str) -> Dialogue:
    """SMTP: greeting, EHLO, STARTTLS; replies may have many lines and come in many pieces."""
    if not (yield b"", whole_reply).startswith(b"220"):
        return Taken.FOREIGN
    offers = yield b"EHLO scanner.invalid\r\n", whole_reply
    if not offers.startswith(b"250"):
        return Taken.FOREIGN
    if not re.search(rb"(?m)^250[ -]STARTTLS\b", offers, re.IGNORECASE):
        return Taken.NOT_OFFERED
    return _granted((yield b"STARTTLS\r\n", whole_reply).startswith(b"220"))


def ftp(_name: str) -> Dialogue:
    """FTP: greeting, AUTH TLS."""
    if not (yield b"", whole_reply).startswith(b"220"):
        return Taken.FOREIGN
    return _granted((yield b"AUTH TLS\r\n", whole_reply).startswith(b"234"))


def pop3(_name: str) -> Dialogue:
    """POP3: greeting, STLS."""
    if not (yield b"", whole_line).startswith(b"+OK"):
        return Taken.FOREIGN
    return _granted((yield b"STLS\r\n", whole_line).startswith(b"+OK"))


def imap(_name: str) -> Dialogue:
    """IMAP: greeting, STARTTLS; untagged lines may come before the answer."""
    if not (yield b"", whole_line).startswith(b"* "):
        return Taken.FOREIGN
    answer = yield b"a1 STARTTLS\r\n", lambda reply: bool(re.search(rb"(?m)^a1 [^\n]*\n", reply))
    return _granted(bool(re.search(rb"(?m)^a1 OK", answer, re.IGNORECASE)))


def xmpp(name: str, kind: bytes = b"jabber:client") -> Dialogue:
    """XMPP: open a stream, read its features, ask for TLS."""
    opening = _XMPP % (re.sub(rb"[^A-Za-z0-9.:-]", b"", name.encode("ascii", "ignore")), kind)
    features = yield opening, lambda reply: re.search(rb"</stream:|/stream:features>", reply) is not None
    if b"<stream" not in features:
        return Taken.FOREIGN
    if b"xmpp-tls" not in features:
        return Taken.NOT_OFFERED
    return _granted(b"<proceed" in (yield _XMPP_TLS, lambda reply: reply.rstrip().endswith(b">")))


def xmpp_server(name: str) -> Dialogue:
    """XMPP between servers."""
    return (yield from xmpp(name, b"jabber:server"))


def ldap(_name: str) -> Dialogue:
    """LDAP: the StartTLS extended request; 0 is success."""
    answer = yield _LDAP_START, lambda reply: len(reply) > 1 and len(reply) >= reply[1] + 2
    if not answer.startswith(b"0"):
        return Taken.FOREIGN
    return _granted(b"\x0a\x01\x00" in answer[:20])


def postgresql(_name: str) -> Dialogue:
    """PostgreSQL: SSLRequest, answered by one letter."""
    answer = yield _POSTGRES_START, bool
    return {b"S": Taken.GRANTED, b"N": Taken.NOT_OFFERED}.get(answer[:1], Taken.FOREIGN)


def mysql(_name: str) -> Dialogue:
    """MySQL: the greeting tells whether it can, the short login request upgrades at once."""
    greeting = yield b"", _mysql_whole
    version_ends = greeting.find(b"\x00", 5)
    flags_at = version_ends + 14  # behind the thread number, eight bytes of salt and a zero
    if greeting[3:5] != b"\x00\x0a" or version_ends < 0 or len(greeting) < flags_at + 2:
        return Taken.FOREIGN
    if not int.from_bytes(greeting[flags_at : flags_at + 2], "little") & _MYSQL_TLS:
        return Taken.NOT_OFFERED
    yield bytes.fromhex("20000001058a0000000000012d") + bytes(23), lambda _reply: True
    return Taken.GRANTED


def rdp(_name: str) -> Dialogue:
    """RDP: a connection request that asks for TLS, with or without a login before the session."""
    answer = yield _RDP_START, whole_packet
    if answer[:1] != b"\x03" or answer[5:6] != b"\xd0":
        return Taken.FOREIGN
    return _granted(answer[11:12] == b"\x02")


DIALOGUES: dict[str, Callable[[str], Dialogue]] = {
    "smtp": smtp,
    "ftp": ftp,
    "pop3": pop3,
    "imap": imap,
    "xmpp": xmpp,
    "xmpp-server": xmpp_server,
    "ldap": ldap,
    "postgresql": postgresql,
    "mysql": mysql,
    "rdp": rdp,
}


def by_greeting(port: int, greeting: bytes) -> str:
    """The protocol that a service greets in; empty for one that this does not know."""
    if greeting.startswith(b"220"):
        return "ftp" if port == 21 or b"FTP" in greeting.upper() else "smtp"  # noqa: PLR2004 - FTP's port
    if greeting.startswith(b"+OK"):
        return "pop3"
    if greeting.startswith(b"* OK"):
        return "imap"
    return "mysql" if greeting[3:5] == b"\x00\x0a" else ""


def whole_reply(reply: bytes) -> bool:
    """Whether the last line of a reply is there: a code, then a space or nothing."""
    return _SMTP_WHOLE.search(reply) is not None


def _mysql_whole(reply: bytes) -> bool:
    """Whether a packet is there: three bytes of length, a number, the body."""
    return len(reply) > _HEADER and len(reply) >= int.from_bytes(reply[:3], "little") + _HEADER


def whole_packet(reply: bytes) -> bool:
    """Whether a TPKT packet is there (RFC 1006): version, reserved, two bytes of length over all."""
    return len(reply) >= _HEADER and len(reply) >= int.from_bytes(reply[2:4], "big")


def whole_line(reply: bytes) -> bool:
    """Whether a line is there."""
    return b"\n" in reply


def _granted(yes: bool) -> Taken:  # noqa: FBT001 - the one thing that is asked
    """Granted or not."""
    return Taken.GRANTED if yes else Taken.NOT_OFFERED
