"""The types of CEL values, and of the facts that rules read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any


class Nothing(Enum):
    """The mark of "nobody said", where None would be a value."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING


@dataclass(frozen=True, slots=True, repr=False)
class Type:
    """A type: its name and arguments. What else is known of a fact's type does not make it another type."""

    name: str
    args: tuple["Type", ...] = ()
    words: tuple[str, ...] | None = field(default=None, compare=False)
    """The only values that a string can have, if it is an enumeration."""
    most: int | None = field(default=None, compare=False)
    """How many items a list can have."""
    absent: Any = field(default=NOTHING, compare=False)
    """What a key that is not there means, as a Python value."""
    record: "Record | None" = field(default=None, compare=False)
    """The fields, if it is a struct."""
    stored: str = field(default="", compare=False)
    """How Python keeps it where that differs: `date` for a timestamp, `set` for a list."""

    def __str__(self) -> str:
        if self.words is not None:
            return "string of " + ", ".join(map(repr, self.words))
        if self.name.startswith("?"):
            return "any"
        inner = ", ".join(arg.name if arg.words is not None else str(arg) for arg in self.args)
        return f"{self.name}<{inner}>" if inner else self.name

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def element(self) -> "Type":
        """What one gets by looping over it."""
        return self.args[0] if self.args else DYN


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a struct: its type and its meaning."""

    type: Type
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """The fields of a struct."""

    name: str
    about: str
    fields: Mapping[str, Field]
    has_locus: bool = False
    """Its values say themselves where they stand."""


DYN, ERROR, NULL = Type("dyn"), Type("error"), Type("null_type")
BOOL, INT, UINT, DOUBLE = Type("bool"), Type("int"), Type("uint"), Type("double")
STRING, BYTES = Type("string"), Type("bytes")
TIMESTAMP, DURATION = Type("google.protobuf.Timestamp"), Type("google.protobuf.Duration")
IP, CIDR, VERSION = Type("net.IP"), Type("net.CIDR"), Type("version")
NUMBERS = frozenset({"int", "uint", "double"})

_SHORT = {
    "timestamp": TIMESTAMP,
    "duration": DURATION,
    "null": NULL,
    "ip": IP,
    "cidr": CIDR,
}
_ARITY = {"list": 1, "map": 2, "optional_type": 1, "type": 1}
_NULLABLE = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration", "optional_type"})
_TOKEN = re.compile(r"\s*([A-Za-z_.]+|[<>,])")


def list_of(element: Type, most: int | None = None) -> Type:
    """The type of lists of these elements."""
    return Type("list", (element,), most=most)


def map_of(key: Type, value: Type) -> Type:
    """The type of maps from these keys to these values."""
    return Type("map", (key, value))


def optional_of(inner: Type) -> Type:
    """The type of values that may be absent."""
    return Type("optional_type", (inner,))


def type_of(inner: Type) -> Type:
    """The type of the types themselves."""
    return Type("type", (inner,))


def parse_type(text: str) -> Type:
    """The type that a text such as `map<string, list<int>>` spells; raises ValueError."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or len(tokens) > 40:  # noqa: PLR2004 (more is no type)
        raise ValueError(text)
    stream = iter([*tokens, ""])
    found, rest = _parsed(next(stream), stream)
    if rest:
        raise ValueError(text)
    return found


def _parsed(word: str, stream: Iterator[str]) -> tuple[Type, str]:
    """The type that begins with a word, and the token after it."""
    if not word or not (word[0].isalpha() or word[0] == "_"):
        raise ValueError(word)
    rest = next(stream, "")
    if rest != "<":
        return _SHORT.get(word, Type(word)), rest
    args: list[Type] = []
    while rest != ">":
        arg, rest = _parsed(next(stream, ""), stream)
        args.append(arg)
        if rest not in {",", ">"}:
            raise ValueError(word)
    if len(args) != _ARITY.get(word):
        raise ValueError(word)
    return Type(word, tuple(args)), next(stream, "")


class Unifier:
    """Finds what the type variables stand for while an expression is checked."""

    def __init__(self) -> None:
        self.bound: dict[str, Type] = {}
        self.count = 0

    def fresh(self) -> Type:
        """A new type variable."""
        self.count += 1
        return Type(f"?{self.count}")

    def resolve(self, kind: Type) -> Type:
        """The type with every variable replaced by what is known of it."""
        while kind.name in self.bound:
            kind = self.bound[kind.name]
        if not kind.args:
            return kind
        return replace(kind, args=tuple(map(self.resolve, kind.args)))

    def settled(self, kind: Type) -> Type:
        """The resolved type, with `dyn` for what nothing is known of."""
        kind = self.resolve(kind)
        if kind.name.startswith("?"):
            return DYN
        return replace(kind, args=tuple(map(self.settled, kind.args))) if kind.args else kind

    def instance(self, kind: Type, names: dict[str, Type]) -> Type:
        """A signature's type with its single-letter variables replaced by fresh ones."""
        if len(kind.name) == 1:
            if kind.name not in names:
                names[kind.name] = self.fresh()
            return names[kind.name]
        if not kind.args:
            return kind
        return replace(kind, args=tuple(self.instance(arg, names) for arg in kind.args))

    def fits(self, wanted: Type, given: Type) -> bool:
        """Whether a value of the given type may stand where the wanted one is; binds variables if so."""
        before = dict(self.bound)
        if self._fits(self.resolve(wanted), self.resolve(given)):
            return True
        self.bound = before
        return False

    def wider(self, one: Type, two: Type) -> Type:
        """The type of either, with `dyn` wherever one of them has it; they must fit."""
        one, two = self.resolve(one), self.resolve(two)
        if "dyn" in {one.name, two.name}:
            return DYN
        if one.name != two.name or not one.args:
            return two if one == NULL else one
        return replace(one, args=tuple(map(self.wider, one.args, two.args)))

    def _fits(self, wanted: Type, given: Type) -> bool:
        if wanted.name.startswith("?"):
            return self._bind(wanted, given)
        if given.name.startswith("?"):
            return self._bind(given, wanted)
        if {wanted.name, given.name} & {"dyn", "error"} or (given == NULL and wanted.name in _NULLABLE):
            return True
        if wanted.name == given.name == "type":
            return True
        return (
            wanted.name == given.name
            and len(wanted.args) == len(given.args)
            and all(
                self._fits(self.resolve(a), self.resolve(b))
                for a, b in zip(wanted.args, given.args, strict=True)
            )
        )

    def _bind(self, variable: Type, kind: Type) -> bool:
        if variable.name in _names(kind):
            return variable == kind
        self.bound[variable.name] = kind
        return True


def _names(kind: Type) -> list[str]:
    return [kind.name, *(name for arg in kind.args for name in _names(arg))]
