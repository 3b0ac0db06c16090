"""The short form of `require`: a map from facts to what they must be, turned into one CEL expression."""

from typing import Any

from compliance.policy.expression import Piece, Source
from compliance.policy.yaml_source import Problem, Steps, YamlFile

_FORMS = {
    "in": "{path} in {value}",
    "not": "{path} != {value}",
    "at_most": "{path} <= {value}",
    "at_least": "{path} >= {value}",
    "matches": "{path}.matches({value})",
}


def spelled_out(file: YamlFile, steps: Steps, problems: list[Problem]) -> Source | None:
    """The expression that a map stands for: every line must hold; None if it is malformed."""
    lines: list[tuple[str, Steps, str]] = []
    for path, wanted in file.node(steps).data().items():
        at = (*steps, path)
        if isinstance(wanted, dict):
            lines += _forms(file, at, path, wanted, problems)
        else:
            lines.append((path, at, f"{path} == {_literal(wanted)}"))
    if not lines:
        if not file.node(steps).value:
            problems.append(file.problem(steps, "an empty requirement holds for everything"))
        return None
    text, pieces = "", []
    for path, at, line in lines:
        text += " && " if text else ""
        key = len(steps) + 1
        pieces.append(Piece(len(text), at[:key], is_key=True))
        pieces.append(Piece(len(text) + len(path), at))
        text += line
    return Source(file, text, tuple(pieces))


def _forms(
    file: YamlFile, at: Steps, path: str, wanted: dict[str, Any], problems: list[Problem]
) -> list[tuple[str, Steps, str]]:
    if not wanted:
        problems.append(file.problem(at, "an empty requirement holds for everything"))
    found: list[tuple[str, Steps, str]] = []
    for form, value in wanted.items():
        if form not in _FORMS:
            text = f"there is no requirement {form!r}; there are {', '.join(_FORMS)}"
            problems.append(file.problem((*at, form), text, on_key=True))
            continue
        found.append((path, (*at, form), _FORMS[form].format(path=path, value=_literal(value))))
    return found


def _literal(value: Any) -> str:
    """A YAML value as CEL writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _quoted(value)
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case _:
            return "{" + ", ".join(f"{_quoted(str(k))}: {_literal(v)}" for k, v in value.items()) + "}"


def _quoted(text: str) -> str:
    safe = "".join(
        letter if letter.isprintable() and letter not in "'\\" else f"\\U{ord(letter):08x}" for letter in text
    )
    return f"'{safe}'"
