"""What a rule comes to under a profile: every value in force, with the place that it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compliance.model.profile import Profile
from compliance.policy.cel.values import shown
from compliance.policy.loaded import LoadedRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One value that is in force."""

    name: str
    value: str
    place: str
    """Where it stands: `file:line`; empty for what is so because nobody says otherwise."""
    instead_of: str = ""
    """The rule's own value, where the profile has another one."""


def effective(profile: Profile, loaded: LoadedRule) -> Iterator[Effective]:
    """Every value of the rule that is in force under the profile, in the order in which they are used."""
    yield from _profiles(profile, loaded)
    for name in loaded.spec.params:
        value = profile.params.get(loaded.rule.id, {}).get(name)
        own = shown(loaded.params[name])
        if value is None:
            place = _place(loaded, "params", name)
            yield Effective(name=f"params.{name}", value=own, place=place)
        else:
            place = profile.sources[f"set {loaded.rule.id}.{name}"]
            yield Effective(name=f"params.{name}", value=shown(value), place=place, instead_of=own)
    for steps, value in _rules_own(loaded):
        yield Effective(name=".".join(steps), value=value, place=_place(loaded, *steps))


def _profiles(profile: Profile, loaded: LoadedRule) -> Iterator[Effective]:
    """What the profile decides: whether the rule is asked, of which hosts, and how bad a failure is."""
    rule = loaded.rule.id
    reason = next((f": {out.reason}" for out in profile.left_out if out.rule == rule), "")
    chosen = "yes" if rule in profile.rules else f"no{reason}"
    yield Effective(name="selected", value=chosen, place=profile.sources.get(f"rule {rule}", ""))
    for text in profile.scopes:
        yield Effective(name="scope", value=text, place=profile.sources[f"scope {text}"])
    own = loaded.rule.severity
    severity = profile.severities.get(rule, own)
    is_own = rule not in profile.severities
    yield Effective(
        name="severity",
        value=severity,
        place=_place(loaded, "severity") if is_own else profile.sources[f"severity {rule}"],
        instead_of="" if is_own else own,
    )
    if severity in profile.unknown_fails:
        yield Effective(name="unknown", value="fails", place=profile.sources[f"unknown_as {severity}"])


def _rules_own(loaded: LoadedRule) -> Iterator[tuple[tuple[str, ...], str]]:
    """What the rule says and no profile can change."""
    spec = loaded.spec
    if loaded.applies:
        yield ("applies",), loaded.applies.text
    if loaded.loop:
        yield ("for_each", loaded.loop.name), loaded.loop.over.text
    if loaded.where:
        yield ("where",), loaded.where.text
    if loaded.loop:
        yield ("when_empty",), loaded.when_empty
    for name, expression in loaded.variables.items():
        yield ("variables", name), expression.text
    if loaded.require:
        yield ("require",), loaded.require.text
    for field in ("key", "message", "max_age"):
        text: Any = getattr(spec, field)
        if text:
            yield (field,), text
    if spec.manual:
        yield ("manual", "question"), spec.manual.question


def _place(loaded: LoadedRule, *steps: str) -> str:
    """Where a part of the rule stands; empty where its file does not speak of it."""
    written: Any = loaded.file.node(loaded.steps).data()
    if not isinstance(written, dict) or steps[0] not in written:
        return ""
    return f"{loaded.file.name}:{loaded.file.line((*loaded.steps, *steps))}"
