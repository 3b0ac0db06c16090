"""One rule as one Python function, with the loop over its elements inside.

    run(host, now) -> None              every element passes
                    | int               the same for the rule as a whole: NOT_APPLICABLE, EMPTY, UNSURE
                    | [(element, int)]  the elements that do not pass: FAILS, UNSURE

UNSURE means that a fact is missing or an operation failed: the interpreter then says which.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from compliance.model.result import Verdict
from compliance.model.text import clean_line
from compliance.policy import safe
from compliance.policy.cel.coding import KEYS, Compiler, NotCompiled
from compliance.policy.cel.compile import source
from compliance.policy.cel.runtime import MISSES
from compliance.policy.cel.types import INT
from compliance.policy.evidence import Element, PathForm, path_form
from compliance.policy.expression import Expression
from compliance.policy.lint import names_used
from compliance.policy.loaded import LoadedRule
from compliance.policy.results import LONGEST_SEEN, sentence
from compliance.policy.row import Row
from compliance.policy.template import Template

FAILS, NOT_APPLICABLE, EMPTY, UNSURE = 1, 2, 3, 4
_SCALAR = """
def run(host, now):
    try:
        {applies}
        {variables}
        if {require}:
            return None
        return [(None, 1)]
    except MISSES:
        return 4
"""
_LOOP = """
def run(host, now):
    found = None
    try:
        {applies}
        over = {over}
        if not over:
            return 3
        for element in over:
            try:
                {variables}
                if {require}:
                    continue
                state = 1
            except MISSES:
                state = 4
            if found is None:
                found = []
            found.append((element, state))
        return found
    except MISSES:
        return 4
"""
_CHOSEN_LOOP = """
def run(host, now):
    found = None
    is_empty = True
    try:
        {applies}
        for element in {over}:
            try:
                if not {where}:
                    continue
                is_empty = False
                {variables}
                if {require}:
                    continue
                state = 1
            except MISSES:
                is_empty = False
                state = 4
            if found is None:
                found = []
            found.append((element, state))
        if is_empty:
            return 3
        return found
    except MISSES:
        return 4
"""
_WORDS = """
def elements(host, now):
    return [element for element in {over} if {where}]
{told}
"""
_TOLD = """
def {name}(host, now, element):
    {variables}
    return {text}
"""

Told = Callable[[Any, Any, Any], Any]
"""Takes the host, the time and the element."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The functions that say what was judged, and what it rests on."""

    elements: Callable[[Any, Any], list[Any]]
    """The elements that are in the rule's scope."""
    key: Told
    message: Told
    fix: Told
    evidence: tuple[Told, ...]
    row: Told | None
    """The `Row` of an element that fails; None where a path is not plain."""


class RuleCode:
    """The functions of one rule; those that make words are compiled when they are first needed."""

    def __init__(self, loaded: LoadedRule, params: Mapping[str, Any]) -> None:
        self._writer = _RuleWriter(loaded, params)
        self.run: Callable[[Any, Any], Any] = self._writer.run()

    @cached_property
    def words(self) -> Words | None:
        """The functions that make words; None if only the interpreter can make them."""
        try:
            return self._writer.words()
        except NotCompiled:
            return None


def rule_code(loaded: LoadedRule, params: Mapping[str, Any] | None = None) -> RuleCode | None:
    """The functions of a rule; None if only the interpreter can judge it."""
    if loaded.require is None:
        return None
    try:
        return RuleCode(loaded, loaded.params if params is None else params)
    except NotCompiled:
        return None


class _RuleWriter:
    """Writes the functions of one rule."""

    def __init__(self, loaded: LoadedRule, params: Mapping[str, Any]) -> None:
        self.loaded = loaded
        self.compiler = Compiler({f"params.{name}": value for name, value in params.items()})
        self.compiler.constants.update(
            MISSES=MISSES,
            shown=safe.shown_value,
            seen=safe.seen_value,
            plain=safe.plain_text,
            sentence=sentence,
        )
        self.compiler.constants.update(new=tuple.__new__, Row=Row, FAIL=Verdict.FAIL)
        self.names = {"host": "host", "now": "now"}
        if loaded.loop is not None:
            self.names[loaded.loop.name] = "element"
        self.variables: dict[str, tuple[str, Expression]] = {}
        for number, (name, expression) in enumerate(loaded.variables.items()):
            self.variables[name] = (f"v{number}", expression)
            self.names[name] = f"v{number}"

    def run(self) -> Callable[[Any, Any], Any]:
        loaded = self.loaded
        if loaded.require is None or not _is_plain(loaded):
            raise NotCompiled("nothing to judge, or a loop over values that Python keeps otherwise")
        form = _SCALAR if loaded.loop is None else _CHOSEN_LOOP if loaded.where is not None else _LOOP
        text = form.format(
            applies=f"if not {self.source(loaded.applies)}: return 2" if loaded.applies else "pass",
            over=self.source(loaded.loop.over) if loaded.loop else "",
            where=self.source(loaded.where) if loaded.where else "",
            variables=self.assigned([loaded.require]),
            require=self.source(loaded.require),
        )
        found: Callable[[Any, Any], Any] = self.functions(text)["run"]
        return found

    def words(self) -> Words:
        loaded = self.loaded
        told = [
            self.filled("key", loaded.key),
            self.filled("message", loaded.message),
            self.filled("fix", loaded.fix),
        ]
        evidence = [f"evidence{number}" for number in range(len(loaded.evidence))]
        for name, expression in zip(evidence, loaded.evidence, strict=True):
            variables = self.assigned([expression])
            told.append(_TOLD.format(name=name, variables=variables, text=self.source(expression)))
        row = self.row()
        text = _WORDS.format(
            over=self.source(loaded.loop.over) if loaded.loop else "(None,)",
            where=self.source(loaded.where) if loaded.where else "True",
            told="".join([*told, row]),
        )
        space = self.functions(text)
        return Words(
            elements=space["elements"],
            key=space["key"],
            message=space["message"],
            fix=space["fix"],
            evidence=tuple(space[name] for name in evidence),
            row=space["row"] if row else None,
        )

    def row(self) -> str:
        """The source of the function that gives a row; empty where a path is not plain."""
        loaded = self.loaded
        forms = [path_form(loaded, expression) for expression in loaded.evidence]
        if None in forms:
            return ""
        pairs = "".join(
            f"({self.path(form)}, {self.shown('seen', expression)}), "
            for form, expression in zip(forms, loaded.evidence, strict=True)
            if form is not None
        )
        templates = [part for part in (loaded.key, loaded.message) if part is not None]
        inner = [part for template in templates for part in template.parts if isinstance(part, Expression)]
        message = (
            self.text(loaded.message)
            if loaded.message
            else self.compiler.constant(f"not so: {loaded.rule.title}")
        )
        rule = self.compiler.constant(loaded.rule.id)
        text = f"new(Row, ({rule}, {self.text(loaded.key)}, FAIL, sentence({message}), ({pairs})))"
        variables = self.assigned([*inner, *loaded.evidence])
        named = {form.element for form in forms if form is not None} - {Element.NONE}
        if named:
            variables += (
                "; place = plain(element.locus)" if Element.LOCUS in named else "; place = plain(element)"
            )
        return _TOLD.format(name="row", variables=variables, text=text)

    def path(self, form: PathForm) -> str:
        """The source of a path; the element's own name is worked out once, as `place`."""
        if form.element is Element.NONE:
            return self.compiler.constant(clean_line(form.before, LONGEST_SEEN))
        if len(form.before) + len(form.after) > safe.LONGEST_PLACE:
            raise NotCompiled("a path that is cut")
        return f"{self.compiler.constant(form.before)} + place + {self.compiler.constant(form.after)}"

    def source(self, expression: Expression) -> str:
        return source(self.compiler, expression.checked, self.names)

    def assigned(self, expressions: list[Expression]) -> str:
        """The assignments of the variables that the expressions need, on one line."""
        needed: set[str] = set()
        for expression in expressions:
            needed |= names_used(expression.checked.tree)
        lines: list[str] = []
        for name, (python, expression) in reversed(self.variables.items()):
            if name in needed:
                needed |= names_used(expression.checked.tree)
                lines.append(f"{python} = {self.source(expression)}")
        return "; ".join(reversed(lines)) or "pass"

    def filled(self, name: str, template: Template | None) -> str:
        """The source of the function that fills a template."""
        parts = template.parts if template is not None else ()
        variables = self.assigned([part for part in parts if isinstance(part, Expression)])
        return _TOLD.format(name=name, variables=variables, text=self.text(template))

    def text(self, template: Template | None) -> str:
        """The source of a filled template."""
        pieces = [
            self.compiler.constant(part) if isinstance(part, str) else self.shown("shown", part)
            for part in (template.parts if template is not None else ())
            if part
        ]
        return " + ".join(pieces) or "''"

    def shown(self, function: str, expression: Expression) -> str:
        """The source of a value's text, made safe; a number needs no care."""
        code = self.source(expression)
        return f'f"{{({code}):d}}"' if expression.type == INT else f"{function}({code})"

    def functions(self, text: str) -> dict[str, Any]:
        space = dict(self.compiler.constants)
        try:
            code = compile(text, f"<rule {self.loaded.rule.id}>", "exec")
        except (SyntaxError, RecursionError) as error:
            raise NotCompiled("nested deeper than Python reads") from error
        exec(code, space)  # noqa: S102 (the source holds names of our own only)
        return space


def _is_plain(loaded: LoadedRule) -> bool:
    """Whether Python loops over the elements as CEL does."""
    if loaded.loop is None:
        return True
    over = loaded.loop.over.type
    return not over.stored and not over.args[0].stored and (over.name == "list" or over.args[0].name in KEYS)
