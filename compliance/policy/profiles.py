"""Profile files, `profile/v1`: a selection of rules, what is left out of it and why, and what is stricter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from compliance.model.errors import BadRule
from compliance.model.framework import Framework, asks_for
from compliance.model.profile import Profile
from compliance.policy.cel.types import BOOL
from compliance.policy.decode import decode
from compliance.policy.expression import source_at, understood
from compliance.policy.layers import Layer, Said, Why, laid_over
from compliance.policy.loaded import LoadedRule
from compliance.policy.params import BadParam, checked_range, param_value
from compliance.policy.profilefile import ProfileSpec
from compliance.policy.reads import ROOT
from compliance.policy.rulebook import RuleBook
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml


def load_profiles(
    folders: Iterable[Traversable | Path], book: RuleBook, frameworks: Iterable[Framework] = ()
) -> tuple[Profile, ...]:
    """The profiles of all `*.yaml` files in some folders, by name; raises `BadRule` with every mistake.

    `frameworks` are those whose questionnaires may be named; `book` holds the rules that exist. Packs, tags,
    rules and parameters that there are not are mistakes, as are a profile that selects nothing, one that
    extends itself, and parents that differ where it does not decide.
    """
    problems: list[Problem] = []
    written: dict[str, tuple[YamlFile, ProfileSpec]] = {}
    for path, name in _files(folders):
        try:
            file = load_yaml(path, name=name)
            spec = decode(file, ProfileSpec)
        except BadYaml as error:
            problems.append(error.problem)
            continue
        if spec.id in written:
            problems.append(file.problem(("id",), f"there is another profile {spec.id!r}"))
        written.setdefault(spec.id, (file, spec))
    known = {framework.id: framework for framework in frameworks}
    family = _Family(book, known, written, problems)
    layers = [(spec, family.layer(spec.id)) for _, spec in written.values()]
    if problems:
        raise BadRule("\n".join(str(problem) for problem in sorted(set(problems))))
    return tuple(layer.profile(spec.id, spec.title) for spec, layer in layers)


def tailored(profile: Profile, book: RuleBook) -> RuleBook:
    """The book of the profile's rules, with the parameters and severities that it sets."""
    return RuleBook([_tailored(profile, book[name]) for name in profile.rules], book.schema)


def _tailored(profile: Profile, loaded: LoadedRule) -> LoadedRule:
    name = loaded.rule.id
    severity = profile.severities.get(name, loaded.rule.severity)
    return replace(
        loaded,
        rule=replace(loaded.rule, severity=severity),
        params={**loaded.params, **profile.params.get(name, {})},
    )


def _files(folders: Iterable[Traversable | Path]) -> Iterator[tuple[Traversable | Path, str]]:
    """Each profile file with the name that it has in messages."""
    for folder in folders:
        if not folder.is_dir():
            raise BadRule(f"{folder}: there is no such folder of profiles")
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".yaml"):
                yield path, f"{folder.name}/{path.name}"


@dataclass(slots=True)
class _Family:
    """All profiles, each understood once, parents first."""

    book: RuleBook
    frameworks: Mapping[str, Framework]
    written: Mapping[str, tuple[YamlFile, ProfileSpec]]
    problems: list[Problem]
    known: dict[str, Layer] = field(default_factory=dict)
    line: list[str] = field(default_factory=list)
    """The profiles that are being understood, each extended by the one before it."""

    def layer(self, name: str) -> Layer:
        """What the profile of that name says, parents included."""
        if name in self.known:
            return self.known[name]
        file, spec = self.written[name]
        self.line.append(name)
        parents = [self.layer(parent) for parent in self._parents(file, spec)]
        self.line.pop()
        own = _own(file, spec, self.book, parents, self.problems)
        self.problems += _answer(file, spec, self.book, self.frameworks, own)
        found = laid_over(parents, own, file, self.problems)
        if all(said.value is not None for said in found.choices.values()):
            text = "a profile that selects nothing would pass everything"
            self.problems.append(file.problem(("select",), text))
        return self.known.setdefault(name, found)

    def _parents(self, file: YamlFile, spec: ProfileSpec) -> Iterator[str]:
        for number, parent in enumerate(spec.extends):
            steps: Steps = ("extends", number)
            if parent not in self.written:
                text = f"there is no profile {parent!r}{did_you_mean(parent, self.written)}"
                self.problems.append(file.problem(steps, text))
            elif parent in self.line:
                circle = " -> ".join([*self.line[self.line.index(parent) :], parent])
                self.problems.append(file.problem(steps, f"a profile cannot extend itself: {circle}"))
            else:
                yield parent


def _own(
    file: YamlFile, spec: ProfileSpec, book: RuleBook, parents: Sequence[Layer], problems: list[Problem]
) -> Layer:
    """What a profile says itself."""
    own = Layer()
    problems += _select(file, spec, book, own)
    selected = {
        rule for layer in (*parents, own) for rule, said in layer.choices.items() if said.value is None
    }
    problems += _unselect(file, spec, selected, own)
    problems += _set(file, spec, book, own)
    for rule, refined in spec.refine.items():
        steps: Steps = ("refine", rule)
        if rule not in book:
            text = f"there is no rule {rule!r}{did_you_mean(rule, book.loaded)}"
            problems.append(file.problem(steps, text, on_key=True))
        own.severities[rule] = Said(refined.severity, file, (*steps, "severity"))
    for severity, word in spec.unknown_as.items():
        own.unknown_as[severity] = Said(word, file, ("unknown_as", severity))
    if spec.scope:
        understood(source_at(file, ("scope",), spec.scope), {ROOT: book.schema.host}, problems, BOOL)
        own.scopes[spec.scope] = Said(spec.scope, file, ("scope",))
    return own


def _select(file: YamlFile, spec: ProfileSpec, book: RuleBook, own: Layer) -> Iterator[Problem]:
    known: Mapping[str, frozenset[str]] = {
        "pack": frozenset(rule.pack for rule in book),
        "tag": frozenset(tag for rule in book for tag in rule.tags),
        "rule": frozenset(rule.id for rule in book),
    }
    for number, line in enumerate(spec.select):
        at: Steps = ("select", number)
        named = {
            kind: name for kind, name in (("pack", line.pack), ("tag", line.tag), ("rule", line.rule)) if name
        }
        if len(named) != 1:
            yield file.problem(at, "a line selects one pack, one tag or one rule")
        for kind, name in named.items():
            if name not in known[kind]:
                yield file.problem(
                    (*at, kind), f"there is no {kind} {name!r}{did_you_mean(name, known[kind])}"
                )
        for rule in book:
            if rule.pack == line.pack or line.tag in rule.tags or rule.id == line.rule:
                own.choices[rule.id] = Said(None, file, at)


def _answer(
    file: YamlFile, spec: ProfileSpec, book: RuleBook, frameworks: Mapping[str, Framework], own: Layer
) -> Iterator[Problem]:
    """Select the rules that bear on the controls of the questionnaire that the profile is for."""
    if spec.questionnaire is None:
        return
    named, at = spec.questionnaire, ("questionnaire",)
    framework = frameworks.get(named.framework)
    if framework is None:
        text = f"there is no framework {named.framework!r}{did_you_mean(named.framework, frameworks)}"
        yield file.problem((*at, "framework"), text)
        return
    controls = [control for control in framework.controls if asks_for(named.name, control)]
    if not controls:
        yield file.problem((*at, "name"), f"{framework.id} has no questionnaire {named.name}")
    own.questionnaires[framework.id] = Said(named.name, file, at)
    for rule in (claim.rule for control in controls for claim in control.claims):
        if rule in book:
            own.choices.setdefault(rule, Said(None, file, at))


def _unselect(file: YamlFile, spec: ProfileSpec, selected: set[str], own: Layer) -> Iterator[Problem]:
    for number, out in enumerate(spec.unselect):
        at: Steps = ("unselect", number)
        if not out.reason.strip():
            yield file.problem((*at, "reason"), "what is left out needs its reason")
        if out.rule not in selected:
            text = f"the rule {out.rule!r} is not selected{did_you_mean(out.rule, selected)}"
            yield file.problem((*at, "rule"), text)
        own.choices[out.rule] = Said(Why(out.reason), file, at)


def _set(file: YamlFile, spec: ProfileSpec, book: RuleBook, own: Layer) -> Iterator[Problem]:
    for name, value in spec.set.items():
        at: Steps = ("set", name)
        rule, _, param = name.partition(".")
        if rule not in book:
            text = f"there is no rule {rule!r}{did_you_mean(rule, book.loaded)}"
            yield file.problem(at, text, on_key=True)
            continue
        loaded = book[rule]
        if param not in loaded.param_types:
            hint = did_you_mean(param, loaded.param_types)
            yield file.problem(at, f"{rule} has no parameter {param!r}{hint}", on_key=True)
            continue
        try:
            own.params[rule, param] = Said(_value(loaded, param, value), file, at)
        except BadParam as error:
            yield file.problem(at, str(error))


def _value(loaded: LoadedRule, param: str, value: Any) -> Any:
    found = param_value(loaded.param_types[param], value)
    checked_range(loaded.spec.params[param], found)
    return found
