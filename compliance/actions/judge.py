"""Judge what was seen: results by a profile's rules, findings that remember, controls seen through them."""

from collections.abc import Sequence

from compliance.actions.service import Service
from compliance.model.framework import Assessment
from compliance.model.host import Host
from compliance.model.lifecycle import coverage, reconcile
from compliance.model.observation import Observation
from compliance.model.profile import Profile
from compliance.model.result import Result
from compliance.policy.assess import assess
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.profiles import tailored


def judge_observations(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], profile: Profile
) -> tuple[Result, ...]:
    """What the profile's rules say of each host; only rules whose scanners were sent to it are asked."""
    book = tailored(profile, service.policies.book)
    results: list[Result] = []
    for host in hosts:
        of_host = tuple(o for o in observations if o.task.host == host.name)
        sent = {o.task.scanner for o in of_host}
        asked = [rule.id for rule in book if sent.issuperset(rule.scanners)]
        results += evaluate(book, Subject(host=host, observations=of_host), asked)
    return tuple(results)


def remember(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], results: Sequence[Result]
) -> None:
    """Bring the findings of these hosts up to date."""
    covered = coverage(hosts, observations, service.policies.book)
    with service.store.begin() as unit:
        known = unit.findings.known([host.name for host in hosts])
        unit.findings.put(reconcile(known, results, covered, service.clock()))


def assess_results(
    service: Service, hosts: Sequence[Host], results: Sequence[Result]
) -> tuple[Assessment, ...]:
    """Each framework seen through the results."""
    return tuple(assess(framework, results, hosts) for framework in service.policies.frameworks)
