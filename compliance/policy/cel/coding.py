"""What the writers of Python source share: the constants that it names, and how they reach one another."""

from collections.abc import Mapping
from typing import Any, Protocol

from compliance.policy.cel.checked import Checked
from compliance.policy.cel.runtime import int64, is_known, item, known, midnight, span
from compliance.policy.cel.syntax import Expr
from compliance.policy.cel.types import Type
from compliance.policy.cel.values import equals

SCALARS = frozenset(
    {"bool", "int", "uint", "string", "bytes", "google.protobuf.Timestamp", "google.protobuf.Duration"}
)
"""The types whose values Python compares as CEL does."""
KEYS = frozenset({"string", "int", "uint"})
"""The types of keys that are keys of a Python dict as they are."""


class NotCompiled(Exception):
    """An expression, or a part of it, that only the interpreter runs."""


class Compiler:
    """Writes the source of expressions that share their constants."""

    def __init__(self, constants: Mapping[str, Any] | None = None) -> None:
        self.constants: dict[str, Any] = {
            "known": known,
            "is_known": is_known,
            "int64": int64,
            "item": item,
            "midnight": midnight,
            "span": span,
            "equals": equals,
        }
        self.fixed = dict(constants or {})
        """Values of dotted names that do not change, as `params.days`."""
        self.count = 0

    def constant(self, value: Any) -> str:
        """How the source names a value."""
        if value is None or value is True or value is False or type(value) is int:
            return repr(value) if not isinstance(value, int) or value >= 0 else f"({value!r})"
        return self.name("k", value)

    def name(self, prefix: str, value: Any) -> str:
        """A new name for a value."""
        self.count += 1
        name = f"{prefix}{self.count}"
        self.constants[name] = value
        return name

    def fresh(self, prefix: str) -> str:
        """A new name for something that the source itself gives a value."""
        self.count += 1
        return f"{prefix}{self.count}"


class Writer(Protocol):
    """Writes the source of one expression."""

    compiler: Compiler
    checked: Checked
    names: dict[str, str]
    """The Python names of the variables and of the loops around a part."""

    def code(self, node: Expr) -> str:
        """The source of a part; raises `NotCompiled`."""

    def condition(self, node: Expr) -> str:
        """The source of a part that is a bool."""

    def sure(self, node: Expr) -> str:
        """The source of a part that must be known even where nothing looks into it."""

    def fixed(self, node: Expr) -> Any:
        """The value of a part that is the same for every host; `NOTHING` for any other."""

    def kind(self, node: Expr) -> Type:
        """The type of a part."""
