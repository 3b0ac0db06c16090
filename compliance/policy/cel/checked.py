"""What the checker says of an expression."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.policy.cel.syntax import Expr
from compliance.policy.cel.types import Type


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something that is wrong, at a character of the expression counted from 0."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """An expression with the types of its parts, and everything that is wrong with it."""

    tree: Expr
    type: Type
    types: Mapping[Expr, Type]
    names: Mapping[Expr, str]
    """The variable that an identifier, or a chain of selections, stands for."""
    constants: Mapping[Expr, Type]
    """The parts that name a type."""
    functions: Mapping[Expr, str]
    """The functions of calls that are written as methods of a name, as `ip.isCanonical`."""
    faults: tuple[Fault, ...]
