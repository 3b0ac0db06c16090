"""Turn one rule as it is written into one that the engine holds, and say everything that is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from compliance.model.result import Verdict
from compliance.model.rule import Rule
from compliance.policy.cel.checked import Checked
from compliance.policy.cel.convert import to_duration
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.types import BOOL, TIMESTAMP, Type
from compliance.policy.cel.values import Failure
from compliance.policy.expression import Expression, source_at, understood
from compliance.policy.loaded import LoadedRule, Loop
from compliance.policy.params import BadParam, checked_range, param_type, param_value, params_type
from compliance.policy.reads import ROOT, chain_text, fact_chains, scanners_read
from compliance.policy.review import reviewed
from compliance.policy.rulefile import RuleFileSpec, RuleSpec
from compliance.policy.schema import Schema
from compliance.policy.shorthand import spelled_out
from compliance.policy.template import Template, template
from compliance.policy.yaml_source import Problem, Steps, YamlFile

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_TAKEN = frozenset({ROOT, "now", "params", "fleet", "estate"})
_MOST = {"variables": 50, "params": 50, "evidence": 20, "tests": 200, "tags": 50, "references": 50}
_SHORT = frozenset(
    {"bool", "int", "double", "string", "google.protobuf.Timestamp", "google.protobuf.Duration"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands: its file, the way to it, and what the file says of all its rules."""

    file: YamlFile
    steps: Steps
    pack: RuleFileSpec


@dataclass(slots=True)
class _Builder:
    """Builds one rule, part by part; `names` grows with what later parts may use."""

    place: Place
    spec: RuleSpec
    schema: Schema
    problems: list[Problem]
    names: dict[str, Type] = field(default_factory=dict)

    def wrong(self, *steps: str | int, text: str, on_key: bool = False) -> None:
        where = (*self.place.steps, *steps)
        self.problems.append(self.place.file.problem(where, text, on_key=on_key))

    def expression(self, text: str, *steps: str | int, wanted: Type | None = None) -> Expression | None:
        source = source_at(self.place.file, (*self.place.steps, *steps), text)
        return understood(source, self.names, self.problems, wanted)

    def template(self, *steps: str | int) -> Template:
        return template(self.place.file, (*self.place.steps, *steps), self.names, self.problems)


def build(place: Place, spec: RuleSpec, schema: Schema) -> tuple[LoadedRule | None, list[Problem]]:
    """The rule, or everything that is wrong with it."""
    builder = _Builder(place, spec, schema, [])
    builder.names.update({schema.name: schema.host, "now": TIMESTAMP})
    _check_words(builder)
    kinds, params = _params(builder)
    builder.names["params"] = params_type(kinds, spec.params)
    applies = builder.expression(spec.applies, "applies", wanted=BOOL) if spec.applies else None
    loop = _loop(builder)
    where = builder.expression(spec.where, "where", wanted=BOOL) if spec.where else None
    variables = _variables(builder)
    require = _require(builder)
    loaded = LoadedRule(
        rule=_rule(builder, [applies, loop.over if loop else None, where, *variables.values(), require]),
        version=place.pack.version,
        spec=spec,
        file=place.file,
        steps=place.steps,
        params=params,
        param_types=kinds,
        applies=applies,
        loop=loop,
        where=where,
        when_empty=Verdict(spec.when_empty),
        variables=variables,
        require=require,
        key=_key(builder, loop),
        message=builder.template("message") if spec.message else None,
        fix=builder.template("remediation"),
        evidence=_evidence(builder, loop, require, variables),
        max_age=_max_age(builder),
    )
    problems = builder.problems or reviewed(loaded)
    return (None if problems else loaded), problems


def _check_words(builder: _Builder) -> None:
    if not _ID.match(builder.spec.id):
        builder.wrong("id", text="an id is of lower-case letters, digits and hyphens, as tls-protocol-floor")
    for name, most in _MOST.items():
        if len(getattr(builder.spec, name)) > most:
            builder.wrong(name, text=f"a rule has at most {most} {name}")
    for name in ("title", "rationale", "remediation"):
        if not getattr(builder.spec, name).strip():
            builder.wrong(name, text=f"{name} says nothing")


def _params(builder: _Builder) -> tuple[dict[str, Type], dict[str, Any]]:
    kinds: dict[str, Type] = {}
    values: dict[str, Any] = {}
    for name, spec in builder.spec.params.items():
        try:
            kinds[name] = param_type(spec.type)
        except BadParam as error:
            builder.wrong("params", name, "type", text=str(error))
            continue
        try:
            values[name] = param_value(kinds[name], spec.default)
            checked_range(spec, values[name])
        except BadParam as error:
            builder.wrong("params", name, "default", text=str(error))
    return kinds, values


def _free(builder: _Builder, name: str, *steps: str) -> bool:
    """Whether a name may be given to something; says so if not."""
    if _NAME.match(name) and name not in builder.names and name not in _TAKEN:
        return True
    why = "is taken" if _NAME.match(name) else "is no name; names are of lower-case letters, digits and _"
    builder.wrong(*steps, name, text=f"{name!r} {why}", on_key=True)
    return False


def _loop(builder: _Builder) -> Loop | None:
    if not builder.spec.for_each:
        if builder.spec.where:
            builder.wrong("where", text="`where` chooses among the elements of for_each, and there is none")
        return None
    if len(builder.spec.for_each) != 1:
        builder.wrong("for_each", text="for_each names one thing: {name: list}")
        return None
    ((name, text),) = builder.spec.for_each.items()
    over = builder.expression(text, "for_each", name)
    if over is None or not _free(builder, name, "for_each"):
        return None
    if over.type.name not in {"list", "map"}:
        builder.wrong("for_each", name, text=f"for_each goes over a list or a map, not {over.type}")
        return None
    builder.names[name] = over.type.args[0]
    return Loop(name=name, over=over)


def _variables(builder: _Builder) -> dict[str, Expression]:
    found: dict[str, Expression] = {}
    for name, text in builder.spec.variables.items():
        expression = builder.expression(text, "variables", name)
        if _free(builder, name, "variables"):
            builder.names[name] = expression.type if expression else Type("error")
            if expression:
                found[name] = expression
    return found


def _require(builder: _Builder) -> Expression | None:
    spec = builder.spec
    if spec.manual is not None:
        if spec.require:
            builder.wrong("manual", text="a rule has `require` or `manual`, not both", on_key=True)
        return None
    if isinstance(spec.require, dict):
        source = spelled_out(builder.place.file, (*builder.place.steps, "require"), builder.problems)
        return understood(source, builder.names, builder.problems, BOOL) if source else None
    if not spec.require.strip():
        builder.wrong(text="a rule needs `require`, or `manual` where only a person can tell")
        return None
    return builder.expression(spec.require, "require", wanted=BOOL)


def _key(builder: _Builder, loop: Loop | None) -> Template | None:
    if loop is None:
        if builder.spec.key:
            builder.wrong("key", text="only a rule with for_each has a key")
        return None
    if builder.spec.key:
        return builder.template("key")
    element = builder.names[loop.name]
    if element.record is not None and element.record.has_locus:
        found = understood(
            source_at(builder.place.file, (*builder.place.steps, "for_each"), f"{loop.name}.locus"),
            builder.names,
            builder.problems,
        )
        return Template((found,)) if found else None
    if element.name == "string":
        found = understood(
            source_at(builder.place.file, (*builder.place.steps, "for_each"), loop.name),
            builder.names,
            builder.problems,
        )
        return Template((found,)) if found else None
    builder.wrong("for_each", text="for_each needs a `key` that tells the elements apart", on_key=True)
    return None


def _evidence(
    builder: _Builder, loop: Loop | None, require: Expression | None, variables: Mapping[str, Expression]
) -> tuple[Expression, ...]:
    """The declared evidence, else every fact of its own that the requirement reads."""
    if builder.spec.evidence:
        found = [builder.expression(text, "evidence", i) for i, text in enumerate(builder.spec.evidence)]
        return tuple(expression for expression in found if expression is not None)
    base = builder.schema.name
    names = frozenset({base, loop.name} if loop else {base})
    chosen: dict[str, Expression] = {}
    for expression in (*variables.values(), *((require,) if require else ())):
        for node in fact_chains(expression.checked, names):
            kind = expression.checked.types.get(node)
            if kind is not None and _is_short(kind):
                chosen.setdefault(chain_text(node), _part(expression, node, kind))
    return tuple(chosen.values())


def _is_short(kind: Type) -> bool:
    return kind.name in _SHORT or (kind.name == "list" and kind.args[0].name in _SHORT)


def _part(expression: Expression, node: Any, kind: Type) -> Expression:
    whole = expression.checked
    part = Checked(node, kind, whole.types, whole.names, whole.constants, whole.functions, ())
    return Expression(expression.source, part, Interpreter(part))


def _max_age(builder: _Builder) -> timedelta | None:
    if not builder.spec.max_age:
        return None
    try:
        found = to_duration(builder.spec.max_age)
    except Failure as error:
        builder.wrong("max_age", text=str(error))
        return None
    if found <= timedelta():
        builder.wrong("max_age", text="max_age must be longer than nothing")
    return found


def _rule(builder: _Builder, parts: list[Expression | None]) -> Rule:
    spec, place = builder.spec, builder.place
    expressions = [part for part in parts if part is not None]
    return Rule(
        id=spec.id,
        pack=place.pack.pack,
        title=spec.title.strip(),
        severity=spec.severity,
        rationale=spec.rationale.strip(),
        remediation=spec.remediation.strip(),
        scanners=scanners_read(expressions, builder.schema.scanners),
        tags=tuple(spec.tags),
        references=tuple(f"{family} {item}" for family, items in spec.references.items() for item in items),
        source=f"{place.file.name}:{place.file.line(place.steps)}",
    )
