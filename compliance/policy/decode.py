"""Decode positioned YAML into declared types; what does not fit is a problem with its place."""

import re
from typing import TypeVar

import msgspec

from compliance.policy.words import did_you_mean
from compliance.policy.yaml_source import BadYaml, Problem, Steps, YamlFile

T = TypeVar("T")

_AT = re.compile(r"(?P<text>.*?)(?: - at `(?P<path>[^`]*)`)?\Z", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|(\[\.\.\.\])|(key in )")
_FIELD = re.compile(r"(?:unknown|required) field `([^`]*)`")


def decode(file: YamlFile, wanted: type[T], at: Steps = ()) -> T:
    """The value at a path as the wanted type; raises `BadYaml` at the value that does not fit."""
    data = file.node(at).data()
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        raise BadYaml(_problem(file, wanted, at, str(error))) from error


def _problem(file: YamlFile, wanted: type, at: Steps, message: str) -> Problem:
    match = _AT.match(message)
    text, path = (match["text"], match["path"] or "") if match else (message, "")
    steps = at + _steps(path)
    field = _FIELD.search(text)
    if field is None:
        return file.problem(steps, _plain(text))
    if "unknown" in text:
        names = _fields(wanted) if steps == at else ()
        hint = did_you_mean(field[1], names)
        return file.problem((*steps, field[1]), f"there is no field {field[1]!r}{hint}", on_key=True)
    return file.problem(steps, f"the field {field[1]!r} is missing")


def _steps(path: str) -> Steps:
    """The steps of msgspec's `$.rules[3].port`, as far as it names them."""
    steps: list[str | int] = []
    for match in _STEP.finditer(path):
        if match[1]:
            steps.append(match[1])
        elif match[2]:
            steps.append(int(match[2]))
        else:
            break
    return tuple(steps)


def _fields(wanted: type) -> tuple[str, ...]:
    return tuple(getattr(wanted, "__struct_encode_fields__", ()))


_WORDS = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a map",
    "float": "a number",
    "null": "nothing",
}


def _plain(text: str) -> str:
    """The sentence of msgspec in the words of a YAML author."""
    match = re.match(r"Expected `([^`]*)`, got `([^`]*)`\Z", text)
    if match is None:
        return text[:1].lower() + text[1:].replace("`", "'")
    expected = " or ".join(_WORDS.get(word, word) for word in match[1].split(" | "))
    return f"expected {expected}, found {_WORDS.get(match[2], match[2])}"
