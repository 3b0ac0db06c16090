"""Cut a CEL expression into tokens (cel-spec, langdef.md, "Syntax")."""

import re
from dataclasses import dataclass

from compliance.policy.cel.syntax import BadExpression, UInt

_TOKEN = re.compile(
    r"""
    (?P<space>(?:[ \t\r\n\f]|//[^\n]*)+)
  | (?P<string>(?P<prefix>[rRbB]{0,2})(?P<quote>'''|\"\"\"|'|\"))
  | (?P<float>(?:[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+(?:[eE][-+]?[0-9]+)?))
  | (?P<int>(?:0[xX][0-9a-fA-F]+|[0-9]+)[uU]?)
  | (?P<word>[_a-zA-Z][_a-zA-Z0-9]*)
  | (?P<quoted>`[A-Za-z0-9_.\-/ ]+`)
  | (?P<sign>&&|\|\||==|!=|<=|>=|\.\?|[-+*/%!<>?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)
_LETTERS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_LARGEST_INT = 2**63
_LARGEST_UINT = 2**64 - 1
_LAST_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind (`word`, `quoted`, `sign`, `literal`, `end`), its text, its value and its place."""

    kind: str
    text: str
    at: int
    value: int | float | str | bytes | None = None


def tokens(source: str) -> list[Token]:
    """The tokens of an expression, the last of kind `end`; raises `BadExpression`."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            hint = "; equality is written ==" if source[at] == "=" else ""
            raise BadExpression(f"unexpected character {source[at]!r}{hint}", at)
        end = match.end()
        if match["string"] is not None:
            token, end = _string(source, match, at)
            found.append(token)
        elif match["float"] is not None:
            found.append(Token("literal", match[0], at, float(match[0])))
        elif match["int"] is not None:
            found.append(Token("literal", match[0], at, _integer(match[0], at)))
        elif match["space"] is None:
            found.append(Token(str(match.lastgroup), match[0].strip("`"), at))
        at = end
    found.append(Token("end", "", len(source)))
    return found


def _integer(text: str, at: int) -> int:
    digits = text.rstrip("uU")
    value = int(digits, 16 if digits[:2] in {"0x", "0X"} else 10)
    if digits != text:
        if value > _LARGEST_UINT:
            raise BadExpression("the number does not fit 64 bits", at)
        return UInt(value)
    if value > _LARGEST_INT:
        raise BadExpression("the number does not fit 64 bits", at)
    return value


def _string(source: str, match: re.Match[str], at: int) -> tuple[Token, int]:
    prefix, quote = match["prefix"].lower(), match["quote"]
    is_raw, is_bytes = "r" in prefix, "b" in prefix
    start = match.end()
    end = _closing(source, quote, start, is_raw=is_raw)
    if end < 0:
        raise BadExpression("the text is not closed", at)
    body = source[start:end]
    raw: str | bytes = body.encode() if is_bytes else body
    value = raw if is_raw else _unescaped(body, start, is_bytes=is_bytes)
    return Token("literal", source[at : end + len(quote)], at, value), end + len(quote)


def _closing(source: str, quote: str, start: int, *, is_raw: bool) -> int:
    """Where the closing quote stands; -1 if there is none before the end, or the line's end."""
    position = start
    while position < len(source):
        if source.startswith(quote, position):
            return position
        letter = source[position]
        if letter in "\r\n" and len(quote) == 1:
            return -1
        position += 2 if letter == "\\" and not is_raw else 1
    return -1


def _unescaped(body: str, start: int, *, is_bytes: bool) -> str | bytes:
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        slash = body.find("\\", at)
        if slash < 0:
            slash = len(body)
        parts.append(body[at:slash].encode("utf-8", "surrogatepass"))
        if slash == len(body):
            break
        match = _ESCAPE.match(body, slash)
        if match is None:
            raise BadExpression("unknown escape", start + slash)
        parts.append(_escaped(match, start + slash, is_bytes=is_bytes))
        at = match.end()
    raw = b"".join(parts)
    return raw if is_bytes else raw.decode("utf-8", "surrogatepass")


def _escaped(match: re.Match[str], at: int, *, is_bytes: bool) -> bytes:
    letter, hexadecimal, octal, short, long = match.groups()
    if letter:
        return _LETTERS.get(letter, letter).encode()
    if is_bytes:
        if short or long:
            raise BadExpression("no \\u in bytes", at)
        return bytes([int(hexadecimal, 16) if hexadecimal else int(octal, 8)])
    point = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
    if point > _LAST_POINT or point in _SURROGATES:
        raise BadExpression("no such Unicode character", at)
    return chr(point).encode()
