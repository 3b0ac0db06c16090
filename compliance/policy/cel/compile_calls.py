"""Calls and operators as Python source."""

from collections.abc import Callable

from compliance.policy.cel.coding import KEYS, SCALARS, NotCompiled, Writer
from compliance.policy.cel.functions import FUNCTIONS
from compliance.policy.cel.runtime import matcher
from compliance.policy.cel.syntax import Call, Expr, Index, Literal, Select
from compliance.policy.cel.types import TIMESTAMP

_STRING_METHODS = {"startsWith": "startswith", "endsWith": "endswith"}
_SEQUENCES = frozenset({"string", "bytes", "list", "map"})
_UNTYPED = frozenset({"dyn", "optional_type", "type"})
_FEW = 3


def call_source(writer: Writer, node: Call) -> str:
    """The source of a call or operator."""
    name = writer.checked.functions.get(node, node.function)
    parts = (
        node.args if node.target is None or node in writer.checked.functions else (node.target, *node.args)
    )
    special = _SPECIAL.get(name)
    code: str | None = special(writer, name, parts) if special else None
    return code if code is not None else _plain_call(writer, name, parts)


def _plain_call(writer: Writer, name: str, parts: tuple[Expr, ...]) -> str:
    """A call of the function that the interpreter calls as well."""
    if any(writer.kind(part).name in _UNTYPED for part in parts):
        raise NotCompiled("values whose type is not known")
    function = writer.compiler.name("f", FUNCTIONS[name].run)
    return f"{function}({', '.join(map(writer.sure, parts))})"


def _equal(writer: Writer, name: str, parts: tuple[Expr, ...]) -> str | None:
    kinds = [writer.kind(part).name for part in parts]
    if kinds[0] == kinds[1] and kinds[0] in SCALARS | {"double"}:
        return f"({writer.code(parts[0])} {name} {writer.code(parts[1])})"
    if set(kinds) & _UNTYPED:
        raise NotCompiled("values whose type is not known")
    code = f"equals({writer.sure(parts[0])}, {writer.sure(parts[1])})"
    return code if name == "==" else f"(not {code})"


def _order(writer: Writer, name: str, parts: tuple[Expr, ...]) -> str | None:
    kinds = {writer.kind(part).name for part in parts}
    if len(kinds) == 1 and kinds <= SCALARS | {"double"}:
        return f"({writer.code(parts[0])} {name} {writer.code(parts[1])})"
    return None


def _sum(writer: Writer, name: str, parts: tuple[Expr, ...]) -> str | None:
    kinds = {writer.kind(part).name for part in parts}
    code = f"({writer.code(parts[0])} {name} {writer.code(parts[1])})"
    if kinds == {"int"}:
        return f"int64{code}"
    if name == "-" and kinds == {TIMESTAMP.name}:
        return f"span{code}"
    if kinds == {"double"} or (kinds <= {"string"} and name == "+"):
        return code
    return None


def _not(writer: Writer, _name: str, parts: tuple[Expr, ...]) -> str:
    return f"(not {writer.condition(parts[0])})"


def _size(writer: Writer, _name: str, parts: tuple[Expr, ...]) -> str:
    if writer.kind(parts[0]).name not in _SEQUENCES:
        raise NotCompiled("the size of something else")
    return f"len({writer.code(parts[0])})"


def _in(writer: Writer, _name: str, parts: tuple[Expr, ...]) -> str | None:
    container = writer.kind(parts[1])
    inner = container.args[0].name if container.args else ""
    if inner != writer.kind(parts[0]).name or inner not in (SCALARS if container.name == "list" else KEYS):
        if {inner, writer.kind(parts[0]).name} & {"dyn", "?"} or container.name not in {"list", "map"}:
            raise NotCompiled("values whose type is not known")
        return None
    # In an empty list Python looks for nothing, not even whether what is looked for is known.
    fixed = writer.fixed(parts[1])
    looks = container.name == "map" or (type(fixed) is tuple and len(fixed) > 0)
    item = writer.code(parts[0]) if looks else writer.sure(parts[0])
    return f"({item} in {_searched(writer, parts[1])})"


def _searched(writer: Writer, node: Expr) -> str:
    """What `in` searches; a long constant list as a set."""
    value = writer.fixed(node)
    if type(value) is tuple and len(value) > _FEW:
        return writer.compiler.name("k", frozenset(value))
    return writer.code(node)


def _text(writer: Writer, name: str, parts: tuple[Expr, ...]) -> str | None:
    if any(writer.kind(part).name != "string" for part in parts):
        return None
    if name == "contains":
        return f"({writer.code(parts[1])} in {writer.code(parts[0])})"
    return f"{writer.code(parts[0])}.{_STRING_METHODS[name]}({writer.code(parts[1])})"


def _matches(writer: Writer, _name: str, parts: tuple[Expr, ...]) -> str | None:
    if not isinstance(parts[1], Literal) or not isinstance(parts[1].value, str):
        return None
    return f"{writer.compiler.name('m', matcher(parts[1].value))}({writer.code(parts[0])})"


def _or_value(writer: Writer, _name: str, parts: tuple[Expr, ...]) -> str:
    """`m[?k].orValue(x)` and `m.?k.orValue(x)`, the only optionals that are worth compiling."""
    match parts[0]:
        case Index(optional=True):
            container, key = parts[0].operand, writer.code(parts[0].index)
        case Select(optional=True):
            container, key = parts[0].operand, writer.compiler.constant(parts[0].field)
        case _:
            raise NotCompiled("optionals")
    kind = writer.kind(container)
    if kind.name != "map" or kind.args[0].name not in KEYS or kind.args[1].stored:
        raise NotCompiled("optionals")
    return f"{writer.code(container)}.get({key}, {writer.sure(parts[1])})"


_SPECIAL: dict[str, Callable[..., str | None]] = {
    "==": _equal,
    "!=": _equal,
    **dict.fromkeys(("<", "<=", ">", ">="), _order),
    "+": _sum,
    "-": _sum,
    "!_": _not,
    "size": _size,
    "in": _in,
    **dict.fromkeys(("startsWith", "endsWith", "contains"), _text),
    "matches": _matches,
    "orValue": _or_value,
}
