"""What names stand for while an expression runs, and where on a host their values stand."""

from collections.abc import Callable, Mapping
from typing import Any

from compliance.policy.cel.values import Missing, adapted
from scanners import UNKNOWN


class Later:
    """A named sub-expression: worked out when it is first asked for, and then kept."""

    __slots__ = ("_kept", "_run", "_trail")

    def __init__(self, run: Callable[[], Any], trail: Callable[[], str]) -> None:
        self._run = run
        self._trail = trail
        self._kept: list[Any] = []

    def value(self) -> Any:
        """The value, worked out once."""
        if not self._kept:
            self._kept.append(self._run())
        return self._kept[0]

    def trail(self) -> str:
        """The fact's path, if the sub-expression is one."""
        return self._trail()


class Scope:
    """One name and its value, in front of those further out."""

    __slots__ = ("is_local", "label", "name", "outer", "value")

    def __init__(
        self,
        name: str,
        value: Any,
        label: Callable[[], str],
        outer: "Scope | None",
        *,
        is_local: bool = False,
    ) -> None:
        self.name = name
        self.value = value
        self.label = label
        """Gives the path of the fact that the value is."""
        self.outer = outer
        self.is_local = is_local
        """It was made by a loop or a binding inside the expression."""

    def find(self, name: str) -> "Scope | None":
        """The nearest scope of that name."""
        scope: Scope | None = self
        while scope is not None and scope.name != name:
            scope = scope.outer
        return scope

    def declared(self, name: str) -> "Scope | None":
        """The scope of that name that was there before the expression began."""
        scope: Scope | None = self
        while scope is not None and (scope.name != name or scope.is_local):
            scope = scope.outer
        return scope


def root(values: Mapping[str, Any]) -> Scope:
    """The outermost names, each its own path."""
    scope = Scope("", None, str, None)
    for name, value in values.items():
        label = value.trail if isinstance(value, Later) else _said(name)
        scope = Scope(name, value, label, scope)
    return scope


def _said(name: str) -> Callable[[], str]:
    return lambda: name


def read(scope: Scope) -> Any:
    """The value of a scope's name; `Missing` with its path where it is not known."""
    value = scope.value.value() if isinstance(scope.value, Later) else scope.value
    if value is UNKNOWN:
        return Missing(frozenset({scope.label()}))
    return adapted(value)


def element_label(index: int, element: Any) -> str:
    """How an element of a list is named in a path: by its locus or its type's LABEL, else by its index."""
    name = getattr(type(element), "LABEL", "locus")
    locus = getattr(element, name, UNKNOWN) if element is not UNKNOWN else UNKNOWN
    return f"[{index}]" if locus is UNKNOWN else f"[{locus}]"
