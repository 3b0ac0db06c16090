"""The scanners that there are: every module or package directly in `scanners` that has a `SCANNER`."""

import pkgutil
from functools import cache
from importlib import import_module

import scanners
from scanners import Scanner


@cache
def discover() -> dict[str, Scanner]:
    """Scanners by their own name, in alphabetical order; modules are imported when this is first called."""
    found: dict[str, Scanner] = {}
    for module in pkgutil.iter_modules(scanners.__path__):
        if module.name in ("kit", "facts"):
            continue
        scanner = getattr(import_module(f"scanners.{module.name}"), "SCANNER", None)
        if scanner is not None:
            found[scanner.name] = scanner
    return dict(sorted(found.items()))
