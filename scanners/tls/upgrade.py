"""The words in plain text that come before TLS, said and heard over a socket."""

import socket

from scanners.kit.starttls import MOST_BYTES, Dialogue, Taken
from scanners.tls.answer import Ending
from scanners.tls.link import received, send


def upgraded(sock: socket.socket, dialogue: Dialogue, until: float) -> tuple[Ending, str] | None:
    """Ask for the upgrade; None once the service is ready for TLS."""
    taken = carried_out(sock, dialogue, until)
    match taken:
        case Taken.GRANTED:
            return None
        case Taken.NOT_OFFERED:
            return Ending.DECLINED, "offers no upgrade to TLS"
        case Taken.FOREIGN:
            return Ending.FOREIGN, "speaks another protocol than expected"
    return taken


def carried_out(sock: socket.socket, dialogue: Dialogue, until: float) -> Taken | tuple[Ending, str]:
    """Carry out a dialogue in plain text: how it was taken, or how it broke off."""
    try:
        words, whole = next(dialogue)
        while True:
            send(sock, words)
            reply = b""
            while not whole(reply):
                more = received(sock, until)
                if not more:
                    return Ending.CLOSED, "closed the connection before it could be upgraded"
                reply += more
                if len(reply) > MOST_BYTES:
                    return Ending.GARBLED, "does not stop talking"
            words, whole = dialogue.send(reply)
    except StopIteration as end:
        return Taken(end.value)
