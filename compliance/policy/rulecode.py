"""One rule as one Python function, with the loop over its elements inside."""

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
from compliance.policy.results import LONGEST_MESSAGE, LONGEST_SEEN, sentence, unsaid
from compliance.policy.row import Row
from compliance.policy.ruleforms import CHOSEN_LOOP, LOOP, SCALAR, TOLD, WORDS
from compliance.policy.template import Template

_LOCUS = "element.locus"

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
    place: Told | None
    """The key and the evidence of an element, as a row has them; None where a path is not plain."""


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
            said=safe.said_value,
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
        form = SCALAR if loaded.loop is None else CHOSEN_LOOP if loaded.where is not None else LOOP
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
            told.append(TOLD.format(name=name, variables=variables, text=self.source(expression)))
        rows = self.rows()
        text = WORDS.format(
            over=self.source(loaded.loop.over) if loaded.loop else "(None,)",
            where=self.source(loaded.where) if loaded.where else "True",
            told="".join([*told, rows]),
        )
        space = self.functions(text)
        return Words(
            elements=space["elements"],
            key=space["key"],
            message=space["message"],
            fix=space["fix"],
            evidence=tuple(space[name] for name in evidence),
            row=space["row"] if rows else None,
            place=space["place"] if rows else None,
        )

    def rows(self) -> str:
        """The source of the functions that give a row and a place; empty where a path is not plain."""
        loaded = self.loaded
        forms = [path_form(loaded, expression) for expression in loaded.evidence]
        if None in forms:
            return ""
        pieces = [(form, one) for form, one in zip(forms, loaded.evidence, strict=True) if form is not None]
        rule, source = self.compiler.constant(loaded.rule.id), ""
        for name in ("row", "place"):
            texts = _Texts(self)
            key = texts.filled(loaded.key)
            pairs = "".join(f"({texts.path(form)}, {texts.text(one)}), " for form, one in pieces)
            shown = [*_expressions(loaded.key), *loaded.evidence]
            body = f"({key}, ({pairs}))"
            if name == "row":
                shown += _expressions(loaded.message)
                body = f"new(Row, ({rule}, {key}, FAIL, {texts.message()}, ({pairs})))"
            variables = "; ".join([self.assigned(shown), *texts.assignments()])
            source += TOLD.format(name=name, variables=variables, text=body)
        return source

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
        variables = self.assigned(_expressions(template))
        return TOLD.format(name=name, variables=variables, text=self.text(template))

    def text(self, template: Template | None) -> str:
        """The source of a filled template."""
        pieces = [
            self.compiler.constant(part) if isinstance(part, str) else f"shown({self.source(part)})"
            for part in (template.parts if template is not None else ())
            if part
        ]
        return " + ".join(pieces) or "''"

    def functions(self, text: str) -> dict[str, Any]:
        space = dict(self.compiler.constants)
        try:
            code = compile(text, f"<rule {self.loaded.rule.id}>", "exec")
        except (SyntaxError, RecursionError) as error:
            raise NotCompiled("nested deeper than Python reads") from error
        exec(code, space)  # noqa: S102 (the source holds names of our own only)
        return space


class _Texts:
    """The texts of one row: each value is made safe once, wherever it is shown."""

    def __init__(self, writer: _RuleWriter) -> None:
        self.writer = writer
        self.names: dict[str, str] = {}
        """The Python name of each text, by the source that makes it."""

    def named(self, source: str) -> str:
        return self.names.setdefault(source, f"t{len(self.names)}")

    def assignments(self) -> list[str]:
        return [f"{name} = {source}" for source, name in self.names.items()]

    def text(self, expression: Expression) -> str:
        code = self.writer.source(expression)
        if expression.type == INT:
            return self.named(f'f"{{({code}):d}}"')
        return self.named(f"{'plain' if code == _LOCUS else 'said'}({code})")

    def filled(self, template: Template | None) -> str:
        parts = [part for part in (template.parts if template is not None else ()) if part]
        pieces = [self.writer.compiler.constant(p) if isinstance(p, str) else self.text(p) for p in parts]
        return " + ".join(pieces) or "''"

    def message(self) -> str:
        """The message; one that cannot be too long needs no more care."""
        loaded = self.writer.loaded
        if loaded.message is None:
            return self.writer.compiler.constant(sentence(unsaid(loaded.rule)))
        fixed = "".join(part for part in loaded.message.parts if isinstance(part, str))
        most = len(fixed) + safe.LONGEST_SAID * len(_expressions(loaded.message))
        text = self.filled(loaded.message)
        is_safe = most <= LONGEST_MESSAGE and fixed.isascii() and (fixed.isprintable() or not fixed)
        return text if is_safe else f"sentence({text})"

    def path(self, form: PathForm) -> str:
        """The path of a piece of evidence."""
        constant = self.writer.compiler.constant
        if form.element is Element.NONE:
            return constant(clean_line(form.before, LONGEST_SEEN))
        if len(form.before) + len(form.after) > safe.LONGEST_PLACE:
            raise NotCompiled("a path that is cut")
        place = self.named(f"plain({_LOCUS})" if form.element is Element.LOCUS else "plain(element)")
        return f"{constant(form.before)} + {place} + {constant(form.after)}"


def _expressions(template: Template | None) -> list[Expression]:
    return [part for part in (template.parts if template else ()) if isinstance(part, Expression)]


def _is_plain(loaded: LoadedRule) -> bool:
    """Whether Python loops over the elements as CEL does."""
    if loaded.loop is None:
        return True
    over = loaded.loop.over.type
    return not over.stored and not over.args[0].stored and (over.name == "list" or over.args[0].name in KEYS)
