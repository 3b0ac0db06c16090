"""The scanners, each told what the settings say for it: authorities, payment pages, folders."""

from collections.abc import Mapping
from typing import cast

from compliance.model.errors import BadSettings
from compliance.settings import DiscoverySettings, HttpSettings, Settings
from scanners import Scanner
from scanners.discovery import DiscoveryScanner
from scanners.discovery.plan import ROOTS, Folder, Plan
from scanners.http.scan import HttpScanner
from scanners.kit.authorised import Baseline, read_baseline
from scanners.kit.discover import discover
from scanners.tls.scan import TlsScanner


def chosen_scanners(settings: Settings) -> Mapping[str, Scanner]:
    """Every scanner, with what the settings tell of authorities, payment pages and folders."""
    # A frozen value is a Scanner whose attributes cannot be set, which the protocol does not say.
    return {
        **discover(),
        "tls": cast("Scanner", TlsScanner(own_roots=settings.tls.own_roots)),
        "discovery": cast("Scanner", DiscoveryScanner(plan=_plan(settings.discovery))),
        "http": cast(
            "Scanner",
            HttpScanner(payment_pages=settings.http.payment_pages, authorised=_authorised(settings.http)),
        ),
    }


def _authorised(http: HttpSettings) -> Baseline:
    """The scripts and headers that may stand on payment pages."""
    if http.authorised is None:
        return Baseline()
    try:
        return read_baseline(http.authorised.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(
            f"{http.authorised}: {error}", hint="docs/payment-pages.md shows how the file is written"
        ) from error


def _plan(told: DiscoverySettings) -> Plan:
    """How far a search goes; a folder without days of its own has those of its purpose."""
    days = {folder: told.retention.get(folder.purpose) for folder in told.folders if folder.days is None}
    return Plan(
        roots=told.roots or ROOTS,
        megabytes=told.megabytes,
        files=told.files,
        seconds=told.seconds,
        canary=told.canary,
        folders=tuple(
            Folder(path=each.path, purpose=each.purpose, days=days.get(each, each.days))
            for each in told.folders
        ),
    )
