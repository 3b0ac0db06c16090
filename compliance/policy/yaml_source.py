"""A YAML file as plain data that still knows where each value stands.

YAML 1.2 core scalars only: `no`, `22:22`, `0777` and dates stay text. Anchors, aliases, tags, a key that
stands twice and files over one MiB are refused, so a file is what it looks like and costs what it weighs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from compliance.model.errors import BadRule
from compliance.model.text import clean_line
from compliance.policy.yaml_nodes import Node, Spot, place_inside

LARGEST_FILE = 1024 * 1024
"""Bytes that one file may have."""
_DEEPEST = 24
_EXCERPT = 110
_LONGEST_TEXT = 400

Steps = tuple[str | int, ...]
"""Where a value stands in the data: keys and indices from the top."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file, at a line and column counted from 1, with the line it stands on."""

    file: str
    line: int
    column: int
    text: str
    excerpt: str = ""

    def __str__(self) -> str:
        """`file:line:col: text`, and below it the line with a caret."""
        head = f"{self.file}:{self.line}:{self.column}: {clean_line(self.text, _LONGEST_TEXT)}"
        if not self.excerpt:
            return head
        start = max(0, self.column - _EXCERPT // 2)
        window = self.excerpt[start : start + _EXCERPT]
        shown = "".join(letter if letter.isprintable() else " " for letter in window)
        return f"{head}\n    {shown}\n    {' ' * (self.column - 1 - start)}^"


class BadYaml(BadRule):
    """A file cannot be read as the YAML that is accepted here."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True, eq=False)
class YamlFile:
    """A file that was read: its data, its text, and where everything stands in it."""

    name: str
    """The path as a person would type it."""
    lines: Sequence[str]
    root: Node

    @property
    def data(self) -> Any:
        """The whole file as plain Python data."""
        return self.root.data()

    def node(self, path: Steps) -> Node:
        """The node at a path, or the nearest one above it that exists."""
        node = self.root
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)][1]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                break
        return node

    def line(self, path: Steps) -> int:
        """The line, counted from 1, on which the value at a path begins."""
        return self.node(path).start.line + 1

    def problem(self, path: Steps, text: str, *, offset: int | None = None, on_key: bool = False) -> Problem:
        """A problem at a value; at a character `offset` inside its text, or on its key."""
        node = self.node(path)
        spot = node.start
        if on_key and path:
            parent = self.node(path[:-1]).value
            if isinstance(parent, dict) and path[-1] in parent:
                spot = parent[str(path[-1])][0].start
        elif offset is not None and isinstance(node.value, str):
            spot = place_inside(self.lines, node, offset)
        line = self.lines[spot.line] if spot.line < len(self.lines) else ""
        return Problem(
            file=self.name, line=spot.line + 1, column=spot.column + 1, text=text, excerpt=line.rstrip("\r\n")
        )


def load_yaml(path: Traversable | Path, *, name: str = "", without: str = "") -> YamlFile:
    """The file with all positions, under the name it shall have in messages; raises `BadYaml`.

    `without` is a key whose lists and maps are passed over wherever it stands, as if they were not written.
    """
    shown = name or str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadYaml(Problem(shown, 1, 1, f"cannot be read: {error.strerror or error}")) from error
    if len(raw) > LARGEST_FILE:
        raise BadYaml(Problem(shown, 1, 1, "is larger than one MiB"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadYaml(Problem(shown, line, 1, "is not UTF-8 text")) from error
    return parse_yaml(text, name=shown, without=without)


def parse_yaml(text: str, *, name: str, without: str = "") -> YamlFile:
    """The text of one YAML document with all positions; raises `BadYaml`."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    composer = _Composer(name, lines)
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        root = composer.compose(_passing_over(events, without) if without else events)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line, mark.column) if mark else Spot(0, 0)
        raise composer.bad(spot, error.problem or "is not YAML") from error
    except yaml.YAMLError as error:
        raise composer.bad(Spot(0, 0), "is not YAML: it holds a character that is not allowed") from error
    return YamlFile(name=name, lines=lines, root=root)


def _passing_over(events: Iterator[yaml.Event], key: str) -> Iterator[yaml.Event]:
    """The events without each collection that stands behind the key, and without the key."""
    held: yaml.Event | None = None
    depth = 0
    for event in events:
        if depth:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        elif held is not None and isinstance(event, yaml.CollectionStartEvent):
            held, depth = None, 1
        else:
            if held is not None:
                yield held
            is_key = isinstance(event, yaml.ScalarEvent) and event.value == key
            held = event if is_key else None
            if held is None:
                yield event
    if held is not None:
        yield held


class _Composer:
    """Builds nodes from the parser's events with a stack of its own, so depth is bounded by a number."""

    def __init__(self, name: str, lines: Sequence[str]) -> None:
        self.name = name
        self.lines = lines

    def bad(self, spot: Spot, text: str) -> BadYaml:
        line = self.lines[spot.line].rstrip("\r\n") if spot.line < len(self.lines) else ""
        return BadYaml(Problem(self.name, spot.line + 1, spot.column + 1, text, line))

    def compose(self, events: Iterator[yaml.Event]) -> Node:
        root: Node | None = None
        stack: list[tuple[Node, Node | None]] = []
        """The open collections, each with the key that waits for its value."""
        for event in events:
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent):
                self._refuse(event, len(stack))
                if root is not None and not stack:
                    raise self.bad(
                        _spot(event.start_mark), "a second document begins; one file is one document"
                    )
                node = _node(event)
                root = root or node
                if stack:
                    stack[-1] = (stack[-1][0], self._place(stack[-1], node))
                if isinstance(event, yaml.CollectionStartEvent):
                    stack.append((node, None))
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
        if root is None:
            raise self.bad(Spot(0, 0), "is empty")
        return root

    def _refuse(self, event: Any, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self.bad(
                _spot(event.start_mark), "anchors and aliases are not accepted; write the value out"
            )
        if event.tag:
            raise self.bad(_spot(event.start_mark), "tags (!...) are not accepted; write the plain value")
        if depth >= _DEEPEST:
            raise self.bad(_spot(event.start_mark), f"is nested more than {_DEEPEST} deep")

    def _place(self, top: tuple[Node, Node | None], node: Node) -> Node | None:
        """Put a node into the open collection; gives the key that then waits for its value."""
        parent, key = top
        if isinstance(parent.value, list):
            parent.value.append(node)
            return None
        if key is not None and isinstance(parent.value, dict):
            parent.value[str(key.value)] = (key, node)
            return None
        if not isinstance(node.value, str):
            raise self.bad(node.start, "a key must be a word, not a list or a map")
        if node.value in parent.value:
            raise self.bad(node.start, f"the key {node.value!r} stands here twice")
        return node


def _spot(mark: Any) -> Spot:
    return Spot(mark.line, mark.column)


def _node(event: Any) -> Node:
    start, end = _spot(event.start_mark), _spot(event.end_mark)
    if isinstance(event, yaml.ScalarEvent):
        return Node(start, end, event.value, event.style or "")
    return Node(start, end, [] if isinstance(event, yaml.SequenceStartEvent) else {})
