"""The handshake of TLS 1.3 to its end, for what comes after it: tickets, and whether they allow early data.

A client certificate that is asked for is answered by none. Behind our Finished we say goodbye, so a server
has no reason to wait. Sources: RFC 8446 s4.4.4 (Finished), s4.6.1 (NewSessionTicket), s4.2.10 (early data).
"""

import hashlib
import hmac

from scanners.tls.half import Half, digest_of, expanded, opener, sealer, traffic
from scanners.tls.wire import ALERT, CERTIFICATE, FINISHED, HANDSHAKE, Cursor, extension_map

_NEW_TICKET = 4
_EARLY_DATA = 42
_CLOSE_NOTIFY = 0
_NO_CERTIFICATE = b"\x00\x00\x00\x00"  # no context, an empty list
_GOODBYE = b"\x01\x00"


class Whole(Half):
    """One handshake to its end: to be fed until it is `done`, as a half one."""

    _ends = ()
    finished = False
    """The server's Finished came, and ours was sent."""
    tickets = 0
    early_data = 0
    """How many bytes a ticket allows before the handshake; 0 for none."""

    @property
    def takes_early_data(self) -> bool | None:
        """Whether early data is allowed; None where the handshake did not come to its end."""
        refused = self.alert > _CLOSE_NOTIFY and not self.tickets
        return None if refused or not self.finished else self.early_data > 0

    def _read(self, number: int, message: bytes) -> None:
        """One message of the server's flight, or behind it."""
        if number == _NEW_TICKET and self.finished:
            self._read_ticket(Cursor(message))
            return
        self._transcript += _framed(number, message)
        super()._read(number, message)
        if number == FINISHED and not self.finished:
            self._end()

    def _read_ticket(self, body: Cursor) -> None:
        """A ticket: lifetime, age, nonce, the ticket itself, extensions."""
        _ = body.take(8), body.vector(1), body.vector(2)
        allowed = extension_map(body.vector(2)).get(_EARLY_DATA, b"")
        self.tickets += 1
        self.early_data = max(self.early_data, int.from_bytes(allowed[:4], "big"))
        self.done = True

    def _end(self) -> None:
        """Say our Finished and goodbye, and read on with the keys of the session."""
        suite, digest = self._suite, digest_of(self._suite)
        size = hashlib.new(digest).digest_size
        derived = expanded(digest, self._shared, b"derived", hashlib.new(digest).digest())
        main = hmac.digest(derived, bytes(size), digest)
        heard = self._transcript
        ours = traffic(suite, self._shared, b"c hs traffic", self._greeted)
        words = _framed(CERTIFICATE, _NO_CERTIFICATE) if self.asks_certificate else b""
        proof = hashlib.new(digest, heard + words).digest()
        words += _framed(FINISHED, hmac.digest(expanded(digest, ours, b"finished", b""), proof, digest))
        goodbye = sealer(suite, traffic(suite, main, b"c ap traffic", heard))(ALERT, _GOODBYE)
        self.reply = sealer(suite, ours)(HANDSHAKE, words) + goodbye
        self._open = opener(suite, traffic(suite, main, b"s ap traffic", heard))
        self.finished = True


def _framed(number: int, message: bytes) -> bytes:
    """A handshake message with its header."""
    return bytes([number]) + len(message).to_bytes(3, "big") + message
