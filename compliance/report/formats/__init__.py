"""Report formats: each module here that holds a `FORMAT` is one; nothing else needs to know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from compliance.report.content import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a report down."""

    name: str
    media_type: str
    suffix: str
    """With its dot, in lower case: `.html`."""
    render: Callable[[Content], bytes]
    """The report's bytes, the same for the same content; it imports what is heavy only when it is called."""


@cache
def formats() -> Mapping[str, Format]:
    """Every format by its suffix, in the order of the suffixes."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {form.suffix: form for form in sorted(found, key=lambda form: form.suffix)}
