"""Whether a service that could upgrade to TLS goes on without: its answer to the first word of real use.

Dialogues as in `starttls`, that ask for no upgrade: GRANTED is a service that goes on in plain text,
NOT_OFFERED one that insists on TLS, FOREIGN one whose answer says neither. Nobody logs in, no mail is sent.
Sources: RFC 3207 s4, RFC 3501 s6.2.3, RFC 2449, RFC 2228, RFC 6120 s5.4.1, RFC 4511 s4.2,
MS-RDPBCGR 2.2.1.2.2, and PostgreSQL's protocol.
"""

import re
from collections.abc import Callable

from scanners.kit.starttls import Dialogue, Taken, whole_line, whole_packet, whole_reply

_CAPABILITIES = re.compile(rb"(?m)^a1 [^\n]*\n")
_LDAP_BIND = bytes.fromhex("300c020101600702010304008000")
_LDAP_CODE = re.compile(rb"\x61.\x0a\x01(.)", re.DOTALL)
_SECRECY = b"\x0d"  # confidentialityRequired
_POSTGRES = b"\x00\x03\x00\x00user\x00scanner\x00database\x00scanner\x00\x00"
_RDP_PLAIN = bytes.fromhex("030000130ee000000000000100080000000000")
_RDP_INSISTS = (b"\x01", b"\x05", b"\x06")  # TLS, CredSSP, or CredSSP with a client certificate
_XMPP = b"<?xml version='1.0'?><stream:stream to='%s' xmlns='jabber:client' xmlns:stream='%s' version='1.0'>"


def smtp(_name: str) -> Dialogue:
    """SMTP: whether a sender may be named."""
    yield b"", whole_reply
    yield b"EHLO scanner.invalid\r\n", whole_reply
    answer = yield b"MAIL FROM:<>\r\n", whole_reply
    return _taken(goes_on=answer.startswith(b"250"), insists=answer.startswith(b"530"))


def imap(_name: str) -> Dialogue:
    """IMAP: whether a login is forbidden as yet."""
    yield b"", whole_line
    answer = yield b"a1 CAPABILITY\r\n", lambda reply: _CAPABILITIES.search(reply) is not None
    insists = b"LOGINDISABLED" in answer
    return _taken(goes_on=not insists and b"* CAPABILITY" in answer, insists=insists)


def pop3(_name: str) -> Dialogue:
    """POP3: whether a way to log in is on offer."""
    yield b"", whole_line
    answer = yield (
        b"CAPA\r\n",
        lambda reply: reply.endswith(b"\r\n.\r\n" if reply.startswith(b"+") else b"\n"),
    )
    goes_on = re.search(rb"(?m)^(?:USER|SASL)\b", answer) is not None
    return _taken(goes_on=goes_on, insists=answer.startswith(b"+OK") and not goes_on)


def ftp(_name: str) -> Dialogue:
    """FTP: whether a user may be named."""
    yield b"", whole_reply
    answer = yield b"USER anonymous\r\n", whole_reply
    return _taken(
        goes_on=answer.startswith((b"331", b"230")), insists=answer.startswith((b"522", b"534", b"550"))
    )


def xmpp(name: str) -> Dialogue:
    """XMPP: whether the features say that TLS is required, or offer a login beside it."""
    host = re.sub(rb"[^A-Za-z0-9.:-]", b"", name.encode("ascii", "ignore"))
    opening = _XMPP % (host, b"http://etherx.jabber.org/streams")
    features = yield opening, lambda reply: re.search(rb"</stream:|/stream:features>", reply) is not None
    return _taken(goes_on=b"<mechanism>" in features, insists=b"<required" in features)


def ldap(_name: str) -> Dialogue:
    """LDAP: whether an anonymous bind is refused for want of secrecy."""
    answer = yield _LDAP_BIND, lambda reply: len(reply) > 1 and len(reply) >= reply[1] + 2
    found = _LDAP_CODE.search(answer)
    code = found[1] if found else b""
    return _taken(goes_on=code == b"\x00", insists=code == _SECRECY)


def postgresql(_name: str) -> Dialogue:
    """PostgreSQL: whether a user is asked to prove who they are, or is refused for want of encryption."""
    message = (len(_POSTGRES) + 4).to_bytes(4, "big") + _POSTGRES
    answer = yield message, lambda reply: len(reply) > 4 and len(reply) > int.from_bytes(reply[1:5], "big")  # noqa: PLR2004 - type and length
    return _taken(goes_on=answer.startswith(b"R"), insists=b"no encryption" in answer or b"SSL off" in answer)


def rdp(_name: str) -> Dialogue:
    """RDP: whether its own old encryption would do."""
    answer = yield _RDP_PLAIN, whole_packet
    refused = answer[11:12] == b"\x03"
    return _taken(
        goes_on=answer[5:6] == b"\xd0" and not refused, insists=refused and answer[15:16] in _RDP_INSISTS
    )


DIALOGUES: dict[str, Callable[[str], Dialogue]] = {
    "smtp": smtp,
    "imap": imap,
    "pop3": pop3,
    "ftp": ftp,
    "xmpp": xmpp,
    "ldap": ldap,
    "postgresql": postgresql,
    "rdp": rdp,
}
"""The services that can be asked; of the others it stays unknown."""


def _taken(*, goes_on: bool, insists: bool) -> Taken:
    """One of the three answers."""
    if insists:
        return Taken.NOT_OFFERED
    return Taken.GRANTED if goes_on else Taken.FOREIGN
