"""Two old holes, asked for without harm: an over-long heartbeat, and a ChangeCipherSpec that comes too early.

Both are said after the server's first flight, in plain records; nothing is decrypted and what a server should
give away is counted, not kept. Sources: CVE-2014-0160 and RFC 6520 (heartbeat), CVE-2014-0224 (early CCS).
"""

from scanners.tls.answer import Ending
from scanners.tls.wire import ALERT, CHANGE_CIPHER, HANDSHAKE, Flight, Records

_HEARTBEAT = 24
_REQUEST = 1
_CLAIMED, _SENT = 4096, 1
"""How many bytes the heartbeat says it carries, and how many it does: the difference would be memory."""
_NO_MESSAGE_YET = bytes(64)
_BROKEN_RECORD = frozenset({20, 21})  # bad_record_mac, decryption_failed: the early keys were put to use


class Aftermath:
    """The server's first flight, something said into the pause behind it, and what comes of that."""

    def __init__(self, words: bytes) -> None:
        self._flight = Flight()
        self._words = words
        self._records = Records()
        self.reply = b""
        self.said = False
        self.done = False
        self.alert = -1
        """The alert that came of it; -1 for none."""
        self.heartbeat = 0
        """How many bytes of heartbeat came of it."""

    def feed(self, data: bytes) -> None:
        """Take what the server sent; raises `WireError`."""
        if self.said:
            for kind, body in self._records.feed(data):
                self._hear(kind, body)
            return
        self._flight.feed(data)
        if self._flight.done and self._flight.hello is not None and self._flight.alert < 0:
            self.reply, self.said = self._words, True
        else:
            self.done = self._flight.done

    def finish(self) -> None:
        """Say that nothing more comes."""

    def _hear(self, kind: int, body: bytes) -> None:
        """One record of the answer."""
        if kind == ALERT:
            self.alert, self.done = (body[1:2] or b"\x00")[0], True
        elif kind == _HEARTBEAT:
            self.heartbeat, self.done = len(body), True


def heartbeat_words(version: int) -> bytes:
    """A heartbeat request that claims more than it carries.

    A sound server passes over it in silence, so something follows that it will refuse aloud.
    """
    body = bytes([_REQUEST]) + _CLAIMED.to_bytes(2, "big") + bytes(_SENT)
    return _record(_HEARTBEAT, version, body) + _record(CHANGE_CIPHER, version, b"\x01")


def early_change_words(version: int) -> bytes:
    """A ChangeCipherSpec before any key was agreed on, and a record that only its keys could open."""
    return _record(CHANGE_CIPHER, version, b"\x01") + _record(HANDSHAKE, version, _NO_MESSAGE_YET)


def heartbleeds(aftermath: Aftermath, ending: Ending) -> bool | None:
    """Whether the heartbeat was answered with more than it carried; a silence is the right answer."""
    if aftermath.heartbeat:
        return aftermath.heartbeat > _SENT + 3 + 16  # type, length and the padding that is always there
    sound = (Ending.DONE, Ending.CLOSED, Ending.RESET, Ending.SILENT, Ending.SLOW)
    return False if aftermath.said and ending in sound else None


def changes_early(aftermath: Aftermath, ending: Ending) -> bool | None:
    """Whether the early ChangeCipherSpec was taken; then the server stumbles over the record behind it."""
    if not aftermath.said:
        return None
    if aftermath.alert >= 0:
        return aftermath.alert in _BROKEN_RECORD
    return False if ending in (Ending.CLOSED, Ending.RESET) else None


def _record(kind: int, version: int, body: bytes) -> bytes:
    """One record."""
    return bytes([kind]) + version.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body
