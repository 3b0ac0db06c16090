"""Finished handshakes by OpenSSL: what comes after them, sessions that resume, and one HTTP answer.

The library does the crypto over bytes that a `Link` carries, so upgrades, time limits and bounds are the
link's. Nothing of the server's is trusted. Sources: RFC 5077 (tickets), RFC 5246 s7.3 (resumption),
RFC 6797 (HSTS).
"""

import re
import ssl
from functools import cache, cached_property

from scanners.tls.answer import Ending
from scanners.tls.link import Link
from scanners.tls.suites import SSL3, TLS13
from scanners.tls.value import Value, replace
from scanners.tls.wire import HANDSHAKE, Cursor, Messages, Records, WireError

_NEW_TICKET = 4
_MOST_HTTP = 65536
_LEGACY_SERVER = 0x4  # take servers that do not know RFC 5746; the module has no name for it yet
_STATUS = re.compile(rb"HTTP/1\.[01] \d{3}")
_HSTS = re.compile(rb"\r\nstrict-transport-security:([^\r]*)", re.IGNORECASE)
_MAX_AGE = re.compile(rb'(?:^|;)\s*max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_SUBDOMAINS = re.compile(rb"(?:^|;)\s*includesubdomains\s*(?:;|$)", re.IGNORECASE)


class Wish(Value, frozen=True):
    """What one finished handshake is for."""

    context: ssl.SSLContext
    server_name: str = ""
    host: str = ""
    """Whom to ask for a page; empty to ask for none."""
    resume: ssl.SSLSession | None = None


class Finished:
    """One handshake to the end: `data` is to be sent first, then it is fed until it is `done`."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._secure = wish.context.wrap_bio(
            self._incoming,
            self._outgoing,
            # In bytes: a text makes Python load all that internationalised names need.
            server_hostname=wish.server_name.encode("ascii") or None,
            session=wish.resume,
        )
        self._plain: Records | None = Records()
        self._messages = Messages()
        self.done = self.finished = self.failed = False
        self.http = b""
        """The head of the HTTP answer."""
        self.ticket = b""
        """A ticket up to TLS 1.2, which comes in plain text."""
        self.reply = b""
        self._step()
        self.data, self.reply = self.reply, b""

    @cached_property
    def session(self) -> ssl.SSLSession | None:
        """The session as it can be resumed, once all was heard; the library copies it each time (0.1 ms)."""
        return self._secure.session

    @property
    def resumed(self) -> bool:
        """Whether the session that was offered was taken."""
        return bool(self._secure.session_reused)

    def feed(self, data: bytes) -> None:
        """Take what the server sent; raises `WireError`."""
        if self._plain and not self.finished:
            self._overhear(data)
        self._incoming.write(data)
        self._step()

    def finish(self) -> None:
        """Say that nothing more comes."""
        self.done = True

    def _step(self) -> None:
        """Go on as far as the bytes reach."""
        try:
            if not self.finished:
                self._secure.do_handshake()
                self.finished = True
                if self._wish.host:
                    self._secure.write(_request(self._wish.host))
            self._listen()
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLError, ValueError):
            self.done = self.failed = True
        self.reply = self._outgoing.read()

    def _listen(self) -> None:
        """Read the page's head; where none is asked for, say goodbye, which also brings out late tickets."""
        while self._wish.host and not self.done:
            self.http += (more := self._secure.read(16384))
            self.done = not more or b"\r\n\r\n" in self.http or len(self.http) > _MOST_HTTP
        if not self._wish.host and not self.done:
            if self._secure.version() == "TLSv1.3":
                self._secure.unwrap()
            self.done = True

    def _overhear(self, data: bytes) -> None:
        """The ticket, as long as the handshake is in plain text."""
        try:
            for kind, body in self._plain.feed(data) if self._plain else ():
                if kind != HANDSHAKE:
                    self._plain = None
                    return
                for number, message in self._messages.feed(body):
                    if number == _NEW_TICKET:
                        self.ticket = Cursor(message[4:]).vector(2)
        except WireError:
            self._plain = None


class Sessions(Value, frozen=True):
    """What finished handshakes brought; None where they could not be finished."""

    resumes_by_id: bool | None = None
    ticket: bytes = b""
    ticket_lifetime: int | None = None
    """Seconds; 0 where no ticket came."""
    http: bool | None = None
    hsts_max_age: int = 0
    hsts_subdomains: bool = False


def sessions(link: Link, accepted: list[int], server_name: str, host: str) -> Sessions:
    """Sessions of the newest version and of the newest up to TLS 1.2; `host` is asked for a page."""
    usable = [version for version in accepted if version > SSL3]
    if not usable:
        return Sessions()
    newest = _finished(link, Wish(context=client(), server_name=server_name, host=host))
    if usable == [TLS13]:
        return _told(newest, newest, resumes=False if newest.finished else None)
    wish = Wish(context=client(newest=False), server_name=server_name)
    older = newest if usable[-1] < TLS13 else _finished(link, wish)
    first = Wish(context=client(newest=False, tickets=False), server_name=server_name)
    by_id = _finished(link, first)
    if not by_id.finished or by_id.session is None:
        return _told(newest, older, resumes=None)
    again = _finished(link, replace(first, resume=by_id.session)) if by_id.session.id else by_id
    return _told(newest, older, resumes=again.resumed if again.finished else None)


def _finished(link: Link, wish: Wish) -> Finished:
    """One handshake, as far as it goes."""
    finished = Finished(wish)
    ending, _ = link.ask(finished.data, finished)
    finished.done |= ending is Ending.RESET  # hanging up on a request is an answer too
    return finished


@cache
def client(*, newest: bool = True, tickets: bool = True) -> ssl.SSLContext:
    """A client that takes whatever the library still can, and believes nothing; each takes 0.7 ms to make."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED if newest else ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= _LEGACY_SERVER | (0 if tickets else ssl.OP_NO_TICKET)
    return context


def _request(host: str) -> bytes:
    """A request for the first page; the connection is to be closed behind the answer."""
    named = re.sub(r"[^A-Za-z0-9.:\[\]_-]", "", host)
    return f"GET / HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n\r\n".encode("ascii")


def _told(newest: Finished, older: Finished, *, resumes: bool | None) -> Sessions:
    """The sum of it."""
    ended = [one for one in (newest, older) if one.finished]
    hints = [one.session.ticket_lifetime_hint for one in ended if one.session and one.session.has_ticket]
    head = newest.http if _STATUS.match(newest.http) else b""
    policy = _HSTS.search(head)
    age = _MAX_AGE.search(policy[1]) if policy else None
    return Sessions(
        resumes_by_id=resumes,
        ticket=older.ticket,
        ticket_lifetime=max(hints, default=0) if ended else None,
        http=bool(head) if head or (newest.finished and newest.done and not newest.failed) else None,
        hsts_max_age=int(age[1]) if age else 0,
        hsts_subdomains=bool(policy and age and _SUBDOMAINS.search(policy[1])),
    )
