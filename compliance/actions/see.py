"""See hosts without judging them: facts, or why there are none."""

from dataclasses import dataclass

import msgspec

from compliance.actions.choose import Order, check_window, chosen_hosts, chosen_scanners
from compliance.actions.service import Service
from compliance.actions.vulnerable import with_vulnerabilities
from compliance.dispatch.observe import Watch
from compliance.model.host import Host
from compliance.model.observation import NotSeen, Observation
from compliance.model.scan import Blank, blanks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Hosts and what was seen of them."""

    hosts: tuple[Host, ...]
    observations: tuple[Observation, ...]

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """Everything that could not be seen."""
        return blanks_of(self.observations)


def see(service: Service, order: Order, watch: Watch) -> Sight:
    """What is seen of the hosts of the order; nothing is judged, nothing kept."""
    check_window(service, order)
    hosts = chosen_hosts(service, order)
    scanners = chosen_scanners(service, order)
    seen = tuple(service.dispatcher.observe(hosts, scanners, watch))
    return Sight(hosts=hosts, observations=with_vulnerabilities(service, seen))


def facts_document(sight: Sight) -> bytes:
    """The JSON document `facts/v1` of docs/json.md, indented."""
    hosts = [
        {
            "name": host.name,
            "observations": {
                o.task.scanner: _shown(o) for o in sight.observations if o.task.host == host.name
            },
        }
        for host in sight.hosts
    ]
    return msgspec.json.format(msgspec.json.encode({"format": "facts/v1", "hosts": hosts}))


def _shown(observation: Observation) -> dict[str, object]:
    if isinstance(observation, NotSeen):
        return {
            "at": observation.at,
            "not_seen": {"reason": observation.reason, "detail": observation.detail},
        }
    return {"at": observation.at, "facts": observation.facts}
