"""An expression that stands in a rule file: its text, its tree, its types, and the way back to its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.policy.cel.check import check
from compliance.policy.cel.checked import Checked
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.parse import parse
from compliance.policy.cel.syntax import BadExpression
from compliance.policy.cel.types import Type
from compliance.policy.yaml_source import Problem, Steps, YamlFile


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an expression's text and the scalar that it was written in."""

    start: int
    steps: Steps
    is_key: bool = False
    shift: int = 0
    """Where in the scalar the stretch begins; negative where it holds more than the scalar."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text of an expression, and where each stretch of it stands in the file."""

    file: YamlFile
    text: str
    pieces: tuple[Piece, ...]

    def problem(self, at: int, text: str) -> Problem:
        """A problem at a character of the expression."""
        piece = [piece for piece in self.pieces if piece.start <= at or piece is self.pieces[0]][-1]
        offset = max(0, at - piece.start + piece.shift)
        return self.file.problem(
            piece.steps, text, offset=None if piece.is_key else offset, on_key=piece.is_key
        )


def source_at(file: YamlFile, steps: Steps, text: str, shift: int = 0) -> Source:
    """The source of an expression that is one scalar, or a part of it that begins at `shift`."""
    return Source(file, text, (Piece(0, steps, shift=shift),))


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A checked expression, ready to be run."""

    source: Source
    checked: Checked
    interpreter: Interpreter

    @property
    def text(self) -> str:
        """As it was written."""
        return self.source.text

    @property
    def type(self) -> Type:
        """The type of its values."""
        return self.checked.type


def understood(
    source: Source, variables: Mapping[str, Type], problems: list[Problem], wanted: Type | None = None
) -> Expression | None:
    """The expression, parsed and checked; None after its mistakes were added to the problems."""
    try:
        tree = parse(source.text)
    except BadExpression as error:
        problems.append(source.problem(error.at, error.text))
        return None
    checked = check(tree, variables)
    problems.extend(source.problem(fault.at, fault.text) for fault in checked.faults)
    if checked.faults:
        return None
    if wanted is not None and checked.type != wanted:
        problems.append(source.problem(tree.at, f"this must be {wanted}, not {checked.type}"))
        return None
    return Expression(source, checked, Interpreter(checked))


def understood_all(
    sources: Sequence[Source], variables: Mapping[str, Type], problems: list[Problem]
) -> list[Expression]:
    """The expressions that could be understood."""
    found = (understood(source, variables, problems) for source in sources)
    return [expression for expression in found if expression is not None]
