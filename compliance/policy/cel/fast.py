"""Run one expression by the fast tier, and by the interpreter where that cannot tell."""

from collections.abc import Callable, Mapping
from typing import Any

from compliance.policy.cel.checked import Checked
from compliance.policy.cel.coding import Compiler, NotCompiled
from compliance.policy.cel.compile import source
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.runtime import MISSES
from compliance.policy.cel.scope import root
from scanners import UNKNOWN


def fast(checked: Checked, variables: Mapping[str, Any]) -> tuple[Any, bool]:
    """The value for these variables, and whether the fast tier gave it."""
    run = function(checked, tuple(variables))
    if run is not None:
        try:
            found = run(*variables.values())
        except MISSES:
            found = UNKNOWN
        if found is not UNKNOWN:
            return found, True
    return Interpreter(checked).run(root(variables)), False


def function(checked: Checked, names: tuple[str, ...]) -> Callable[..., Any] | None:
    """The Python function of the expression, taking the variables in this order; None if it has none."""
    if checked.faults:
        return None
    compiler = Compiler()
    arguments = {name: f"a{number}" for number, name in enumerate(names)}
    try:
        body = source(compiler, checked, arguments)
    except NotCompiled:
        return None
    text = f"def run({', '.join(arguments.values())}):\n    return {body}\n"
    space = dict(compiler.constants)
    try:
        code = compile(text, "<expression>", "exec")
    except (SyntaxError, RecursionError):
        return None
    exec(code, space)  # noqa: S102 (the source holds names and numbers of our own only)
    run: Callable[..., Any] = space["run"]
    return run
