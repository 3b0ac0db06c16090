"""Hosts looked at from here: a bounded pool of threads, one thread a host, its scanners in turn."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from queue import SimpleQueue

from compliance.dispatch.observe import Watch, observe, unseen
from compliance.dispatch.refuse import Refuse
from compliance.model.host import Host
from compliance.model.observation import Observation
from scanners import Means, Scanner

Equip = Callable[[Host], AbstractContextManager[Means]]
"""Gives what scanners may use on one host, and takes it back when its scan ends."""

_Ended = None


class LocalDispatcher:
    """Carries scanners to hosts in threads of this process."""

    def __init__(self, *, hosts_at_once: int, equip: Equip, refuse: Refuse = lambda _host: "") -> None:
        """`refuse` is asked when a host's turn comes: nothing is sent to one that it refuses."""
        self._hosts_at_once = hosts_at_once
        self._equip = equip
        self._refuse = refuse

    def observe(
        self, hosts: Sequence[Host], scanners: Sequence[Scanner], watch: Watch
    ) -> Iterator[Observation]:
        """Every observation as it comes in, whichever host it is of.

        Leaving early (an interrupt, an error in the consumer) starts no more looks and waits for none.
        """
        came: SimpleQueue[Observation | None] = SimpleQueue()

        def look(host: Host) -> None:
            try:
                if why := self._refuse(host):
                    for blank in unseen(host, scanners, why, watch):
                        came.put(blank)
                    return
                with self._equip(host) as means:
                    for observation in observe(host, scanners, means, watch):
                        came.put(observation)
            finally:
                came.put(_Ended)

        pool = ThreadPoolExecutor(self._hosts_at_once, thread_name_prefix="host")
        try:
            looks = [pool.submit(copy_context().run, look, host) for host in hosts]
            yield from _until_ended(came, len(looks))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        for each in looks:
            each.result()


def _until_ended(came: "SimpleQueue[Observation | None]", running: int) -> Iterator[Observation]:
    while running:
        observation = came.get()
        if observation is _Ended:
            running -= 1
        else:
            yield observation
