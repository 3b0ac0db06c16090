"""What a profile says, laid over what its parents say: left to right, then itself; later wins."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compliance.model.profile import LeftOut, Profile
from compliance.model.rule import Severity
from compliance.policy.yaml_source import Problem, Steps, YamlFile


class Why(str):
    """A reason for which a rule is left out; two reasons do not contradict each other."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A value, and where it stands."""

    value: Any
    file: YamlFile
    steps: Steps

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file.name}:{self.file.line(self.steps)}"


@dataclass(frozen=True, slots=True)
class Layer:
    """What a profile says, parents included: each thing by its name."""

    choices: dict[str, Said] = field(default_factory=dict)
    """By rule: None where it is selected, or `Why` it is left out."""
    params: dict[tuple[str, str], Said] = field(default_factory=dict)
    severities: dict[str, Said] = field(default_factory=dict)
    unknown_as: dict[Severity, Said] = field(default_factory=dict)
    scopes: dict[str, Said] = field(default_factory=dict)
    """By the condition's own text: all of them must hold."""
    questionnaires: dict[str, Said] = field(default_factory=dict)
    """By framework."""

    def profile(self, name: str, title: str) -> Profile:
        """The profile that this comes to."""
        params: dict[str, dict[str, Any]] = {}
        for (rule, param), said in self.params.items():
            params.setdefault(rule, {})[param] = said.value
        return Profile(
            id=name,
            title=title,
            rules=tuple(sorted(rule for rule, said in self.choices.items() if said.value is None)),
            left_out=tuple(
                LeftOut(rule=rule, reason=str(said.value))
                for rule, said in self.choices.items()
                if said.value is not None
            ),
            params=params,
            severities={rule: said.value for rule, said in self.severities.items()},
            scopes=tuple(self.scopes),
            questionnaires={framework: said.value for framework, said in self.questionnaires.items()},
            unknown_fails=frozenset(self.unknown_as),
            sources=dict(self._sources()),
        )

    def _sources(self) -> Iterator[tuple[str, str]]:
        for rule, said in self.choices.items():
            yield f"rule {rule}", said.place
        for (rule, param), said in self.params.items():
            yield f"set {rule}.{param}", said.place
        for rule, said in self.severities.items():
            yield f"severity {rule}", said.place
        for severity, said in self.unknown_as.items():
            yield f"unknown_as {severity}", said.place
        for text, said in self.scopes.items():
            yield f"scope {text}", said.place
        for framework, said in self.questionnaires.items():
            yield f"questionnaire {framework}", said.place


def laid_over(parents: Sequence[Layer], own: Layer, file: YamlFile, problems: list[Problem]) -> Layer:
    """The parents' sayings with a profile's own over them; where parents differ, it must decide itself."""

    def merged(part: str, told: str) -> dict[Any, Said]:
        said: list[Mapping[Any, Said]] = [getattr(parent, part) for parent in parents]
        decided = getattr(own, part)
        for name, one, other in _quarrels(said):
            if name not in decided:
                shown = ".".join(name) if isinstance(name, tuple) else str(name)
                text = f"{shown}: {other.place} and {one.place} differ; {told} here"
                problems.append(file.problem(("extends",), text, on_key=True))
        return {name: one for layer in (*said, decided) for name, one in layer.items()}

    if len({tuple(parent.scopes) for parent in parents}) > 1:
        text = "the parents speak of different hosts; extend one, and select the rules of the other"
        problems.append(file.problem(("extends",), text, on_key=True))
    return Layer(
        choices=merged("choices", "select or unselect it"),
        params=merged("params", "set it"),
        severities=merged("severities", "refine it"),
        unknown_as=merged("unknown_as", "decide it"),
        scopes=merged("scopes", ""),
        questionnaires=merged("questionnaires", "name it"),
    )


def _quarrels(said: Sequence[Mapping[Any, Said]]) -> Iterator[tuple[Any, Said, Said]]:
    """What two of the layers say differently: its name, and what each says."""
    before: dict[Any, Said] = {}
    for layer in said:
        for name, one in layer.items():
            other = before.setdefault(name, one)
            if one.value != other.value and not (isinstance(one.value, Why) and isinstance(other.value, Why)):
                yield name, one, other
