"""Read a CEL expression into its syntax tree (cel-spec, langdef.md), with the place of every part."""

from compliance.policy.cel.lex import Token, tokens
from compliance.policy.cel.macros import expanded
from compliance.policy.cel.syntax import (
    BadExpression,
    Call,
    Choice,
    Expr,
    Ident,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Message,
    Select,
    UInt,
    walk,
)

LONGEST = 4096
"""Characters that one expression may have."""
DEEPEST = 64
"""Levels that the tree of an expression may have."""
_NESTED = 40
"""Brackets that may be open at once; cel-spec asks for 12 at least, its tests for 32."""

_WORDS = {"true": True, "false": False, "null": None}
_RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
_LEVELS = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 1),
    **dict.fromkeys(("+", "-"), 2),
    **dict.fromkeys(("*", "/", "%"), 3),
}
"""How tightly the binary operators bind, which all join to the left; `&&` and `||` bind less."""
_LARGEST = 2**63


def parse(source: str) -> Expr:
    """The tree of an expression; raises `BadExpression` at the character that is wrong."""
    if len(source) > LONGEST:
        raise BadExpression(f"longer than {LONGEST} characters", LONGEST)
    parser = _Parser(tokens(source))
    tree = parser.expression()
    parser.expect_end()
    for node, depth in walk(tree):
        if depth > DEEPEST:
            raise BadExpression(f"nested more than {DEEPEST} deep", node.at)
        if isinstance(node, Literal) and type(node.value) is int and node.value == _LARGEST:
            raise BadExpression("the number does not fit 64 bits", node.at)
    return tree


class _Parser:
    """Walks over the tokens, one method for each level of the grammar."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def sees(self, *signs: str) -> bool:
        token = self.token
        return (
            (token.kind == "sign" or token.text == "in") and token.kind != "literal" and token.text in signs
        )

    def took(self, sign: str) -> bool:
        if self.sees(sign):
            self.next += 1
            return True
        return False

    def expect(self, sign: str) -> Token:
        if not self.sees(sign):
            raise self.unexpected(f", expected {sign!r}")
        return self.take()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected()

    def unexpected(self, more: str = "") -> BadExpression:
        token = self.token
        seen = "unexpected end" if token.kind == "end" else f"unexpected {token.text!r}"
        return BadExpression(seen + more, token.at)

    def expression(self) -> Expr:
        self.depth += 1
        if self.depth > _NESTED:
            raise BadExpression(f"nested more than {_NESTED} deep", self.token.at)
        condition = self.either()
        if self.sees("?"):
            at = self.take().at
            yes = self.either()
            self.expect(":")
            condition = Choice(at, condition, yes, self.expression())
        self.depth -= 1
        return condition

    def either(self) -> Expr:
        terms, at = [self.both()], self.token.at
        while self.took("||"):
            terms.append(self.both())
        return terms[0] if len(terms) == 1 else Logic(at, False, tuple(terms))  # noqa: FBT003 (a field)

    def both(self) -> Expr:
        terms, at = [self.binary(1)], self.token.at
        while self.took("&&"):
            terms.append(self.binary(1))
        return terms[0] if len(terms) == 1 else Logic(at, True, tuple(terms))  # noqa: FBT003 (a field)

    def binary(self, loosest: int) -> Expr:
        left = self.unary()
        while self.sees(*_LEVELS) and _LEVELS[self.token.text] >= loosest:
            sign = self.take()
            left = Call(sign.at, sign.text, (left, self.binary(_LEVELS[sign.text] + 1)))
        return left

    def unary(self) -> Expr:
        if not self.sees("!", "-"):
            return self.member()
        sign = self.token
        count = 0
        while self.took(sign.text):
            count += 1
        number = self.token.value
        if sign.text == "-" and type(number) in {int, float} and self.token.kind == "literal":
            count -= 1
            self.tokens[self.next] = Token("literal", self.token.text, sign.at, _negative(number))
        inner = self.member()
        for _ in range(count % 2 or min(count, 2)):
            inner = Call(sign.at, "!_" if sign.text == "!" else "-_", (inner,))
        return inner

    def member(self) -> Expr:
        node = self.primary()
        while True:
            if self.sees(".", ".?"):
                node = self.selected(node)
            elif self.sees("["):
                at, optional = self.take().at, self.took("?")
                node = Index(at, node, self.expression(), optional)
                self.expect("]")
            elif self.sees("{") and (name := _qualified(node)):
                node = self.message(name)
            else:
                return node

    def selected(self, operand: Expr) -> Expr:
        sign = self.take()
        token = self.take()
        if token.kind == "quoted":
            return Select(token.at, operand, token.text, sign.text == ".?")
        if token.kind != "word" or token.text in {*_WORDS, "in"}:
            self.next -= 1
            raise self.unexpected(", expected a name")
        if self.sees("(") and sign.text == ".":
            return expanded(Call(token.at, token.text, self.arguments(), operand))
        return Select(token.at, operand, token.text, sign.text == ".?")

    def arguments(self) -> tuple[Expr, ...]:
        self.expect("(")
        found: list[Expr] = []
        if not self.sees(")"):
            found.append(self.expression())
            while self.took(","):
                found.append(self.expression())
        self.expect(")")
        return tuple(found)

    def primary(self) -> Expr:
        token = self.token
        if token.kind == "literal":
            return Literal(self.take().at, token.value)
        if self.took("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.sees("["):
            return self.list()
        if self.sees("{"):
            return self.map()
        if token.text in _WORDS and token.kind == "word":
            return Literal(self.take().at, _WORDS[token.text])
        return self.name()

    def name(self) -> Expr:
        at = self.token.at
        rooted = self.took(".")
        token = self.token
        if token.kind != "word" or token.text == "in":
            raise self.unexpected()
        if token.text in _RESERVED:
            raise BadExpression(f"{token.text!r} is a reserved word", token.at)
        self.take()
        if self.sees("("):
            return expanded(Call(at, token.text, self.arguments()))
        return Ident(at, token.text, rooted)

    def list(self) -> Expr:
        at = self.expect("[").at
        items: list[Expr] = []
        optional: set[int] = set()
        while not self.sees("]"):
            if self.took("?"):
                optional.add(len(items))
            items.append(self.expression())
            if not self.took(","):
                break
        self.expect("]")
        return ListOf(at, tuple(items), frozenset(optional))

    def map(self) -> Expr:
        at = self.expect("{").at
        entries: list[tuple[Expr, Expr]] = []
        optional: set[int] = set()
        while not self.sees("}"):
            if self.took("?"):
                optional.add(len(entries))
            key = self.expression()
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.took(","):
                break
        self.expect("}")
        return MapOf(at, tuple(entries), frozenset(optional))

    def message(self, name: str) -> Expr:
        at = self.expect("{").at
        fields: list[tuple[str, Expr]] = []
        while not self.sees("}"):
            self.took("?")
            field = self.take()
            if field.kind not in {"word", "quoted"}:
                self.next -= 1
                raise self.unexpected(", expected a field's name")
            self.expect(":")
            fields.append((field.text, self.expression()))
            if not self.took(","):
                break
        self.expect("}")
        return Message(at, name, tuple(fields))


def _negative(number: object) -> int | float:
    return -number if isinstance(number, int | float) and not isinstance(number, UInt) else 0


def _qualified(node: Expr) -> str:
    """The dotted name that an expression spells; empty if it is none."""
    parts: list[str] = []
    while isinstance(node, Select) and not node.optional:
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return ""
    return ".".join([("." if node.rooted else "") + node.name, *reversed(parts)])
