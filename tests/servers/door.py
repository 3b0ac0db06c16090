"""A door before a server: it counts who is inside, and turns away whom it has no room for."""

import contextlib
import select
import socket
import struct
import threading
from typing import Self

_RESET = struct.pack("ii", 1, 0)


class Door:
    """A relay to a port of this machine with room for so many connections; the others are reset."""

    def __init__(self, address: str, behind: int, room: int) -> None:
        self._behind, self._room = behind, room
        self._server = socket.create_server((address, 0), backlog=64)
        self.port: int = self._server.getsockname()[1]
        self._lock = threading.Condition()
        self._inside = 0
        self.most = self.turned_away = 0
        """The most that were inside at once, and how many were turned away."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                with self._lock:
                    # Whoever is leaving is let out first.
                    has_room = self._lock.wait_for(lambda: self._inside < self._room, timeout=0.008)
                    self._inside += has_room
                    self.most = max(self.most, self._inside)
                    self.turned_away += not has_room
                if has_room:
                    threading.Thread(target=self._carry, args=(client,), daemon=True).start()
                else:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    client.close()

    def _carry(self, client: socket.socket) -> None:
        """Carry bytes both ways until one side has enough."""
        with (
            contextlib.suppress(OSError),
            client,
            socket.create_connection(("127.0.0.1", self._behind)) as own,
        ):
            other = {client: own, own: client}
            while True:
                for one in select.select(list(other), [], [], 10.0)[0]:
                    if not (data := one.recv(65536)):
                        break
                    other[one].sendall(data)
                else:
                    continue
                break
        with self._lock:
            self._inside -= 1
            self._lock.notify()
