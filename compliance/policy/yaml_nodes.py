"""The values of a YAML file with their places, and the way from a character of a value back to the text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})\Z")
_OTHER_INT = re.compile(r"0o[0-7]{1,21}\Z|0x[0-9a-fA-F]{1,16}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)\.[0-9]*|(0|[1-9][0-9]*)(?=[eE]))([eE][-+]?[0-9]+)?\Z")
_CONSTANTS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text, counted from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """One value with its place: a scalar's text, a list, or a map with the nodes of its keys."""

    start: Spot
    end: Spot
    value: "str | list[Node] | dict[str, tuple[Node, Node]]"
    style: str = ""
    """A scalar's style: empty for plain, else one of the characters quote, double quote, `|`, `>`."""

    def data(self) -> Any:
        """The value as plain Python data."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, (_, node) in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.value if self.style else _core(self.value)


def _core(text: str) -> object:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if not (text[0].isdigit() or text[0] in "+-."):
        return text
    if _INT.match(text):
        return int(text)
    if _OTHER_INT.match(text):
        return int(text, 0)
    return float(text) if _FLOAT.match(text) else text


_ESCAPE = re.compile(r"\\(x..|u.{4}|U.{8}|\r?\n\s*|.)", re.DOTALL)


def place_inside(lines: Sequence[str], node: Node, offset: int) -> Spot:
    """Where the character at `offset` of a scalar's value stands in the text.

    All that YAML changes in a scalar is white space, quotes and escapes: so the n-th character of the value
    that is no white space is the n-th of the raw text that is none.
    """
    wanted = sum(1 for letter in str(node.value)[:offset] if not letter.isspace())
    last = node.start
    for spot in _letters(lines, node):
        last = spot
        if wanted == 0:
            return spot
        wanted -= 1
    return Spot(last.line, last.column + 1)


def _letters(lines: Sequence[str], node: Node) -> Iterator[Spot]:
    """The places of a scalar's letters in the raw text, quotes, block header and white space left out."""
    first, column = node.start.line, node.start.column
    if node.style in {"|", ">"}:
        first, column = first + 1, 0
    elif node.style:
        column += 1
    for number in range(first, min(node.end.line + 1, len(lines))):
        line = lines[number]
        end = (
            node.end.column - bool(node.style and node.style not in "|>")
            if number == node.end.line
            else len(line)
        )
        while column < end:
            step, visible = _step(line, column, node.style)
            if visible:
                yield Spot(number, column)
            column += step
        column = 0


def _step(line: str, column: int, style: str) -> tuple[int, bool]:
    """How many raw characters the next one of the value takes, and whether it is visible."""
    letter = line[column]
    if style == "'" and letter == "'":
        return 2, True
    if style == '"' and letter == "\\" and (match := _ESCAPE.match(line, column)):
        return len(match[0]), match[1][0] not in "ntr \t\r\n0"
    return 1, not letter.isspace()
