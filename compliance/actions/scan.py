"""Scan hosts now: look, keep what was seen, judge it, remember what fails."""

import secrets
from collections.abc import Sequence

from compliance.actions.choose import Order, check_window, chosen_hosts, chosen_profile, chosen_scanners
from compliance.actions.judge import judge_observations, judgement_of, looked_at, remember
from compliance.actions.service import Service
from compliance.actions.vulnerable import with_vulnerabilities
from compliance.dispatch.observe import Watch
from compliance.model.host import Host
from compliance.model.observation import Observation
from compliance.model.scan import Scan
from compliance.model.vulnerability import DERIVED
from scanners import Scanner


def scan(service: Service, order: Order, watch: Watch) -> Scan:
    """Look at the hosts of the order and judge what was seen; every observation is kept as it comes in."""
    check_window(service, order)
    profile = chosen_profile(service, order.profile)
    scanners = chosen_scanners(service, order)
    hosts = chosen_hosts(service, order)
    scan_id, started = secrets.token_hex(4), service.clock()
    with service.store.begin() as unit:
        unit.scans.start(scan_id, started=started, version=service.version, profile=profile.id, hosts=hosts)
    observations = _look(service, scan_id, hosts, scanners, watch)
    results = judge_observations(service, hosts, observations, profile)
    judgement = judgement_of(service, hosts, observations, profile)
    finished = service.clock()
    with service.store.begin() as unit:
        unit.scans.finish(scan_id, finished=finished, results=results, judgement=judgement)
    remember(service, hosts, observations, results)
    done = Scan(
        id=scan_id,
        started=started,
        finished=finished,
        version=service.version,
        profile=profile.id,
        hosts=hosts,
        observations=observations,
        results=results,
        judgement=judgement,
    )
    return looked_at(service, done)


def _look(
    service: Service, scan_id: str, hosts: Sequence[Host], scanners: Sequence[Scanner], watch: Watch
) -> tuple[Observation, ...]:
    observations: list[Observation] = []
    for observation in service.dispatcher.observe(hosts, scanners, watch):
        with service.store.begin() as unit:
            unit.scans.keep(scan_id, observation)
        observations.append(observation)
    seen = with_vulnerabilities(service, observations, is_kept=True)
    with service.store.begin() as unit:
        for observation in seen:
            if observation.task.scanner in DERIVED:
                unit.scans.keep(scan_id, observation)
    order = {host.name: place for place, host in enumerate(hosts)}
    turn = {name: place for place, name in enumerate(service.fact_types)}
    return tuple(sorted(seen, key=lambda o: (order[o.task.host], turn[o.task.scanner])))
