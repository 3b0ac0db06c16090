"""Turn a checked expression into Python source: the fast tier, one operator for one operator.

The source holds names that are made here, names of fields that the schema declares, and whole numbers;
every text of an author is a constant that the source names. Where Python's meaning is not CEL's, and wherever
a fact is missing, the code raises one of `MISSES`, and the interpreter decides. The rest is `NotCompiled`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from compliance.policy.cel.checked import Checked
from compliance.policy.cel.coding import KEYS, Compiler, NotCompiled
from compliance.policy.cel.compile_calls import call_source
from compliance.policy.cel.compile_folds import fold_source
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.scope import root
from compliance.policy.cel.syntax import (
    Call,
    Choice,
    Expr,
    Fold,
    Has,
    Ident,
    Index,
    Let,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Message,
    Select,
    UInt,
    children,
)
from compliance.policy.cel.types import BOOL, NOTHING, Type
from compliance.policy.cel.values import Failed


def source(compiler: Compiler, checked: Checked, names: Mapping[str, str]) -> str:
    """The Python expression; `names` gives the Python name of each variable; raises `NotCompiled`."""
    return _Writer(compiler, checked, dict(names)).code(checked.tree)


class _Writer:
    """Writes one expression."""

    def __init__(self, compiler: Compiler, checked: Checked, names: dict[str, str]) -> None:
        self.compiler = compiler
        self.checked = checked
        self.names = names

    def code(self, node: Expr) -> str:
        value = self.fixed(node)
        if value is not NOTHING:
            return self.compiler.constant(value)
        text: str = self._VISIT[type(node)](self, node)
        return text

    def kind(self, node: Expr) -> Type:
        return self.checked.types[node]

    def fixed(self, node: Expr) -> Any:
        """The value of a part that is the same for every host; `NOTHING` for any other."""
        if isinstance(node, Select) and isinstance(node.operand, Ident):
            return self.compiler.fixed.get(f"{node.operand.name}.{node.field}", NOTHING)
        if isinstance(node, Literal):
            return node.value if not isinstance(node.value, UInt) else UInt(node.value)
        if not self._is_fixed(node):
            return NOTHING
        value = Interpreter(self.checked).value(node, root({}))
        if isinstance(value, Failed):
            raise NotCompiled(value.text)
        return value

    def _is_fixed(self, node: Expr) -> bool:
        if isinstance(node, Ident | Select | Fold | Let | Message | Has):
            return False
        return all(self._is_fixed(child) for child in children(node))

    def _literal(self, node: Literal) -> str:
        return self.compiler.constant(node.value)

    def _ident(self, node: Ident) -> str:
        name = self.checked.names.get(node, node.name)
        if node in self.checked.constants or name not in self.names:
            raise NotCompiled(name)
        if node in self.checked.names and self.names[name].startswith("x"):
            raise NotCompiled("a loop's variable hides a declared one")
        return self._adapted(self.names[name], self.kind(node))

    def _adapted(self, code: str, kind: Type) -> str:
        """The value as CEL sees it, where Python keeps it as something else."""
        if kind.stored == "date":
            return f"midnight({code})"
        if kind.stored:
            raise NotCompiled("a set has no order")
        return code

    def _select(self, node: Select) -> str:
        if node in self.checked.names or node in self.checked.constants or node.optional:
            raise NotCompiled("a dotted name")
        operand = self.kind(node.operand)
        if operand.name == "map":
            return self._lookup(node.operand, self.compiler.constant(node.field), operand)
        if operand.record is None or node.field not in operand.record.fields:
            raise NotCompiled(operand.name)
        return self._adapted(
            f"{self.code(node.operand)}.{node.field}", operand.record.fields[node.field].type
        )

    def _lookup(self, container: Expr, key: str, kind: Type) -> str:
        if kind.args[0].name not in KEYS:
            raise NotCompiled("keys of this type")
        code = self.code(container)
        if kind.absent is not NOTHING:
            return self._adapted(f"{code}.get({key}, {self.compiler.name('k', kind.absent)})", kind.args[1])
        return self._adapted(f"{code}[{key}]", kind.args[1])

    def _has(self, node: Has) -> str:
        operand = self.kind(node.select.operand)
        if operand.name == "map" and operand.args[0].name == "string":
            return f"({self.compiler.constant(node.select.field)} in {self.code(node.select.operand)})"
        if operand.record is None:
            raise NotCompiled(operand.name)
        return f"is_known({self.code(node.select.operand)}.{node.select.field})"

    def _index(self, node: Index) -> str:
        operand = self.kind(node.operand)
        if node.optional or operand.name not in {"list", "map"}:
            raise NotCompiled(operand.name)
        if operand.name == "map":
            if self.kind(node.index).name not in KEYS:
                raise NotCompiled("an index of this type")
            return self._lookup(node.operand, self.code(node.index), operand)
        if self.kind(node.index).name not in {"int", "uint"}:
            raise NotCompiled("an index of this type")
        code = f"item({self.code(node.operand)}, {self.code(node.index)})"
        return self._adapted(code, operand.args[0])

    def _logic(self, node: Logic) -> str:
        return "(" + (" and " if node.is_and else " or ").join(map(self.condition, node.terms)) + ")"

    def condition(self, node: Expr) -> str:
        if self.kind(node) != BOOL:
            raise NotCompiled("a condition that may be no bool")
        return self.code(node)

    def _choice(self, node: Choice) -> str:
        return f"({self.code(node.yes)} if {self.condition(node.condition)} else {self.code(node.no)})"

    def _list(self, node: ListOf) -> str:
        if node.optional:
            raise NotCompiled("optional items")
        return "(" + "".join(f"{self.sure(item)}, " for item in node.items) + ")"

    def sure(self, node: Expr) -> str:
        """The code of a part that must be known even where nothing looks into it."""
        code = self.code(node)
        return f"known({code})" if isinstance(node, Ident | Select | Index | Choice) else code

    def _refuse(self, node: Expr) -> str:
        raise NotCompiled(type(node).__name__)

    _VISIT: ClassVar[dict[type, Callable[..., str]]] = {
        Literal: _literal,
        Ident: _ident,
        Select: _select,
        Has: _has,
        Index: _index,
        Call: call_source,
        Logic: _logic,
        Choice: _choice,
        ListOf: _list,
        MapOf: _refuse,
        Fold: fold_source,
        Let: _refuse,
        Message: _refuse,
    }
