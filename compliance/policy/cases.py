"""The tests of rules: a made-up host, what the rule must say of it, and whether it does."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from compliance.model.result import Verdict
from compliance.policy.cel.convert import to_timestamp
from compliance.policy.cel.values import Failure
from compliance.policy.explain import explained, trace
from compliance.policy.judge import Outcome, outcomes, rolled_up
from compliance.policy.loaded import LoadedRule
from compliance.policy.params import BadParam, param_value
from compliance.policy.results import result_of
from compliance.policy.rulebook import RuleBook
from compliance.policy.rulefile import CaseSpec
from compliance.policy.schema import Schema
from compliance.policy.witness import Witness, with_partial_lists
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import Steps
from scanners import UNKNOWN, Gap, Reason

DAY = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When tests take place, unless they say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """One test of a rule, and what was wrong with its outcome; nothing if it passed."""

    rule: str
    name: str
    place: str
    """Where the test stands: `file:line`."""
    faults: tuple[str, ...]
    verdict: Verdict | None
    """What the rule said as a whole; None where the host could not be made up."""
    trace: tuple[str, ...] = ()
    """Why the rule said what it said, with carets, where the test did not expect it."""
    judged: int
    """How many places were judged: elements of for_each, or the host as a whole; 0 where there was none."""

    @property
    def passed(self) -> bool:
        """Whether the rule said what the test expects."""
        return not self.faults


class BadFacts(Exception):
    """The facts of a test are none."""

    def __init__(self, steps: Steps, text: str) -> None:
        super().__init__(text)
        self.steps = steps
        self.text = text


def run_tests(book: RuleBook, rules: Iterable[str] | None = None) -> list[CaseOutcome]:
    """The outcome of every test of all rules, or of those named."""
    chosen = book.loaded.values() if rules is None else [book[rule_id] for rule_id in rules]
    return [
        run_case(book.schema, loaded, number, case)
        for loaded in chosen
        for number, case in enumerate(loaded.spec.tests)
    ]


def run_case(schema: Schema, loaded: LoadedRule, number: int, case: CaseSpec) -> CaseOutcome:
    """The outcome of one test."""
    steps = (*loaded.steps, "tests", number)
    place = f"{loaded.file.name}:{loaded.file.line(steps)}"
    try:
        staged = stage(schema, loaded, case)
    except BadFacts as error:
        problem = loaded.file.problem((*steps, *error.steps), error.text)
        return CaseOutcome(
            rule=loaded.rule.id, name=case.name, place=place, faults=(str(problem),), verdict=None, judged=0
        )
    found = staged.outcomes(loaded)
    faults = tuple(staged.faults(loaded, found))
    return CaseOutcome(
        rule=loaded.rule.id,
        name=case.name,
        place=place,
        faults=faults,
        trace=tuple(_trace(loaded, staged.witness, found)) if faults else (),
        verdict=rolled_up(found),
        judged=_judged(loaded, found),
    )


def _trace(loaded: LoadedRule, witness: Witness, found: list[Outcome]) -> Iterator[str]:
    """Why the places came out as they did, the worst first."""
    worst = rolled_up(found)
    for outcome in sorted(found, key=lambda outcome: outcome.verdict is not worst)[:_MOST_TRACED]:
        yield from trace(explained(loaded, witness, outcome))


_MOST_TRACED = 4


def _judged(loaded: LoadedRule, found: list[Outcome]) -> int:
    if loaded.loop is not None:
        return sum(outcome.is_element for outcome in found)
    return sum(outcome.verdict not in _NOT_JUDGED for outcome in found)


_NOT_JUDGED = frozenset({Verdict.NOTAPPLICABLE, Verdict.NOTCHECKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A test with its host made up, ready to be judged by the rule or by a change of it."""

    case: CaseSpec
    witness: Witness
    params: Mapping[str, Any]

    def outcomes(self, loaded: LoadedRule) -> list[Outcome]:
        """What a rule says of the made-up host."""
        return outcomes(loaded, self.witness, params=self.params)

    def faults(self, loaded: LoadedRule, found: list[Outcome]) -> Iterator[str]:
        """What is wrong with what the rule said, as the test sees it."""
        return _faults(loaded, self.case, self.witness, found)


def stage(schema: Schema, loaded: LoadedRule, case: CaseSpec) -> Staged:
    """The test with its host made up; raises `BadFacts` at facts and parameters that fit no type."""
    return Staged(case=case, witness=witness_of_case(schema, case), params=_params(loaded, case))


def witness_of_case(schema: Schema, case: CaseSpec) -> Witness:
    """The made-up host of a test; raises `BadFacts` at facts that fit no type."""
    root = _struct(schema.root, getattr(case, schema.name), (schema.name,))
    root = with_partial_lists(root, schema.scanners)
    try:
        now = to_timestamp(case.now) if case.now else DAY
    except Failure as error:
        raise BadFacts(("now",), str(error)) from error
    seen = [name for name in schema.scanners if getattr(root, name) is not UNKNOWN]
    unseen = {
        name: Gap(path="", reason=Reason.NOT_COLLECTED, detail="")
        for name in schema.scanners
        if name not in seen
    }
    seen_at = dict.fromkeys(schema.scanners or (schema.name,), now)
    return Witness(host="test", root=root, seen_at=seen_at, unseen=unseen, name=schema.name)


def _params(loaded: LoadedRule, case: CaseSpec) -> Mapping[str, Any]:
    changed: dict[str, Any] = {}
    for name, value in case.params.items():
        if name not in loaded.param_types:
            hint = did_you_mean(name, loaded.param_types)
            raise BadFacts(("params", name), f"the rule has no parameter {name!r}{hint}")
        try:
            changed[name] = param_value(loaded.param_types[name], value)
        except BadParam as error:
            raise BadFacts(("params", name), str(error)) from error
    return {**loaded.params, **changed}


def _faults(loaded: LoadedRule, case: CaseSpec, witness: Witness, found: list[Outcome]) -> Iterator[str]:
    results = [result_of(loaded, witness, outcome) for outcome in found]
    verdict = rolled_up(found)
    if verdict is not case.expect:
        told = "; ".join(dict.fromkeys(result.message for result in results if result.verdict is verdict))
        yield f"expected {case.expect}, the rule says {verdict}: {told}"
        return
    if verdict is Verdict.PASS and not _judged(loaded, found) and loaded.when_empty is not Verdict.PASS:
        yield "it passes, but no place was judged"
    failing = sorted(result.key for result in results if result.verdict is Verdict.FAIL)
    names_keys = case.expect is Verdict.FAIL and any(outcome.is_element for outcome in found)
    if (case.failing or names_keys) and failing != sorted(case.failing):
        yield f"expected to fail: {_listed(case.failing)}; failing are: {_listed(failing)}"
    passing = {result.key for result in results if result.verdict is Verdict.PASS}
    if not passing.issuperset(case.passing):
        yield f"expected to pass: {_listed(case.passing)}; passing are: {_listed(sorted(passing))}"
    worst = [result.message for result in results if result.verdict is verdict]
    if case.message and not any(case.message in message for message in worst):
        yield f"expected a message with {case.message!r}; the messages are: {'; '.join(worst)}"
    missing = sorted({path for outcome in found for path in outcome.missing})
    for path in case.unknown:
        if not any(one == path or one.startswith((f"{path}.", f"{path}[")) for one in missing):
            yield f"expected {path} to be missing; missing are: {_listed(missing)}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _struct(kind: type[Struct], data: Any, steps: Steps) -> Any:
    """The facts that a test gives, as a struct; a field that is not given is UNKNOWN or its default."""
    if not isinstance(data, dict):
        raise BadFacts(steps, f"expected a map with the fields of {kind.__name__}")
    fields = {info.name: info for info in msgspec.structs.fields(kind)}
    for name in data:
        if name not in fields:
            raise BadFacts(
                (*steps, name), f"{kind.__name__} has no field {name!r}{did_you_mean(name, fields)}"
            )
    values: dict[str, Any] = {name: UNKNOWN for name, info in fields.items() if info.required}
    for name, value in data.items():
        values[name] = _fact(fields[name].type, value, (*steps, name))
    return kind(**values)


def _fact(kind: Any, data: Any, steps: Steps) -> Any:
    bare = msgspec.inspect.type_info(kind)
    return _of_type(bare, data, steps)


def _of_type(info: Any, data: Any, steps: Steps) -> Any:
    match info:
        case msgspec.inspect.Metadata():
            return _of_type(info.type, data, steps)
        case msgspec.inspect.StructType():
            return _struct(info.cls, data, steps)
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType() if isinstance(data, list):
            return tuple(_of_type(info.item_type, item, (*steps, i)) for i, item in enumerate(data))
        case msgspec.inspect.FrozenSetType() if isinstance(data, list):
            return frozenset(_of_type(info.item_type, item, (*steps, i)) for i, item in enumerate(data))
        case msgspec.inspect.DictType() if isinstance(data, dict):
            return {name: _of_type(info.value_type, item, (*steps, name)) for name, item in data.items()}
    return _leaf(info, data, steps)


_LEAVES: Mapping[type, Any] = {
    msgspec.inspect.StrType: str,
    msgspec.inspect.IntType: int,
    msgspec.inspect.FloatType: float,
    msgspec.inspect.BoolType: bool,
    msgspec.inspect.DateTimeType: datetime,
    msgspec.inspect.DateType: date,
    msgspec.inspect.TimeDeltaType: timedelta,
}


def _leaf(info: Any, data: Any, steps: Steps) -> Any:
    if isinstance(info, msgspec.inspect.LiteralType):
        if data not in info.values:
            raise BadFacts(steps, f"{data!r} is none of {_listed(map(str, info.values))}")
        return data
    if isinstance(info, msgspec.inspect.EnumType):
        wanted: Any = info.cls
    elif type(info) in _LEAVES:
        wanted = _LEAVES[type(info)]
    else:
        raise BadFacts(steps, "this does not fit the fact's type")
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        raise BadFacts(steps, str(error).lower().replace("`", "'")) from error


def problems_of(outcome: CaseOutcome) -> str:
    """One test that did not pass, in words."""
    return f"{outcome.place}: {outcome.rule}: {outcome.name}: {'; '.join(outcome.faults)}"
