"""Card numbers, records of plates, keys and dumps lying about in files, found by one script over a shell."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from scanners import Folder, Means, Need, NoLogin, Target
from scanners.discovery.facts import DiscoveryFacts
from scanners.discovery.findings import discovery_facts
from scanners.discovery.parse import parse
from scanners.discovery.plan import Cursor, Plan, new_probe, search_script

__all__ = ["SCANNER", "DiscoveryFacts", "DiscoveryScanner"]

_SPARE = 20
"""Seconds that are kept for what is not reading: the listing's end, the way back."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryScanner:
    """Searches folders over a shell, within bytes and seconds; the next scan goes on where one ended."""

    name: str = field(default="discovery", init=False)
    facts: type[DiscoveryFacts] = field(default=DiscoveryFacts, init=False)
    need: Need = field(default=Need.SHELL, init=False)
    plan: Plan = field(default_factory=Plan)
    now: Callable[[], datetime] = _now

    def scan(self, target: Target, means: Means) -> DiscoveryFacts:  # noqa: ARG002 (the shell knows the target)
        """What lies about; raises `NoLogin`, or what the shell raises."""
        if means.shell is None:
            raise NoLogin("no login was given; use --login NAME, or scan localhost")
        plan = _joined(self.plan, means.folders)
        before = _unfinished(means, plan)
        means.progress("searching files", 0.0)
        seconds = max(5, min(self.plan.seconds, int(means.deadline) - _SPARE))
        marker, probe, now = secrets.token_hex(16), new_probe(), self.now()
        script = search_script(plan, _cursor(before), probe, marker=marker, seconds=seconds)
        said = means.shell.run(script, timeout=seconds + _SPARE)
        return discovery_facts(parse(said, marker, probe, now), plan, before, now)


SCANNER = DiscoveryScanner()


def _joined(plan: Plan, own: tuple[Folder, ...]) -> Plan:
    """The plan with the host's own folders, which come before those that every host is asked for."""
    taken = {folder.path for folder in own}
    return replace(plan, folders=(*own, *(each for each in plan.folders if each.path not in taken)))


def _unfinished(means: Means, plan: Plan) -> DiscoveryFacts | None:
    """The facts of the last scan, if its round through the same folders did not come to its end."""
    facts = means.earlier("discovery")
    if not isinstance(facts, DiscoveryFacts):
        return None
    searched = facts.searched
    return facts if searched.next_path and searched.roots == plan.roots else None


def _cursor(before: DiscoveryFacts | None) -> Cursor:
    """Where to go on; a path that could not be shown whole is cut, so that no file is left out."""
    if before is None:
        return Cursor()
    path, cut, _ = before.searched.next_path.partition("\ufffd")
    return Cursor(path=path, offset=0 if cut else before.searched.next_offset)
