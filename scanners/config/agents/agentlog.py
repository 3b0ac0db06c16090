"""Where an agent logs to, by its settings in the words of clamd.conf(5)."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from scanners.facts import Reason
from scanners.kit.agents import Product
from scanners.kit.collector import Missing, dumps

_YES = ("yes", "true", "1")


def log_file(text: str, product: Product) -> str:
    """The first file that its settings name (LogFile); empty where they name none; raises `Missing`."""
    named = (settings.get("logfile", "") for settings in _settings(text, product))
    return next((path for path in named if path), "")


def log_system(text: str, product: Product) -> bool:
    """Whether all of its instances log to the system log (LogSyslog); raises `Missing`."""
    return all(settings.get("logsyslog", "no").lower() in _YES for settings in _settings(text, product))


def _settings(text: str, product: Product) -> list[dict[str, str]]:
    found = list(_files(text, product))
    if not found:
        raise Missing(Reason.NOT_COLLECTED, f"{product.settings[0]} is not there")
    return found


def _files(text: str, product: Product) -> Iterator[dict[str, str]]:
    """What each settings file says, by keyword in lower case."""
    for dump in dumps(text):
        if not any(fnmatchcase(dump.path, pattern) for pattern in product.settings):
            continue
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        pairs = (line.partition("\t") for line in dump.lines)
        yield {key.lower(): value.strip('"') for key, _, value in pairs}
