"""Judge what was seen: results by a profile's rules, findings that remember, controls seen through them."""

from collections.abc import Sequence
from dataclasses import replace

from compliance.actions.service import Service
from compliance.model.framework import Assessment
from compliance.model.host import Host
from compliance.model.lifecycle import coverage, reconcile
from compliance.model.observation import Observation
from compliance.model.profile import Profile
from compliance.model.result import Result
from compliance.policy.assess import assess
from compliance.policy.evaluate import Subject
from compliance.policy.profiles import tailored
from compliance.policy.tailoring import results_by


def judge_observations(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], profile: Profile
) -> tuple[Result, ...]:
    """What the profile's rules say of each host, before what is unknown may count as failing."""
    everything = service.policies.book
    own = tailored(profile, everything)
    results: list[Result] = []
    for host in hosts:
        of_host = tuple(o for o in observations if o.task.host == host.name)
        sent = frozenset(o.task.scanner for o in of_host)
        results += results_by(profile, own, everything, Subject(host=host, observations=of_host), sent)
    return tuple(results)


def remember(
    service: Service, hosts: Sequence[Host], observations: Sequence[Observation], results: Sequence[Result]
) -> None:
    """Bring the findings of these hosts up to date; a rule that was not run on a host says nothing of it."""
    looked = coverage(hosts, observations, service.policies.book)
    judged = frozenset((result.host, result.rule) for result in results if result.observed_at is not None)
    covered = replace(looked, seen=looked.seen & judged)
    with service.store.begin() as unit:
        known = unit.findings.known([host.name for host in hosts])
        unit.findings.put(reconcile(known, results, covered, service.clock()))


def assess_results(
    service: Service, hosts: Sequence[Host], results: Sequence[Result]
) -> tuple[Assessment, ...]:
    """Each framework seen through the results."""
    return tuple(assess(framework, results, hosts) for framework in service.policies.frameworks)
