"""How "not known" is said: why, by which value, by which list. It stands alone, so that it is there at once.

What is here needs no library: `scanners.facts` adds the fact types to it, and a listing of TLS does without.
"""

from __future__ import annotations

from enum import StrEnum

TYPE_CHECKING = False  # not typing's: that import is 3 ms of a program that runs for 30
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Never


class Reason(StrEnum):
    """Why something was not seen."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    NO_LOGIN = "no-login"
    REFUSED_LOGIN = "refused-login"
    HOST_KEY = "host-key"
    TOOL_MISSING = "tool-missing"
    NOT_PERMITTED = "not-permitted"
    UNSUPPORTED = "unsupported"
    INCONCLUSIVE = "inconclusive"
    PARTIAL = "partial"
    GARBLED = "garbled"
    CRASHED = "crashed"
    NOT_COLLECTED = "not-collected"


class UnknownFact(Exception):
    """A fact that was not collected was asked for its value."""


class Unknown:
    """The value of a fact that is not known: any use of it raises `UnknownFact`.

    There is one, `UNKNOWN`. It cannot be compared, counted, iterated, tested for truth or looked into,
    so code that forgets the case stops instead of taking it for a value.
    """

    __slots__ = ()

    def _refuse(self, *_: object) -> Never:
        raise UnknownFact

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __hash__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __int__ = __float__ = _refuse

    def __getattr__(self, name: str) -> Never:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnknownFact

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = Unknown()


class PartialList(tuple["Any", ...]):
    """A list that was cut short: it yields what it has and then raises `UnknownFact`.

    So `all` over it can still be false and `exists` still be true; everything else is unknown.
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        """Yield what was seen, then refuse."""
        yield from super().__iter__()
        raise UnknownFact

    def __contains__(self, item: object) -> bool:
        """Whether the item was seen; if it was not, it may stand in the part that was cut off."""
        if super().__contains__(item):
            return True
        raise UnknownFact

    def __len__(self) -> Never:
        """Refuse: how long the whole list is, nobody knows."""
        raise UnknownFact
