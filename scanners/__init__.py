"""Ask a host, return facts: what a scanner is. Nothing in this package imports anything of ours.

A scanner takes a `Target` and `Means`, and gives `Facts` or raises a `ScanError` that says why it could not.
It says what it saw; whether that is good, only a rule may say.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanners.facts import UNKNOWN as UNKNOWN
    from scanners.facts import Facts as Facts
    from scanners.facts import Gap as Gap
    from scanners.facts import PartialList as PartialList
    from scanners.facts import Reason as Reason
    from scanners.facts import Unknown as Unknown
    from scanners.facts import UnknownFact as UnknownFact
    from scanners.scanner import Destination as Destination
    from scanners.scanner import Errand as Errand
    from scanners.scanner import Folder as Folder
    from scanners.scanner import Garbled as Garbled
    from scanners.scanner import HostKeyRefused as HostKeyRefused
    from scanners.scanner import LoginRefused as LoginRefused
    from scanners.scanner import Means as Means
    from scanners.scanner import Need as Need
    from scanners.scanner import NoLogin as NoLogin
    from scanners.scanner import Pace as Pace
    from scanners.scanner import ScanError as ScanError
    from scanners.scanner import Scanner as Scanner
    from scanners.scanner import Target as Target
    from scanners.scanner import TimedOut as TimedOut
    from scanners.scanner import ToolMissing as ToolMissing
    from scanners.scanner import Unreachable as Unreachable

_HOMES = dict.fromkeys(
    ("UNKNOWN", "Facts", "Gap", "PartialList", "Reason", "Unknown", "UnknownFact"), "scanners.facts"
) | dict.fromkeys(
    (
        *("Destination", "Errand", "Folder"),
        *("Means", "Need", "Pace", "ScanError", "Scanner", "Target", "Garbled", "HostKeyRefused"),
        *("LoginRefused", "NoLogin", "TimedOut", "ToolMissing", "Unreachable"),
    ),
    "scanners.scanner",
)


def __getattr__(name: str) -> object:
    """What a scanner is, and what facts are, once it is asked for.

    Every program that runs one scanner imports this package; `python -m scanners.tls` is done before the
    libraries behind these names would be loaded (30 of 75 ms).
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found
