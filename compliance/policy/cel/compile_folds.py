"""Loops as Python source: generators, comprehensions, or one operation on sets."""

from compliance.policy.cel.coding import KEYS, SCALARS, NotCompiled, Writer
from compliance.policy.cel.syntax import Call, Fold, FoldKind, Ident
from compliance.policy.cel.types import Type

_WHOLE = {
    (FoldKind.ALL, False): "{values}.issuperset({over})",
    (FoldKind.ALL, True): "{values}.isdisjoint({over})",
    (FoldKind.EXISTS, False): "(not {values}.isdisjoint({over}))",
    (FoldKind.EXISTS, True): "(not {values}.issuperset({over}))",
}
"""`all` and `exists` of membership in a constant list, and of its contrary."""


def fold_source(writer: Writer, node: Fold) -> str:
    """The source of a loop."""
    over = writer.kind(node.range)
    if over.name not in {"list", "map"} or over.stored or over.args[0].stored:
        raise NotCompiled("a loop over something else")
    if over.name == "map" and over.args[0].name not in KEYS:
        raise NotCompiled("keys of this type")
    whole = _whole(writer, node)
    if whole is not None:
        return whole
    before = dict(writer.names)
    values = writer.code(node.range)
    fresh = [writer.compiler.fresh("x") for _ in node.names]
    writer.names.update(zip(node.names, fresh, strict=True))
    body = _body(writer, node)
    guard = writer.condition(node.guard) if node.guard is not None else ""
    writer.names = before
    turns = f"for {', '.join(fresh)} in {_paired(values, over, len(fresh))}"
    return _joined(node.kind, body, turns, guard, values)


def _body(writer: Writer, node: Fold) -> str:
    if node.kind in {FoldKind.MAP, FoldKind.TRANSFORM_LIST}:
        return writer.sure(node.body)
    if node.kind in {FoldKind.TRANSFORM_MAP, FoldKind.TRANSFORM_MAP_ENTRY}:
        raise NotCompiled("maps that are made")
    return writer.condition(node.body)


def _whole(writer: Writer, node: Fold) -> str | None:
    """`all` or `exists` of membership in a constant list, as one operation on sets."""
    body, negated = node.body, False
    if isinstance(body, Call) and body.function == "!_":
        body, negated = body.args[0], True
    if len(node.names) > 1 or not (isinstance(body, Call) and body.function == "in"):
        return None
    item, values = body.args
    fixed = writer.fixed(values)
    if not (isinstance(item, Ident) and item.name == node.names[0] and type(fixed) is tuple):
        return None
    if writer.kind(node.range).name != "list" or writer.kind(node.range).args[0].name not in SCALARS:
        return None
    name, code = writer.compiler.name("k", frozenset(fixed)), writer.code(node.range)
    form = _WHOLE.get((node.kind, negated))
    return form.format(values=name, over=code) if form else None


def _paired(values: str, over: Type, count: int) -> str:
    if count == 1:
        return values
    return f"enumerate({values})" if over.name == "list" else f"{values}.items()"


def _joined(kind: FoldKind, body: str, turns: str, guard: str, values: str) -> str:
    condition = f" if {guard}" if guard else ""
    match kind:
        case FoldKind.ALL:
            return f"(all({body} {turns}) if {values} else True)"
        case FoldKind.EXISTS:
            return f"(any({body} {turns}) if {values} else False)"
        case FoldKind.EXISTS_ONE:
            return f"(sum(1 {turns} if {body}) == 1)"
        case FoldKind.FILTER:
            variable = turns.split(" ", 2)[1]
            return f"tuple([{variable} {turns} if {body}])"
        case _:
            return f"tuple([{body} {turns}{condition}])"
