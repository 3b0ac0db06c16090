"""What an SSL 2.0 server answers, read from bytes as they come. Source: the SSL 2.0 specification."""

from scanners.tls.wire import ALERT, MOST_BYTES, Cursor, WireError, starts_tls, strange

_ALERT_RECORD = 7
_ERROR, _SERVER_HELLO = 0, 4
_VERSION = 2


class Ssl2Flight:
    """The answer to a CLIENT-HELLO of SSL 2.0: cipher kinds and a certificate, an error, or an alert."""

    def __init__(self) -> None:
        self._buffer = b""
        self.done = False
        self.kinds: tuple[int, ...] = ()
        self.chain: tuple[bytes, ...] = ()
        self.reply = b""
        self.alert = -1

    def feed(self, data: bytes) -> None:
        """Take what the server sent; raises `WireError`."""
        if len(self._buffer) > MOST_BYTES:
            raise WireError("the server does not stop talking")
        self._buffer += data
        if len(self._buffer) < _ALERT_RECORD:
            return
        if self._buffer[0] & 0x80 and self._buffer[2] in (_ERROR, _SERVER_HELLO):
            length = int.from_bytes(self._buffer[:2], "big") & 0x7FFF
            if len(self._buffer) >= length + 2:
                self._read(Cursor(self._buffer[2 : length + 2]))
        elif self._buffer[0] == ALERT and starts_tls(self._buffer):
            self.alert, self.done = self._buffer[_ALERT_RECORD - 1], True
        else:
            raise strange(self._buffer[:64])

    def finish(self) -> None:
        """Say that nothing more comes."""

    def _read(self, body: Cursor) -> None:
        """SERVER-HELLO (4) or ERROR (0)."""
        self.done = True
        if body.number(1) == _ERROR:
            self.alert = 0
            return
        body.take(1)  # whether the session is known again
        kind, version = body.number(1), body.number(2)
        certificate, kinds, _connection = body.number(2), body.number(2), body.number(2)
        if version != _VERSION or kinds % 3:
            raise WireError("an SSL 2.0 hello is malformed")
        shown = body.take(certificate)
        self.chain = (shown,) if kind == 1 and shown else ()
        self.kinds = tuple(body.number(3) for _ in range(kinds // 3))
