"""Examine this installation: what it can do, what it cannot, and what to type about it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from compliance.actions.service import Policies
from compliance.model.errors import ComplianceError

PACKAGES = ("compliance", "scanners", "policies", "report_templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    what: str
    fine: bool
    told: str


def examine(open_store: Callable[[], object], load: Callable[[], Policies]) -> tuple[Check, ...]:
    """Everything that a scan and its report need, each tried."""
    return (
        _python(),
        _one_home(),
        _nmap(),
        _pdf(),
        _font("Liberation Sans", "fonts-liberation2"),
        _font("DejaVu Sans Mono", "fonts-dejavu-core"),
        _policies(load),
        _database(open_store),
        _rights(),
    )


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(what="Python", fine=sys.version_info >= (3, 11), told=f"{version}; 3.11 or newer is needed")


def _one_home() -> Check:
    """All four packages from one folder: otherwise a stray `policies` would judge."""
    homes = {Path(str(import_module(name).__file__)).parent.parent for name in PACKAGES}
    told = (
        "all four packages come from one place"
        if len(homes) == 1
        else f"packages come from {sorted(map(str, homes))}"
    )
    return Check(what="installation", fine=len(homes) == 1, told=told)


def _nmap() -> Check:
    path = shutil.which("nmap")
    if path is None:
        return Check(
            what="nmap",
            fine=False,
            told="without it rare services on open ports stay unnamed; type: apt-get install nmap",
        )
    return Check(what="nmap", fine=True, told=_first_line(path, "--version"))


def _pdf() -> Check:
    try:
        weasyprint = import_module("weasyprint")
    except OSError as error:
        needed = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        return Check(what="PDF", fine=False, told=f"Pango is missing ({error}); type: {needed}")
    return Check(what="PDF", fine=True, told=f"WeasyPrint {weasyprint.__version__} with Pango")


def _font(family: str, package: str) -> Check:
    program = shutil.which("fc-match")
    found = _first_line(program, "--format=%{family}", family) if program else ""
    fine = family in found
    return Check(
        what=family, fine=fine, told="is there" if fine else f"is missing; type: apt-get install {package}"
    )


def _policies(load: Callable[[], Policies]) -> Check:
    try:
        policies = load()
    except ComplianceError as error:
        return Check(what="rules", fine=False, told=error.message)
    frameworks = ", ".join(f"{each.title} ({len(each.controls)} controls)" for each in policies.frameworks)
    return Check(what="rules", fine=True, told=f"{len(policies.book)} rules; {frameworks}")


def _database(open_store: Callable[[], object]) -> Check:
    try:
        open_store()
    except ComplianceError as error:
        return Check(what="database", fine=False, told=f"{error.message}; {error.hint}")
    return Check(what="database", fine=True, told="opens, and its tables are up to date")


def _rights() -> Check:
    """Not an error: without root this machine is seen less, and every gap is printed."""
    if os.geteuid() == 0:
        return Check(what="rights", fine=True, told="root: this machine can be seen whole")
    return Check(
        what="rights",
        fine=True,
        told="not root: of this machine some facts cannot be seen, and will be named",
    )


def _first_line(program: str, *words: str) -> str:
    ran = subprocess.run([program, *words], capture_output=True, timeout=20, check=False)  # noqa: S603 (own words)
    return ran.stdout.decode("utf-8", "replace").splitlines()[0] if ran.stdout else "does not answer"
