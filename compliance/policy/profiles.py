"""Profile files, `profile/v1`: a selection of rules, what is left out of it and why, and other limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from compliance.model.errors import BadRule
from compliance.model.profile import LeftOut, Profile
from compliance.model.rule import Rule
from compliance.policy.decode import decode
from compliance.policy.params import BadParam, checked_range, param_value
from compliance.policy.rulebook import RuleBook
from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile, load_yaml


class _Select(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a selection: a pack, a tag or a rule."""

    pack: str = ""
    tag: str = ""
    rule: str = ""


class _LeftOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that is left out, as it is written."""

    rule: str
    reason: str


class _Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A profile file as it is written."""

    format: Literal["profile/v1"]
    id: str
    title: str
    select: tuple[_Select, ...]
    unselect: tuple[_LeftOut, ...] = ()
    set: dict[str, Any] = {}


def load_profiles(folders: Iterable[Traversable | Path], book: RuleBook) -> tuple[Profile, ...]:
    """The profiles of all `*.yaml` files in some folders, by name; raises `BadRule` with every mistake.

    `book` holds the rules that exist; packs, tags, rules and parameters that it lacks are mistakes, as is a
    profile that selects nothing.
    """
    problems: list[Problem] = []
    profiles: dict[str, Profile] = {}
    for path in _files(folders):
        try:
            file = load_yaml(path)
            written = decode(file, _Profile)
        except BadYaml as error:
            problems.append(error.problem)
            continue
        if written.id in profiles:
            problems.append(file.problem(("id",), f"there is another profile {written.id!r}"))
        found = tuple(_mistakes(file, written, book))
        problems += found
        if not found:
            profiles[written.id] = _profile(written, book)
    if problems:
        raise BadRule("\n".join(str(problem) for problem in sorted(problems)))
    return tuple(profiles.values())


def tailored(profile: Profile, book: RuleBook) -> RuleBook:
    """The book of the profile's rules, with the parameters that it sets."""
    chosen = [book[name] for name in profile.rules]
    return RuleBook(
        [
            replace(loaded, params={**loaded.params, **profile.params.get(loaded.rule.id, {})})
            for loaded in chosen
        ],
        book.schema,
    )


def _files(folders: Iterable[Traversable | Path]) -> Iterator[Traversable | Path]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(
                (path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name
            )


def _mistakes(file: YamlFile, written: _Profile, book: RuleBook) -> Iterator[Problem]:
    known = _known(book)
    for number, line in enumerate(written.select):
        at: Steps = ("select", number)
        named = [
            (kind, name)
            for kind, name in (("pack", line.pack), ("tag", line.tag), ("rule", line.rule))
            if name
        ]
        if len(named) != 1:
            yield file.problem(at, "a line selects one pack, one tag or one rule")
        for kind, name in named:
            if name not in known[kind]:
                yield file.problem(
                    (*at, kind), f"there is no {kind} {name!r}{did_you_mean(name, known[kind])}"
                )
    selected = _selected(written, book)
    for number, out in enumerate(written.unselect):
        if not out.reason.strip():
            yield file.problem(("unselect", number, "reason"), "what is left out needs its reason")
        if out.rule not in selected:
            text = f"the rule {out.rule!r} is not selected{did_you_mean(out.rule, selected)}"
            yield file.problem(("unselect", number, "rule"), text)
    if not selected - {out.rule for out in written.unselect}:
        yield file.problem(("select",), "a profile that selects nothing would pass everything")
    yield from _bad_params(file, written, book)


def _known(book: RuleBook) -> Mapping[str, frozenset[str]]:
    return {
        "pack": frozenset(rule.pack for rule in book),
        "tag": frozenset(tag for rule in book for tag in rule.tags),
        "rule": frozenset(rule.id for rule in book),
    }


def _selected(written: _Profile, book: RuleBook) -> frozenset[str]:
    wanted: list[Callable[[Rule], bool]] = [_chooser(line) for line in written.select]
    return frozenset(rule.id for rule in book if any(chooses(rule) for chooses in wanted))


def _chooser(line: _Select) -> Callable[[Rule], bool]:
    return lambda rule: rule.pack == line.pack or line.tag in rule.tags or rule.id == line.rule


def _bad_params(file: YamlFile, written: _Profile, book: RuleBook) -> Iterator[Problem]:
    for name, value in written.set.items():
        rule, _, param = name.partition(".")
        if rule not in book:
            yield file.problem(("set", name), f"there is no rule {rule!r}", on_key=True)
            continue
        loaded = book[rule]
        if param not in loaded.param_types:
            hint = did_you_mean(param, loaded.param_types)
            yield file.problem(("set", name), f"{rule} has no parameter {param!r}{hint}", on_key=True)
            continue
        try:
            checked_range(loaded.spec.params[param], param_value(loaded.param_types[param], value))
        except BadParam as error:
            yield file.problem(("set", name), str(error))


def _profile(written: _Profile, book: RuleBook) -> Profile:
    params: dict[str, dict[str, Any]] = {}
    for name, value in written.set.items():
        rule, _, param = name.partition(".")
        params.setdefault(rule, {})[param] = param_value(book[rule].param_types[param], value)
    out = tuple(LeftOut(rule=line.rule, reason=line.reason) for line in written.unselect)
    chosen = _selected(written, book) - {line.rule for line in out}
    return Profile(
        id=written.id, title=written.title, rules=tuple(sorted(chosen)), left_out=out, params=params
    )
