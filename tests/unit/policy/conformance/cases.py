"""The tests of the CEL specification, as this engine runs them."""

import math
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance.policy.cel import types
from compliance.policy.cel.check import check
from compliance.policy.cel.fast import fast
from compliance.policy.cel.interpret import Interpreter
from compliance.policy.cel.kleene import put
from compliance.policy.cel.parse import parse
from compliance.policy.cel.scope import root
from compliance.policy.cel.syntax import BadExpression, UInt
from compliance.policy.cel.values import Failed, equals, kind
from tests.unit.policy.conformance.textproto import read

ROOT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("COMPLIANCE_TEST_DATA", ROOT.parent / "shared" / "data")) / "cel-conformance"


class Unsupported(Exception):
    """A test needs something that is not of this language."""


@dataclass(frozen=True)
class Case:
    file: str
    section: str
    name: str
    fields: dict

    @property
    def id(self):
        return f"{self.file}/{self.section}/{self.name}"

    @property
    def expr(self):
        return self.fields["expr"][0].decode()

    def text(self, name):
        found = self.fields.get(name, [b""])[0]
        return found.decode() if isinstance(found, bytes) else found


def all_cases():
    found = {}
    for path in sorted(FOLDER.glob("*.textproto")):
        for section in read(path).get("section", []):
            for fields in section.get("test", []):
                case = Case(path.stem, section["name"][0].decode(), fields["name"][0].decode(), fields)
                while case.id in found:
                    case = replace(case, name=case.name + "+")
                found[case.id] = case
    return list(found.values())


def outcome(case, run):
    """The empty text if the engine does what the test wants, else what it did."""
    try:
        variables, values, wanted = declared(case), bindings(case), expected(case)
        checked = understood(case, {**dict.fromkeys(values, types.DYN), **variables})
    except Unsupported as error:
        return f"unsupported: {error}"
    except Refused as error:
        return "" if wanted is Failed else str(error)
    if case.text("check_only") == "true":
        return ""
    found = run(checked, values)
    if isinstance(found, Failed):
        return "" if wanted is Failed else f"fails: {found.text}"
    if wanted is Failed:
        return f"gives {found!r}, not an error"
    return "" if kind(found) == kind(wanted) and same(found, wanted) else f"gives {found!r}, not {wanted!r}"


class Refused(Exception):
    """An expression does not load."""


def understood(case, variables):
    try:
        tree = parse(case.expr)
    except BadExpression as error:
        raise Refused(f"does not parse: {error.at} {error.text}") from error
    checked = check(tree, variables, container=case.text("container"), has_dyn=True)
    if checked.faults and case.text("disable_check") != "true":
        raise Refused(f"does not check: {checked.faults[0].text}")
    wanted = deduced(case)
    if wanted is not None and checked.type != wanted:
        raise Refused(f"has type {checked.type}, not {wanted}")
    return checked


def bindings(case):
    return {entry["key"][0].decode(): bound(entry["value"][0]) for entry in case.fields.get("bindings", [])}


def same(one, two):
    if isinstance(one, float) and isinstance(two, float) and math.isnan(one):
        return math.isnan(two)
    return equals(one, two)


EXCLUDED = Path(__file__).parent / "excluded.txt"


def excluded():
    """The tests that are not run, each with its reason: a line `# reason`, below it `file/section/name`."""
    found, reason = {}, ""
    for line in EXCLUDED.read_text().splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            found[line] = reason
    return found


def interpreted(checked, values):
    return Interpreter(checked).run(root(values))


def expected(case):
    if "eval_error" in case.fields or "any_eval_errors" in case.fields:
        return Failed
    if "unknown" in case.fields or "any_unknowns" in case.fields:
        raise Unsupported("unknowns")
    if "typed_result" in case.fields:
        result = case.fields["typed_result"][0].get("result")
        return value(result[0]) if result else True
    return value(case.fields["value"][0]) if "value" in case.fields else True


def deduced(case):
    if "typed_result" not in case.fields:
        return None
    found = case.fields["typed_result"][0].get("deduced_type")
    return type_of(found[0]) if found else None


def bound(message):
    if "value" not in message:
        raise Unsupported("a binding that is no value")
    return value(message["value"][0])


def value(message):
    ((name, (content, *_)),) = message.items()
    if name not in _VALUES:
        raise Unsupported(name)
    return _VALUES[name](content)


def map_value(content):
    found = {}
    for entry in content.get("entries", []):
        put(found, value(entry["key"][0]), value(entry["value"][0]))
    return found


def message_value(content):
    ((name, (inner, *_)),) = content.items()
    seconds = int(inner.get("seconds", ["0"])[0]) if isinstance(inner, dict) else 0
    nanos = int(inner.get("nanos", ["0"])[0]) if isinstance(inner, dict) else 0
    span = timedelta(seconds=seconds, microseconds=nanos // 1000)
    if name.endswith("google.protobuf.Timestamp]"):
        return datetime(1970, 1, 1, tzinfo=UTC) + span
    if name.endswith("google.protobuf.Duration]"):
        return span
    raise Unsupported(f"message {name}")


_VALUES = {
    "null_value": lambda _content: None,
    "bool_value": lambda content: content == "true",
    "int64_value": lambda content: int(content, 0),
    "uint64_value": lambda content: UInt(int(content, 0)),
    "double_value": float,
    "string_value": lambda content: content.decode(),
    "bytes_value": lambda content: content,
    "type_value": lambda content: types.Type(content.decode()),
    "list_value": lambda content: tuple(value(item) for item in content.get("values", [])),
    "map_value": map_value,
    "object_value": message_value,
}


_PRIMITIVES = {
    "BOOL": types.BOOL,
    "INT64": types.INT,
    "UINT64": types.UINT,
    "DOUBLE": types.DOUBLE,
    "STRING": types.STRING,
    "BYTES": types.BYTES,
}


def declared(case):
    found = {}
    for entry in case.fields.get("type_env", []):
        if "ident" not in entry:
            raise Unsupported("declared functions")
        found[entry["name"][0].decode()] = type_of(entry["ident"][0]["type"][0])
    return found


def type_of(message):
    ((name, (content, *_)),) = message.items()
    if name not in _TYPES:
        raise Unsupported(f"type {name}")
    return _TYPES[name](content)


def well_known(content):
    if content not in {"TIMESTAMP", "DURATION"}:
        raise Unsupported(f"type {content}")
    return types.TIMESTAMP if content == "TIMESTAMP" else types.DURATION


def abstract(content):
    return types.Type(content["name"][0].decode(), tuple(map(type_of, content.get("parameter_types", []))))


def map_type(content):
    return types.map_of(type_of(content["key_type"][0]), type_of(content["value_type"][0]))


_TYPES = {
    "primitive": lambda content: _PRIMITIVES[content],
    "null": lambda _content: types.NULL,
    "dyn": lambda _content: types.DYN,
    "well_known": well_known,
    "list_type": lambda content: types.list_of(type_of(content["elem_type"][0])),
    "map_type": map_type,
    "message_type": lambda content: well_known(content.decode().rpartition(".")[2].upper()),
    "abstract_type": abstract,
    "type": lambda content: types.type_of(type_of(content) if content else types.DYN),
}


def compiled(checked, values):
    return fast(checked, values)[0]
