"""Look a rule over as a whole, once its parts are understood: what is unused, unguarded, or without bound."""

from collections.abc import Iterator

from compliance.policy.cel.checked import Fault
from compliance.policy.cel.syntax import Expr, Ident, Select, children, walk
from compliance.policy.cost import MOST_TURNS, longest, loop_faults, turns, weight, weight_faults
from compliance.policy.expression import Expression
from compliance.policy.guards import Known, granted, implied
from compliance.policy.lint import house_faults, names_used
from compliance.policy.loaded import LoadedRule
from compliance.policy.template import Template
from compliance.policy.yaml_source import Problem

_DEEPEST = 96


def reviewed(loaded: LoadedRule) -> list[Problem]:
    """Everything that is wrong with a rule whose every part is sound in itself."""
    problems = [
        expression.source.problem(fault.at, fault.text)
        for expression in (*loaded.expressions, *_shown(loaded))
        for fault in (*house_faults(expression.checked), *loop_faults(expression.checked))
    ]
    problems += _unguarded(loaded)
    problems += _unused(loaded)
    problems += _grown(loaded)
    problems += _too_costly(loaded)
    problems += _too_deep(loaded)
    return problems


def _shown(loaded: LoadedRule) -> list[Expression]:
    """The expressions that only show something."""
    templates = (loaded.key, loaded.message, loaded.fix)
    found = [part for template in templates if template for part in _expressions(template)]
    return found + (list(loaded.evidence) if loaded.spec.evidence else [])


def _expressions(template: Template) -> list[Expression]:
    return [part for part in template.parts if isinstance(part, Expression)]


def _unguarded(loaded: LoadedRule) -> Iterator[Problem]:
    """Keys that are taken for granted; `applies` and `where` may ask for them first."""
    known: Known = frozenset()
    for expression in loaded.expressions:
        for fault in granted(expression.checked, known):
            yield expression.source.problem(fault.at, fault.text)
        if expression in (loaded.applies, loaded.where):
            known |= implied(expression.checked.tree, truth=True)


def _unused(loaded: LoadedRule) -> Iterator[Problem]:
    parts = (*loaded.expressions, *_shown(loaded))
    used = frozenset[str]().union(*(names_used(expression.checked.tree) for expression in parts))
    for name in loaded.variables:
        if name not in used:
            steps = (*loaded.steps, "variables", name)
            yield loaded.file.problem(steps, f"the variable {name!r} is never used", on_key=True)
    for name in loaded.params:
        if not any(_reads_param(expression.checked.tree, name) for expression in parts):
            steps = (*loaded.steps, "params", name)
            yield loaded.file.problem(steps, f"the parameter {name!r} is never used", on_key=True)
    if (
        loaded.loop is not None
        and loaded.require is not None
        and not _looks_at_element(loaded, loaded.loop.name)
    ):
        steps = (*loaded.steps, "require")
        yield loaded.file.problem(steps, f"the requirement never looks at {loaded.loop.name!r}", on_key=True)


def _reads_param(node: Expr, name: str) -> bool:
    if isinstance(node, Select) and node.field == name and isinstance(node.operand, Ident):
        return node.operand.name == "params"
    return any(_reads_param(child, name) for child in children(node))


def _looks_at_element(loaded: LoadedRule, element: str) -> bool:
    looking = {element}
    for name, expression in loaded.variables.items():
        if names_used(expression.checked.tree) & looking:
            looking.add(name)
    parts = [part for part in (loaded.where, loaded.require) if part is not None]
    return any(names_used(part.checked.tree) & looking for part in parts)


def _grown(loaded: LoadedRule) -> Iterator[Problem]:
    """Values that are put together from what was itself put together, again and again."""
    sizes: dict[str, int] = {}
    for expression in (*loaded.expressions, *_shown(loaded)):
        for fault in weight_faults(expression.checked, sizes):
            yield expression.source.problem(fault.at, fault.text)
        for name, variable in loaded.variables.items():
            if variable is expression:
                sizes[name] = weight(expression.checked, sizes)


def _too_deep(loaded: LoadedRule) -> Iterator[Problem]:
    """Variables that lean on variables, until working them out would nest too deep."""
    depths: dict[str, int] = {}
    for expression in (*loaded.expressions, *_shown(loaded)):
        tree = expression.checked.tree
        below = max((depths[name] for name in names_used(tree) if name in depths), default=0)
        depth = below + max(level for _, level in walk(tree))
        if depth > _DEEPEST:
            yield expression.source.problem(
                tree.at, f"nested more than {_DEEPEST} deep, its variables counted in"
            )
        for name, variable in loaded.variables.items():
            if variable is expression:
                depths[name] = depth


def _too_costly(loaded: LoadedRule) -> Iterator[Problem]:
    times = longest(loaded.loop.over.type) if loaded.loop else 1
    total = 0
    worst: tuple[int, Expression, Fault] | None = None
    for expression in loaded.expressions:
        count, loop = turns(expression.checked)
        within = (
            1 if expression is loaded.applies or (loaded.loop and expression is loaded.loop.over) else times
        )
        total += within * (count + 1)
        if worst is None or within * count > worst[0]:
            at = loop.at if loop is not None else expression.checked.tree.at
            worst = (within * count, expression, Fault(at, ""))
    if total > MOST_TURNS and worst is not None:
        _, expression, fault = worst
        text = f"this can turn {total:,} times on one host; at most {MOST_TURNS:,} are allowed"
        yield expression.source.problem(fault.at, text)
