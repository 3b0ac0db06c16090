"""Waivers over results: which failures somebody accepts today, and what there is to say against each waiver.

A waiver changes no verdict. It is worked out anew whenever results are looked at, and kept nowhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from compliance.model.host import Host
from compliance.model.result import Result, Verdict
from compliance.model.waiver import Remark, Remarked, Standing, Waiver
from compliance.policy.cel.scope import root
from compliance.policy.cel.values import Failed, Missing
from compliance.policy.estate import ESTATE
from compliance.policy.evaluate import Subject
from compliance.policy.fleet import FLEET
from compliance.policy.judge import outcomes
from compliance.policy.reads import ROOT
from compliance.policy.rulebook import RuleBook
from compliance.policy.waiverfile import LoadedWaiver
from compliance.policy.witness import Witness, witness_of

Place = tuple[str, str, str]
"""Host, rule and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What waivers are looked at with: the rules, what was seen of which hosts, and the day, in UTC."""

    book: RuleBook
    subjects: Sequence[Subject]
    inventory: Sequence[Host]
    """All hosts that there are, scanned or not."""
    today: date
    fleet: RuleBook | None = None
    """The rules of what all hosts show together; their results are waived place by place."""
    estate: RuleBook | None = None
    """The rules of what the inventory declares; so are theirs."""


def waived(
    waivers: Iterable[LoadedWaiver], results: Sequence[Result], occasion: Occasion
) -> tuple[tuple[Result, ...], tuple[Standing, ...]]:
    """The results with `waived_by` where a waiver in force covers them, and how each waiver stands."""
    witnesses = {
        subject.host.name: witness_of(occasion.book.schema, subject) for subject in occasion.subjects
    }
    look = _Look(occasion, witnesses, results)
    taken: dict[Place, str] = {}
    standings = []
    for loaded in waivers:
        standing = look.standing(loaded)
        standings.append(standing)
        for host, key in standing.covered:
            taken.setdefault((host, loaded.waiver.rule, key), loaded.waiver.id)
    marked = tuple(
        replace(result, waived_by=taken[place])
        if (place := (result.host, result.rule, result.key)) in taken
        else result
        for result in results
    )
    return marked, tuple(standings)


class _Look:
    """One look at waivers, with the results in reach."""

    def __init__(
        self, occasion: Occasion, witnesses: Mapping[str, Witness], results: Sequence[Result]
    ) -> None:
        self.occasion = occasion
        self.witnesses = witnesses
        self.results: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            self.results.setdefault((result.host, result.rule), []).append(result)

    def standing(self, loaded: LoadedWaiver) -> Standing:
        """How one waiver stands."""
        waiver = loaded.waiver
        remarks = list(self._in_itself(waiver))
        is_in_force = not remarks
        covered: list[Result] = []
        judged = 0
        apart = self._apart(waiver)
        if apart:
            found = self.results.get((apart, waiver.rule), [])
            judged = len(found)
            covered = [r for r in found if is_in_force and r.key == waiver.key and r.verdict in waiver.covers]
        for name, witness in self.witnesses.items():
            found = self.results.get((name, waiver.rule), [])
            is_meant, why = self._matches(loaded, witness)
            if why and found:
                remarks.append(Remarked(remark=Remark.UNCLEAR, text=why))
            if not is_meant or not found:
                continue
            judged += 1
            void = self._void(waiver, name)
            remarks += [void] if void else []
            if is_in_force and void is None:
                covered += self._covered(loaded, witness, found)
        remarks += self._more_hosts(loaded)
        if is_in_force and judged and not covered:
            text = f"it covers nothing of what {waiver.rule} says of the hosts that it names"
            remarks.append(Remarked(remark=Remark.UNUSED, text=text))
        return Standing(
            waiver=waiver,
            covered=tuple((result.host, result.key) for result in covered),
            remarks=tuple(remarks),
        )

    def _apart(self, waiver: Waiver) -> str:
        """What stands for the host in the results of its rule, where they are of no single one."""
        books = ((self.occasion.fleet, FLEET), (self.occasion.estate, ESTATE))
        return next((name for book, name in books if book is not None and waiver.rule in book), "")

    def _in_itself(self, waiver: Waiver) -> Iterator[Remarked]:
        if waiver.rule not in self.occasion.book and not self._apart(waiver):
            yield Remarked(remark=Remark.UNKNOWN_RULE, text=f"there is no rule {waiver.rule!r}")
        if self.occasion.today > waiver.until:
            yield Remarked(remark=Remark.EXPIRED, text=f"its last day was {waiver.until}")
        if self.occasion.today < waiver.approved_on:
            yield Remarked(remark=Remark.NOT_YET, text=f"it is approved from {waiver.approved_on} on")

    def _matches(self, loaded: LoadedWaiver, witness: Witness) -> tuple[bool, str]:
        """Whether the waiver means a host; and why that is not known, where it is not."""
        found = loaded.hosts.interpreter.run(root({ROOT: witness.root}))
        if isinstance(found, Missing):
            return False, f"whether it means {witness.host} is not known: {witness.why(found.paths)}"
        if isinstance(found, Failed):
            return False, f"whether it means {witness.host} cannot be told: {found.text}"
        return found is True, ""

    def _void(self, waiver: Waiver, host: str) -> Remarked | None:
        rule = waiver.compensating_rule
        if not rule:
            return None
        verdicts = {result.verdict for result in self.results.get((host, rule), [])}
        if verdicts and verdicts <= {Verdict.PASS, Verdict.NOTAPPLICABLE} and Verdict.PASS in verdicts:
            return None
        said = ", ".join(sorted(verdicts)) or "nothing"
        return Remarked(remark=Remark.VOID, text=f"{rule} must pass on {host}, and says {said}")

    def _covered(self, loaded: LoadedWaiver, witness: Witness, found: Iterable[Result]) -> Iterator[Result]:
        waiver = loaded.waiver
        keys = self._keys(loaded, witness) if loaded.subject is not None else None
        for result in found:
            is_place = waiver.key in {None, result.key} and (keys is None or result.key in keys)
            if result.verdict in waiver.covers and is_place:
                yield result

    def _keys(self, loaded: LoadedWaiver, witness: Witness) -> frozenset[str]:
        """The places of the rule on the host for which the waiver's condition on the element holds."""
        if loaded.subject is None:
            return frozenset()
        rule = self.occasion.book[loaded.waiver.rule]
        return frozenset(
            outcome.key
            for outcome in outcomes(rule, witness)
            if outcome.is_element and loaded.subject.interpreter.run(outcome.scope) is True
        )

    def _more_hosts(self, loaded: LoadedWaiver) -> Iterator[Remarked]:
        then = loaded.waiver.matched
        if then is None:
            return
        schema = self.occasion.book.schema
        known = {
            host.name: witness_of(schema, Subject(host=host, observations=()))
            for host in self.occasion.inventory
        }
        everyone = {**known, **self.witnesses}
        now = sum(self._matches(loaded, witness)[0] for witness in everyone.values())
        if now > then:
            text = f"it matches {now} hosts; on the day of its approval it matched {then}"
            yield Remarked(remark=Remark.MORE_HOSTS, text=text)
