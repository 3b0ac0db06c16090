"""Reads protocol buffers' text format, as far as the CEL specification's test files use it."""

import ast
import re
from pathlib import Path

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<sign>[{}:;,<>\[\]])|(?P<word>[^\s{}:;,<>\[\]"'\#]+)"""
)
Message = dict[str, list]


def read(path: Path) -> Message:
    """The message in a file: the values of each field, in their order."""
    text = path.read_text(encoding="utf-8")
    tokens = [(m.lastgroup, m[0]) for m in _TOKEN.finditer(text) if m.lastgroup]
    message, _ = _message(tokens, 0, "")
    return message


def _message(tokens, at, closing):
    fields: Message = {}
    while at < len(tokens):
        kind, text = tokens[at]
        if text == closing and kind == "sign":
            return fields, at + 1
        if text in {",", ";"}:
            at += 1
            continue
        name, at = _name(tokens, at)
        if tokens[at] == ("sign", ":"):
            at += 1
        values, at = _values(tokens, at)
        fields.setdefault(name, []).extend(values)
    return fields, at


def _name(tokens, at):
    if tokens[at] != ("sign", "["):
        return tokens[at][1], at + 1
    end = at
    while tokens[end] != ("sign", "]"):
        end += 1
    return "[" + "".join(text for _, text in tokens[at + 1 : end]) + "]", end + 1


def _values(tokens, at):
    kind, text = tokens[at]
    if (kind, text) == ("sign", "["):
        found, at = [], at + 1
        while tokens[at] != ("sign", "]"):
            if tokens[at] == ("sign", ","):
                at += 1
                continue
            values, at = _values(tokens, at)
            found += values
        return found, at + 1
    if (kind, text) in {("sign", "{"), ("sign", "<")}:
        message, at = _message(tokens, at + 1, "}" if text == "{" else ">")
        return [message], at
    if kind == "string":
        raw = b""
        while at < len(tokens) and tokens[at][0] == "string":
            raw += _bytes(tokens[at][1])
            at += 1
        return [raw], at
    return [text], at + 1


def _bytes(text):
    """A quoted text as bytes: octal and hexadecimal escapes are bytes, everything else is UTF-8."""
    found, at = b"", 1
    escape = re.compile(
        r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|(.))", re.DOTALL
    )
    while at < len(text) - 1:
        match = escape.match(text, at)
        if match is None:
            found += text[at].encode()
            at += 1
            continue
        octal, hexadecimal, point, letter = match.groups()
        if octal or hexadecimal:
            found += bytes([int(octal, 8) if octal else int(hexadecimal, 16)])
        elif point:
            found += chr(int(point[1:], 16)).encode()
        else:
            found += ast.literal_eval(f"'\\{letter}'").encode() if letter in "abfnrtv" else letter.encode()
        at = match.end()
    return found
