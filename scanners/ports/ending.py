"""What the end of a connection says of its port: the host's own word, or somebody's on the way (ICMP)."""

import errno
import socket
import struct

from scanners.ports.course import State

_BY_ERROR = {
    errno.ETIMEDOUT: State.SILENT,
    errno.EACCES: State.BARRED,
    errno.EPERM: State.BARRED,
    errno.ECONNRESET: State.OPEN,  # it had accepted
    errno.ECONNABORTED: State.OPEN,
    errno.EPIPE: State.OPEN,
}
TELL_SENDER = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""Socket options IP_RECVERR and IPV6_RECVERR (Linux): keep the ICMP message behind an error."""
_ICMP, _ICMP6 = 2, 3
_PROHIBITED = frozenset({(_ICMP, 3, 9), (_ICMP, 3, 10), (_ICMP, 3, 13)} | {(_ICMP6, 1, c) for c in (1, 5, 6)})


def state_of(wire: socket.socket, told: int) -> State:
    """What the end of a connection says of its port."""
    if told == 0:
        return State.CLOSED if _met_itself(wire) else State.OPEN
    if told in _BY_ERROR:
        return _BY_ERROR[told]
    told_by = _sender(wire)
    if told == errno.ECONNREFUSED:
        return State.CLOSED if told_by is None else State.BARRED
    return State.BARRED if told_by in _PROHIBITED else State.UNREACHED


def _met_itself(wire: socket.socket) -> bool:
    """On this machine a connection may be given the very port it calls, and so meet itself."""
    try:
        return bool(wire.getsockname() == wire.getpeername())
    except OSError:
        return False


def _sender(wire: socket.socket) -> tuple[int, int, int] | None:
    """The ICMP message behind an error: family, type and code; None if the host's own TCP spoke."""
    try:
        _, told, _, _ = wire.recvmsg(0, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for _, _, data in told:
        _, origin, kind, code = struct.unpack_from("=IBBB", data)
        return (origin, kind, code) if origin in {_ICMP, _ICMP6} else None
    return None
