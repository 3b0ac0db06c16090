"""Prove rules by the tests beside them, and the tests by changing the rules and the facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from compliance.policy.case_formats import FORMATS
from compliance.policy.cases import CaseOutcome, run_tests
from compliance.policy.lacking import Lack, lacking
from compliance.policy.load import load_books
from compliance.policy.mutants import Mutation, Survivor, mutation
from compliance.policy.removals import Removal, removal
from scanners import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What came of the tests of some rules."""

    rules: int
    cases: tuple[CaseOutcome, ...]
    removal: Removal
    mutation: Mutation | None
    """None where no mutants were asked for."""
    lacks: tuple[Lack, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every test passed, none is lacking, nothing leaked, and every survivor is explained."""
        survives = self.mutation is not None and bool(self.mutation.unexplained or self.mutation.stale)
        return all(case.passed for case in self.cases) and not (self.removal.leaks or self.lacks or survives)

    def told(self, shape: str) -> str:
        """The outcome of every test as `plain`, `tap` or `junit`."""
        return FORMATS[shape](self.cases)


def prove(paths: Sequence[Path], fact_types: Mapping[str, type[Facts]], *, with_mutants: bool) -> Proof:
    """Run the tests of rule files, of the shipped ones if none is named; raises `BadRule`.

    Every fact that a test gives is taken away once, and with `with_mutants` every operator and literal of the
    rules is changed once.
    """
    folders: Sequence[Traversable | Path] = paths or [files("policies") / "packs"]
    books = load_books(folders, fact_types)
    removals = [removal(book) for book in books]
    mutations = [mutation(book) for book in books] if with_mutants else []
    return Proof(
        rules=sum(map(len, books)),
        cases=tuple(case for book in books for case in run_tests(book)),
        removal=Removal(
            removals=sum(each.removals for each in removals),
            leaks=tuple(leak for each in removals for leak in each.leaks),
        ),
        mutation=_together(mutations) if mutations else None,
        lacks=tuple(lack for book in books for lack in lacking(book)),
    )


def _together(mutations: Sequence[Mutation]) -> Mutation:
    return Mutation(
        mutants=sum(each.mutants for each in mutations),
        survivors=tuple(survivor for each in mutations for survivor in each.survivors),
        stale=tuple(line for each in mutations for line in each.stale),
    )


def summary(proof: Proof) -> Iterator[str]:
    """What came of it, in lines: what lacks, what leaked, what survived, and the counts."""
    for lack in proof.lacks:
        yield f"LACKS     {lack.place}: {lack.rule}: {lack.text}"
    for leak in proof.removal.leaks:
        yield f"LEAK      {leak.rule}: {leak.case}: without {leak.path}, {leak.told}"
    if proof.mutation is not None:
        yield from map(_survivor, proof.mutation.survivors)
        for line in proof.mutation.stale:
            yield f"STALE     {line.place}: {line.rule}: explained, but it does not survive: {line.name}"
    failed = sum(not case.passed for case in proof.cases)
    judged = sum(case.judged for case in proof.cases)
    yield f"{proof.rules} rules, {len(proof.cases)} tests, {judged} places judged, {failed} tests failed"
    yield f"{proof.removal.removals} facts taken away, {len(proof.removal.leaks)} made another verdict"
    if proof.mutation is not None:
        survived, unexplained = len(proof.mutation.survivors), len(proof.mutation.unexplained)
        yield f"{proof.mutation.mutants} mutants, {survived} survive, {unexplained} of them unexplained"


def _survivor(line: Survivor) -> str:
    word = "EXPLAINED" if line.reason else "SURVIVES "
    return f"{word} {line.place}: {line.rule}: {line.name}" + (f": {line.reason}" if line.reason else "")
