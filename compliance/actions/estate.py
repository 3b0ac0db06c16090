"""The estate judged: what the inventory declares beside single hosts, once a scan."""

from collections.abc import Sequence
from datetime import datetime

from compliance.actions.service import Service
from compliance.model.host import Host
from compliance.model.observation import Observation
from compliance.model.result import Result
from compliance.policy.estate import Sight, estate_results, estate_witness
from compliance.policy.witness import Witness

FROM_INSIDE = "config"
"""The scanner that sees nothing without a login."""


def of_estate(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], inventory: str = ""
) -> tuple[Result, ...]:
    """What the estate rules say; nothing where no inventory was ever imported.

    `inventory` is the digest of the document to judge by; empty for the one in force.
    """
    seen = seen_declared(service, hosts, observations, inventory)
    if seen is None or service.policies.estate is None:
        return ()
    return tuple(estate_results(service.policies.estate, seen))


def seen_declared(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], inventory: str = ""
) -> Witness | None:
    """What is declared of the estate, at the time of the observations; None without an inventory."""
    at: datetime = max((o.at for o in observations), default=service.clock())
    with service.store.begin() as unit:
        document = unit.inventories.named(inventory) if inventory else unit.inventories.current()
        if document is None:
            return None
        sight = Sight(
            first=unit.scans.first_seen(at),
            last=unit.scans.last_seen(at),
            inside=unit.scans.last_seen(at, FROM_INSIDE),
        )
    return estate_witness(document, service.policies.frameworks, hosts, sight, at)
