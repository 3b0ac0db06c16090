"""Judge what was seen: results by a profile's rules, findings that remember, and how a scan is looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from compliance.actions.estate import of_estate
from compliance.actions.service import Service
from compliance.model.framework import Assessment, customisable, narrowed
from compliance.model.host import Host
from compliance.model.judgement import HostDigest, Judgement, Looked
from compliance.model.lifecycle import coverage, reconcile
from compliance.model.observation import Observation
from compliance.model.profile import Profile
from compliance.model.result import Result, Verdict
from compliance.model.scan import Scan
from compliance.policy.assess import assess
from compliance.policy.digests import digest_of, profile_digest, rule_digest
from compliance.policy.estate import ESTATE
from compliance.policy.evaluate import Subject
from compliance.policy.fleet import FLEET, GATHERED, fleet_results, fleet_witness
from compliance.policy.profiles import tailored
from compliance.policy.tailoring import Asked, results_by, stricter
from compliance.policy.waive import Occasion, waived
from compliance.policy.waiverfile import load_waivers
from compliance.policy.witness import Witness, declared
from compliance.store.codec import observation_digest


def judge_observations(
    service: Service,
    hosts: Sequence[Host],
    observations: Sequence[Observation],
    profile: Profile,
    *,
    as_of: datetime | None = None,
    inventory: str = "",
) -> tuple[Result, ...]:
    """What the profile's rules say of each host, before what is unknown may count as failing.

    `as_of` is the moment at which facts count as too old, where it is another than that of the observations;
    `inventory` the digest of the inventory to judge by, where it is another than that in force.
    """
    everything = service.policies.book
    own = tailored(profile, everything)
    results: list[Result] = []
    for host in hosts:
        of_host = tuple(o for o in observations if o.task.host == host.name)
        sent = frozenset(o.task.scanner for o in of_host)
        asked = Asked(profile=profile, own=own, everything=everything, scanners=sent, as_of=as_of)
        results += results_by(asked, Subject(host=host, observations=of_host))
    apart = of_estate(service, hosts, observations, inventory)
    return (*results, *_of_fleet(service, hosts, observations), *apart)


def _of_fleet(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation]
) -> Iterator[Result]:
    """What the fleet rules say, where two hosts or more were looked at; one alone is no fleet."""
    looked = {o.task.host for o in observations if o.task.scanner in GATHERED}
    if service.policies.fleet is not None and len(looked) >= _FEWEST:
        yield from fleet_results(service.policies.fleet, seen_together(service, hosts, observations))


_FEWEST = 2
_APART = (FLEET, ESTATE)
"""What stands for the host in results that are of no single one."""


def seen_together(service: Service, hosts: Sequence[Host], observations: Sequence[Observation]) -> Witness:
    """What these hosts show together, beside those of the inventory that nobody looked at."""
    with service.store.begin() as unit:
        inventory = unit.hosts.all()
    names = {host.name for host in hosts}
    others = [host for host in inventory if host.name not in names]
    return fleet_witness(_subjects(hosts, observations), others)


def _subjects(hosts: Sequence[Host], observations: Sequence[Observation]) -> tuple[Subject, ...]:
    return tuple(
        Subject(host=host, observations=tuple(o for o in observations if o.task.host == host.name))
        for host in hosts
    )


def judgement_of(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], profile: Profile
) -> Judgement:
    """The digests of everything that the verdicts on these observations are made from."""
    own = tailored(profile, service.policies.book)
    with service.store.begin() as unit:
        inventory = unit.inventories.digest()
    return Judgement(
        engine=service.version,
        profile=profile_digest(profile),
        rules={name: rule_digest(loaded) for name, loaded in own.loaded.items()},
        hosts={
            host.name: HostDigest(
                declared=digest_of(declared(host)),
                seen={
                    o.task.scanner: Looked(digest=observation_digest(o), at=o.at)
                    for o in observations
                    if o.task.host == host.name
                },
            )
            for host in hosts
        },
        inventory=inventory,
    )


def remember(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], results: Sequence[Result]
) -> None:
    """Bring the findings of these hosts up to date; a rule that was not run on a host says nothing of it."""
    looked = coverage(hosts, observations, service.policies.book)
    judged = frozenset((result.host, result.rule) for result in results if result.observed_at is not None)
    unknown = {(result.host, result.rule) for result in results if result.verdict is Verdict.UNKNOWN}
    apart = {(host, rule) for host, rule in judged if host in _APART} - unknown
    covered = replace(looked, seen=(looked.seen & judged) | apart)
    with service.store.begin() as unit:
        known = unit.findings.known([*(host.name for host in hosts), *_APART])
        unit.findings.put(reconcile(known, results, covered, service.clock()))


def assess_results(
    service: Service, hosts: Sequence[Host], results: Sequence[Result], profile: Profile | None
) -> tuple[Assessment, ...]:
    """Each framework seen through the results; narrowed to the questionnaire that the profile is for."""
    policies = service.policies
    asked = {} if profile is None else profile.questionnaires
    apart = {
        rule.id: name
        for book, name in ((policies.fleet, FLEET), (policies.estate, ESTATE))
        for rule in book or ()
    }
    return tuple(
        assess(narrowed(framework, asked.get(framework.id)), results, hosts, apart)
        for framework in policies.frameworks
    )


def looked_at(service: Service, scan: Scan) -> Scan:
    """A judged scan as it is shown today: waivers beside what they cover, strictness, controls.

    Nothing of it is kept: tomorrow a waiver may have ended.
    """
    policies = service.policies
    results, standings = scan.results, scan.waivers
    if policies.waivers:
        results, standings = waived(policies.waivers, results, _occasion(service, scan))
    profile = policies.profiles.get(scan.profile)
    if profile is not None:
        results = stricter(profile, results)
    return replace(
        scan,
        results=results,
        waivers=standings,
        assessments=assess_results(service, scan.hosts, results, profile),
    )


def _occasion(service: Service, scan: Scan) -> Occasion:
    with service.store.begin() as unit:
        inventory = tuple(unit.hosts.all())
    return Occasion(
        book=service.policies.book,
        subjects=_subjects(scan.hosts, scan.observations),
        inventory=inventory,
        fleet=service.policies.fleet,
        estate=service.policies.estate,
        today=service.clock().astimezone(UTC).date(),
    )


def with_waivers(service: Service, files: Sequence[Path]) -> Service:
    """The service with the waivers of some files beside its own; raises `BadRule`."""
    policies = service.policies
    known = customisable(policies.frameworks)
    more = load_waivers(files, policies.book, policies.fleet, policies.estate, customisable=known)
    return replace(service, policies=replace(service.policies, waivers=(*service.policies.waivers, *more)))
