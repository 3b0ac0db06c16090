"""Texts with expressions in braces: messages, keys, remediation. `{{` and `}}` are plain braces."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.model.text import clean_line
from compliance.policy.cel.scope import Scope
from compliance.policy.cel.types import Type
from compliance.policy.cel.values import Failed, Missing, shown
from compliance.policy.expression import Expression, source_at, understood
from compliance.policy.yaml_source import Problem, Steps, YamlFile

_LONGEST = 16384
LONGEST_PART = 300
"""Characters that one value takes in a message at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """Plain texts and expressions, in their order."""

    parts: tuple[str | Expression, ...]

    def filled(self, scope: Scope) -> str:
        """The text with every expression's value in its place, made safe to show."""
        return "".join(
            part if isinstance(part, str) else _readable(part.interpreter.run(scope)) for part in self.parts
        )


def _readable(value: Any) -> str:
    if isinstance(value, Missing):
        return "(not seen)"
    if isinstance(value, Failed):
        return "(no value)"
    return clean_line(shown(value), LONGEST_PART)


def template(
    file: YamlFile, steps: Steps, variables: Mapping[str, Type], problems: list[Problem]
) -> Template:
    """The template that a scalar spells; its mistakes are added to the problems."""
    text = str(file.node(steps).data())
    parts: list[str | Expression] = []
    if len(text) > _LONGEST:
        problems.append(file.problem(steps, f"longer than {_LONGEST} characters"))
        return Template(())
    for piece, at, is_expression in _pieces(text):
        if not is_expression:
            parts.append(piece)
        elif piece is _OPEN:
            problems.append(file.problem(steps, "a brace is not closed; {{ is a plain one", offset=at))
        else:
            found = understood(source_at(file, steps, piece, at), variables, problems)
            parts.extend([found] if found else [])
    return Template(tuple(parts))


_OPEN = "{"


def _pieces(text: str) -> Iterator[tuple[str, int, bool]]:
    """Each stretch of a template, where it begins, and whether it is an expression."""
    at = start = 0
    while at < len(text):
        if text[at] in "{}" and text[at : at + 2] in {"{{", "}}"}:
            yield text[start : at + 1], start, False
            at = start = at + 2
        elif text[at] == "{":
            yield text[start:at], start, False
            end = _closing(text, at + 1)
            if end < 0:
                yield _OPEN, at, True
                return
            yield text[at + 1 : end], at + 1, True
            at = start = end + 1
        else:
            at += 1
    yield text[start:], start, False


def _closing(text: str, at: int) -> int:
    """Where the brace that closes an expression stands, past quotes and inner braces; -1 if nowhere."""
    depth, quote = 0, ""
    while at < len(text):
        letter = text[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "{":
            depth += 1
        elif letter == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    return -1
