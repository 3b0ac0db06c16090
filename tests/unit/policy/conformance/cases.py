"""The tests of the CEL specification, as this engine runs them."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance.policy.cel import types
from compliance.policy.cel.check import check
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
    found = []
    for path in sorted(FOLDER.glob("*.textproto")):
        for section in read(path).get("section", []):
            for fields in section.get("test", []):
                names = [part["name"][0].decode() for part in (section, fields)]
                found.append(Case(path.stem, *names, fields))
    return found


def outcome(case, run):
    """The empty text if the engine does what the test wants, else what it did."""
    try:
        variables = declared(case)
        values = {
            binding["key"][0].decode(): bound(binding["value"][0])
            for binding in case.fields.get("bindings", [])
        }
        wanted = expected(case)
    except Unsupported as error:
        return f"unsupported: {error}"
    is_unchecked = case.text("disable_check") == "true"
    for name in values:
        variables.setdefault(name, types.DYN)
    try:
        tree = parse(case.expr)
    except BadExpression as error:
        return "" if wanted is Failed else f"does not parse: {error.at} {error.text}"
    checked = check(tree, variables, container=case.text("container"), has_dyn=True)
    if checked.faults and not is_unchecked:
        return "" if wanted is Failed else f"does not check: {checked.faults[0].text}"
    wanted_type = deduced(case)
    if wanted_type is not None and checked.type != wanted_type:
        return f"has type {checked.type}, not {wanted_type}"
    if case.text("check_only") == "true":
        return ""
    found = run(checked, values)
    if wanted is Failed:
        return "" if isinstance(found, Failed) else f"gives {found!r}, not an error"
    if isinstance(found, Failed):
        return f"fails: {found.text}"
    return "" if kind(found) == kind(wanted) and same(found, wanted) else f"gives {found!r}, not {wanted!r}"


def same(one, two):
    if isinstance(one, float) and isinstance(two, float) and one != one:
        return two != two
    return equals(one, two)


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
    match name:
        case "null_value":
            return None
        case "bool_value":
            return content == "true"
        case "int64_value":
            return int(content, 0)
        case "uint64_value":
            return UInt(int(content, 0))
        case "double_value":
            return float(content)
        case "string_value":
            return content.decode()
        case "bytes_value":
            return content
        case "type_value":
            return types.Type(content.decode())
        case "list_value":
            return tuple(value(item) for item in content.get("values", []))
        case "map_value":
            found = {}
            for entry in content.get("entries", []):
                put(found, value(entry["key"][0]), value(entry["value"][0]))
            return found
        case "object_value":
            return message_value(content)
    raise Unsupported(name)


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


_PRIMITIVES = {
    "BOOL": types.BOOL, "INT64": types.INT, "UINT64": types.UINT, "DOUBLE": types.DOUBLE, "STRING": types.STRING,
    "BYTES": types.BYTES,
}  # fmt: skip


def declared(case):
    found = {}
    for entry in case.fields.get("type_env", []):
        if "ident" not in entry:
            raise Unsupported("declared functions")
        found[entry["name"][0].decode()] = type_of(entry["ident"][0]["type"][0])
    return found


def type_of(message):
    ((name, (content, *_)),) = message.items()
    match name:
        case "primitive":
            return _PRIMITIVES[content]
        case "null":
            return types.NULL
        case "dyn":
            return types.DYN
        case "well_known":
            return {"TIMESTAMP": types.TIMESTAMP, "DURATION": types.DURATION}.get(content) or _refuse(content)
        case "list_type":
            return types.list_of(type_of(content["elem_type"][0]))
        case "map_type":
            return types.map_of(type_of(content["key_type"][0]), type_of(content["value_type"][0]))
        case "abstract_type":
            parts = [type_of(part) for part in content.get("parameter_types", [])]
            return types.Type(content["name"][0].decode(), tuple(parts))
        case "type":
            return types.type_of(type_of(content) if content else types.DYN)
    return _refuse(name)


def _refuse(name):
    raise Unsupported(f"type {name}")
