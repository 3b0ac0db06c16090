"""Random facts with holes, and random expressions over them that the checker accepts."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from hypothesis import strategies as st

from compliance.policy.cel.check import check
from compliance.policy.cel.parse import parse
from compliance.policy.schema import cel_type
from scanners.facts import UNKNOWN, PartialList, about

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
Colour = Literal["red", "green", "blue"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    locus: str = UNKNOWN
    size: int = UNKNOWN
    colour: Colour = UNKNOWN
    tags: tuple[str, ...] = UNKNOWN
    made: datetime = UNKNOWN


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    name: str = UNKNOWN
    count: int = UNKNOWN
    limit: int = UNKNOWN
    share: float = UNKNOWN
    on: bool = UNKNOWN
    seen: datetime = UNKNOWN
    age: timedelta = UNKNOWN
    colours: tuple[Colour, ...] = UNKNOWN
    numbers: tuple[int, ...] = UNKNOWN
    parts: tuple[Part, ...] = UNKNOWN
    main: Part = UNKNOWN
    settings: dict[str, str] = UNKNOWN
    services: Annotated[dict[str, Part], about("x", absent={"size": 0, "colour": "red", "tags": []})] = (
        UNKNOWN
    )


VARIABLES = {"t": cel_type(Thing)}
_WORDS = ("", "a", "b", "ab", "red", "green", "é")
_words = st.sampled_from(_WORDS)
_moments = st.integers(-3, 3).map(lambda days: EPOCH + timedelta(days=days))
_spans = st.integers(-3, 3).map(lambda days: timedelta(days=days))
_colours = st.sampled_from(("red", "green", "blue"))
_numbers = st.one_of(st.integers(-3, 5), st.sampled_from((2**63 - 1, -(2**63))))


def _list(items):
    return st.lists(items, max_size=3).map(tuple)


parts = st.builds(Part, locus=_words, size=_numbers, colour=_colours, tags=_list(_words), made=_moments)
things = st.builds(
    Thing,
    name=_words,
    count=_numbers,
    limit=st.integers(0, 3),
    share=st.sampled_from((0.0, 0.5, 2.0, -1.5, float("nan"), float("inf"))),
    on=st.booleans(),
    seen=_moments,
    age=_spans,
    colours=_list(_colours),
    numbers=_list(_numbers),
    parts=_list(parts),
    main=parts,
    settings=st.dictionaries(_words, _words, max_size=3),
    services=st.dictionaries(_words, parts, max_size=2),
)


@st.composite
def with_holes(draw, thing):
    """The same thing with some of its facts taken away, and some of its lists cut short."""
    changes = {}
    for name in Thing.__struct_fields__:
        value = getattr(thing, name)
        what = draw(st.sampled_from(("keep", "keep", "keep", "hole", "deeper")))
        if what == "hole":
            changes[name] = UNKNOWN
        elif what == "deeper":
            changes[name] = draw(_deeper(value))
    return msgspec.structs.replace(thing, **changes)


@st.composite
def _deeper(draw, value):
    if isinstance(value, Part):
        return draw(_holed_part(value))
    if isinstance(value, dict) and all(isinstance(inner, Part) for inner in value.values()):
        return {key: draw(_holed_part(inner)) for key, inner in value.items()}
    if isinstance(value, tuple):
        inner = [draw(_holed_part(one)) if isinstance(one, Part) else one for one in tuple.__iter__(value)]
        if draw(st.booleans()):
            return PartialList(inner[: draw(st.integers(0, len(inner)))])
        return type(value)(inner)
    return value


@st.composite
def _holed_part(draw, part):
    names = draw(st.sets(st.sampled_from(Part.__struct_fields__), max_size=3))
    return msgspec.structs.replace(part, **dict.fromkeys(names, UNKNOWN))


class _Maker:
    """Makes the text of an expression of a wanted type."""

    def __init__(self, draw):
        self.draw = draw
        self.count = 0
        self.locals = {}

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def leaf(self, kind):
        fields = {
            "int": [
                "t.count",
                "t.limit",
                "t.main.size",
                "t.services['a'].size",
                "t.parts[0].size",
                "t.numbers[t.limit]",
            ],
            "string": [
                "t.name",
                "t.main.locus",
                "t.main.colour",
                "t.settings['a']",
                "t.settings[?'b'].orValue('x')",
            ],
            "bool": [
                "t.on",
                "has(t.settings.a)",
                "has(t.main.made)",
                "('a' in t.settings)",
                "(t.name in t.services)",
            ],
            "double": ["t.share"],
            "timestamp": ["t.seen", "t.main.made", "t.parts[0].made"],
            "duration": ["t.age"],
            "ints": ["t.numbers", "[1, 2, t.count]"],
            "strings": ["t.main.tags", "t.colours", "t.parts[1].tags", "[t.name, 'a']"],
            "parts": ["t.parts"],
        }[kind]
        constants = {
            "int": ["0", "1", "-2", "9223372036854775807"],
            "string": ["'a'", "''", "'red'", "'é'"],
            "bool": ["true", "false"],
            "double": ["0.0", "1.5"],
            "timestamp": ["timestamp('2026-01-02T00:00:00Z')"],
            "duration": ["duration('24h')"],
            "ints": ["[0, 1, 2, 3, 4]"],
            "strings": ["['a', 'red', 'b', 'green']", "['a']"],
        }.get(kind, fields)
        names = [name for name, of in self.locals.items() if of == kind]
        names += [
            f"{name}.{field}" for name, of in self.locals.items() if of == "parts.item" for field in _of(kind)
        ]
        return self.pick(*fields, *constants, *names, *names)

    def make(self, kind, depth):
        if depth <= 0:
            return self.leaf(kind)
        forms = getattr(self, f"{kind}_forms", lambda _depth: [])(depth - 1)
        form = self.pick(None, *forms)
        return form() if form else self.leaf(kind)

    def two(self, kind, signs, depth):
        return f"({self.make(kind, depth)} {self.pick(*signs)} {self.make(kind, depth)})"

    def method(self, name, depth):
        return f"{self.make('string', depth)}.{name}({self.make('string', depth)})"

    def choice(self, kind, depth):
        return f"({self.make('bool', depth)} ? {self.make(kind, depth)} : {self.make(kind, depth)})"

    def fold(self, kind, item, form, depth):
        if len(self.locals) > 1:
            return self.leaf("bool")
        name = f"x{len(self.locals)}"
        over = self.make(kind, depth)
        self.locals[name] = item
        text = f"{over}.{form}({name}, {self.make('bool', depth)})"
        del self.locals[name]
        return text

    def bool_forms(self, depth):
        order = ("<", "<=", ">", ">=", "==", "!=")
        loops = [("ints", "int"), ("strings", "string"), ("parts", "parts.item")]
        return [
            lambda: self.two("bool", ("&&", "||", "==", "!="), depth),
            lambda: self.two("bool", ("&&", "||"), depth),
            lambda: f"!({self.make('bool', depth)})",
            lambda: self.choice("bool", depth),
            lambda: self.two("int", order, depth),
            lambda: self.two("string", order, depth),
            lambda: self.two("double", order, depth),
            lambda: f"({self.make('int', depth)} {self.pick('<', '>=')} {self.make('double', depth)})",
            lambda: self.two("timestamp", order, depth),
            lambda: self.two("duration", order, depth),
            lambda: self.two("ints", ("==", "!="), depth),
            lambda: self.two("strings", ("==", "!="), depth),
            lambda: f"({self.make('int', depth)} in {self.make('ints', depth)})",
            lambda: f"({self.make('string', depth)} in {self.make('strings', depth)})",
            lambda: self.method(self.pick("startsWith", "endsWith", "contains"), depth),
            lambda: f"{self.make('string', depth)}.matches('{self.pick('a+', '^r', '')}')",
            lambda: self.fold(*self.pick(*loops), self.pick("all", "exists", "exists_one"), depth),
            lambda: self.fold(*self.pick(*loops), self.pick("all", "exists", "exists_one"), depth),
            lambda: f"t.settings.{self.pick('all', 'exists')}(k, v, k == v || {self.make('bool', depth)})",
        ]

    def int_forms(self, depth):
        return [
            lambda: self.two("int", ("+", "-", "*", "/", "%"), depth),
            lambda: f"size({self.make(self.pick('ints', 'strings', 'string', 'parts'), depth)})",
            lambda: self.choice("int", depth),
            lambda: f"{self.make('timestamp', depth)}.getDayOfYear()",
            lambda: f"{self.make('ints', depth)}[{self.make('int', depth)}]",
            lambda: (
                f"{self.fold('parts', 'parts.item', 'filter', depth)}[0].size" if not self.locals else "1"
            ),
            lambda: f"-({self.make('int', depth)})",
        ]

    def string_forms(self, depth):
        return [
            lambda: self.choice("string", depth),
            lambda: f"({self.make('string', depth)} + {self.make('string', depth)})",
            lambda: f"string({self.make(self.pick('int', 'bool', 'timestamp'), depth)})",
            lambda: f"{self.make('strings', depth)}[{self.make('int', depth)}]",
        ]

    def timestamp_forms(self, depth):
        return [
            lambda: f"({self.make('timestamp', depth)} {self.pick('+', '-')} {self.make('duration', depth)})",
            lambda: self.choice("timestamp", depth),
        ]

    def duration_forms(self, depth):
        return [
            lambda: f"({self.make('timestamp', depth)} - {self.make('timestamp', depth)})",
            lambda: self.two("duration", ("+", "-"), depth),
        ]

    def double_forms(self, depth):
        return [lambda: self.two("double", ("+", "-", "*", "/"), depth), lambda: self.choice("double", depth)]

    def ints_forms(self, depth):
        if len(self.locals) > 1:
            return []
        return [
            lambda: self.fold("ints", "int", "filter", depth),
            lambda: f"({self.make('ints', depth)} + {self.make('ints', depth)})",
            lambda: f"t.parts.map(p, p.size + {self.make('int', depth)})",
        ]

    def strings_forms(self, depth):
        return [lambda: self.fold("strings", "string", "filter", depth)] if len(self.locals) < 2 else []


def _of(kind):
    return {"int": ["size"], "string": ["locus", "colour"], "timestamp": ["made"], "strings": ["tags"]}.get(
        kind, []
    )


@st.composite
def conditions(draw, depth=3):
    """The text of an expression of type bool over `t`."""
    return _Maker(draw).make("bool", depth)


def understood(text):
    """The expression, checked."""
    checked = check(parse(text), VARIABLES)
    assert [fault.text for fault in checked.faults] == [], text
    return checked
