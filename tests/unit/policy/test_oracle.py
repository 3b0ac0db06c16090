"""Google's own CEL says the same of random expressions over known facts."""

import re

import pytest
from hypothesis import assume, given

from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.scope import root
from compliance.policy.cel.syntax import Call, Fold, Select, walk
from compliance.policy.cel.values import Failed
from compliance.policy.cel.write import written
from tests.unit.policy.expressions import conditions, things, understood
from tests.unit.policy.test_properties import SOAKING, bounded

pytestmark = SOAKING
cel = pytest.importorskip("cel_expr_python.cel")
optional = pytest.importorskip("cel_expr_python.ext.ext_optional")


def _part(kind):
    return cel.Type.Map(cel.Type.STRING, kind)


TYPES = {
    "name": cel.Type.STRING,
    "count": cel.Type.INT,
    "limit": cel.Type.INT,
    "share": cel.Type.DOUBLE,
    "on": cel.Type.BOOL,
    "seen": cel.Type.TIMESTAMP,
    "age": cel.Type.DURATION,
    "colours": cel.Type.List(cel.Type.STRING),
    "numbers": cel.Type.List(cel.Type.INT),
    "parts": cel.Type.List(_part(cel.Type.DYN)),
    "main": _part(cel.Type.DYN),
    "settings": _part(cel.Type.STRING),
}
ENV = cel.NewEnv(
    variables={f"t_{name}": kind for name, kind in TYPES.items()}, extensions=[optional.ExtOptional()]
)


def _plain(part):
    return {"locus": part.locus, "size": part.size, "colour": part.colour, "tags": list(part.tags)}


def _data(thing):
    found = {f"t_{name}": getattr(thing, name) for name in TYPES}
    found |= {f"t_{name}": list(getattr(thing, name)) for name in ("colours", "numbers")}
    return found | {"t_parts": [_plain(part) for part in thing.parts], "t_main": _plain(thing.main)}


def _is_comparable(checked):
    """Whether the oracle can be asked: it has no moments in maps, absent records, loops of two names."""
    for node, _ in walk(checked.tree):
        if isinstance(node, Select) and node.field in {"made", "services"}:
            return False
        if isinstance(node, Fold) and len(node.names) > 1:
            return False
        if (
            isinstance(node, Call)
            and len({checked.types[arg].name for arg in node.args} & {"int", "double"}) > 1
        ):
            return False
    return True


@bounded(400)
@given(conditions(), things)
def test_the_interpreter_agrees_with_the_reference(condition, thing):
    checked = understood(condition)
    assume(_is_comparable(checked))
    ours = Interpreter(checked).run(root({"t": thing}))
    asked = re.sub(r"\bt\.(\w+)", r"t_\1", written(checked.tree))
    theirs = ENV.compile(asked).eval(data=_data(thing))
    if theirs.type() == cel.Type.ERROR:
        assert isinstance(ours, Failed), condition
    else:
        assert ours is theirs.value(), condition
