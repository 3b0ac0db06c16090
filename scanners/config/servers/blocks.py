"""Configuration files of blocks and directives, as the collector sifts them, with includes in place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanners.facts import Reason
from scanners.kit.collector import Dump, Missing, dumps

_DEEPEST = 24
"""How deep files may include each other, and blocks stand in each other."""
_MOST_NODES = 50_000

Scope = Mapping[str, tuple[tuple[str, ...], ...]]
"""The directives that hold at a place: by name, each with its words as often as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A directive with its words, or a block with what stands in it."""

    name: str
    words: tuple[str, ...] = ()
    inner: tuple["Node", ...] | None = None
    """None for a directive."""

    def blocks(self, *names: str) -> Iterator["Node"]:
        """The blocks directly in it that have one of the names; all blocks where none is given."""
        return (
            node for node in self.inner or () if node.inner is not None and (not names or node.name in names)
        )


def marked(text: str, letter: str) -> list[str]:
    """What stands behind a letter and a space at the head of lines: what the collector notes beside files."""
    return [line[2:] for line in text.splitlines() if line.startswith(f"{letter} ")]


def tree(text: str, root: str, base: str) -> Node:
    """The root file and all that it includes, as one block; raises `Missing` if a part cannot be read."""
    files = {dump.path: dump for dump in dumps(text)}
    if root not in files:
        raise Missing(Reason.NOT_COLLECTED, f"{root} was not found")
    flat = list(_flat(files, root, base, 0))
    if len(flat) > _MOST_NODES:
        raise Missing(Reason.GARBLED, f"{root} and what it includes hold too much")
    return Node(name="", inner=_nested(iter(flat), 0))


def lines(text: str, root: str, base: str) -> list[str]:
    """The lines of the root file with included ones in their place; raises `Missing` as `tree` does."""
    files = {dump.path: dump for dump in dumps(text)}
    if root not in files:
        raise Missing(Reason.NOT_COLLECTED, f"{root} was not found")
    return list(_flat(files, root, base, 0))


def scope(outer: Scope, block: Node) -> dict[str, tuple[tuple[str, ...], ...]]:
    """What holds inside a block: its own directives take the place of outer ones of the same name."""
    own: dict[str, tuple[tuple[str, ...], ...]] = {}
    for node in block.inner or ():
        if node.inner is None:
            own[node.name] = (*own.get(node.name, ()), node.words)
    return {**outer, **own}


def word(found: Scope, name: str, default: str = "") -> str:
    """The first word of the last directive of that name."""
    said = found.get(name)
    return said[-1][0] if said and said[-1] else default


def _flat(files: Mapping[str, Dump], path: str, base: str, depth: int) -> Iterator[str]:
    dump = files[path]
    if not dump.readable:
        raise Missing(Reason.NOT_PERMITTED, f"{path} is not readable")
    for line in dump.lines:
        kind, _, pattern = line.partition("\t")
        if kind != "; include":
            yield line
            continue
        if depth >= _DEEPEST:
            raise Missing(Reason.GARBLED, f"{path} includes too deep")
        for each in pattern.split("\t"):
            where = (
                each if each.startswith("/") else f"{base if base != '-' else path.rpartition('/')[0]}/{each}"
            )
            for inner in _matching(files, where):
                yield from _flat(files, inner, base, depth + 1)


def _matching(files: Mapping[str, Dump], pattern: str) -> list[str]:
    """Files that a pattern of include names, sorted; a pattern that was not permitted stands for itself."""
    if pattern in files:
        return [pattern]
    wild = "".join({"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign)) for sign in pattern.rstrip("/"))
    return sorted(
        path for path in files if re.fullmatch(wild, path) or path.startswith(pattern.rstrip("/") + "/")
    )


def _nested(flat: Iterator[str], depth: int) -> tuple[Node, ...]:
    found: list[Node] = []
    for line in flat:
        if line == "}":
            if depth:
                break
            continue
        name, *words = line[2:].split("\t")
        if line.startswith("{ ") and depth < _DEEPEST:
            found.append(Node(name=name, words=tuple(words), inner=_nested(flat, depth + 1)))
        elif line.startswith("; "):
            found.append(Node(name=name, words=tuple(words)))
    return tuple(found)
