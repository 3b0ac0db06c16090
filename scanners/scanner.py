"""What a scanner is: a `Target` and `Means` in, `Facts` out, or a `ScanError` that says why not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from scanners.facts import Facts, Reason

if TYPE_CHECKING:
    from scanners.kit.budget import Budget
    from scanners.kit.knock import Knocker
    from scanners.kit.shell import Shell


class Pace(StrEnum):
    """How gently a host is met: a payment terminal one connection at a time, a server many."""

    GENTLE = "gentle"
    NORMAL = "normal"
    BRISK = "brisk"


class Need(StrEnum):
    """What a scanner must be given before it can look."""

    NETWORK = "network"
    SHELL = "shell"
    OTHERS = "others"
    """It looks from the host at others, so it is sent only where somebody asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to look: an address that was parsed before it came here, never a word that somebody typed."""

    address: str
    """A literal IP address, or `localhost` for this machine."""
    name: str = ""
    """The DNS name it is known by, for server name indication and certificate names; empty if none."""
    ports: tuple[int, ...] | None = None
    """The TCP ports to look at, as asked for; None leaves the choice to the scanner."""
    open_ports: tuple[int, ...] | None = None
    """The TCP ports that an earlier scanner of this scan saw open; None if nobody looked."""
    login: str = ""
    """The name of the account to log in with; never a secret."""

    @property
    def is_here(self) -> bool:
        """Whether the target is this very machine, looked at without a network login."""
        return self.address == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A host that somebody tries to reach from another one: an address that was declared, never a guess."""

    name: str
    address: str
    """A literal IP address, or a DNS name that the vantage point looks up itself."""
    ports: tuple[int, ...]
    """The TCP ports to try, those first that matter most."""
    zone: str = ""
    zone_class: str = ""
    role: str = ""
    site: str = ""
    declared_ports: frozenset[int] | None = None
    """Ports that a declared flow allows from the vantage point; None if nobody declared flows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be tried from one host: where it stands, whom it knocks at, and what is left out."""

    host: str = ""
    zone: str = ""
    zone_class: str = ""
    is_wireless: bool | None = None
    destinations: tuple[Destination, ...] = ()
    outside: tuple[Destination, ...] | None = None
    """Addresses outside the estate that were declared as probes; None if there are none."""
    untried: tuple[str, ...] = ()
    """What the plan leaves out, and why, in words; whoever stands there was not tried."""
    why_nothing: str = ""
    """Why there is nobody to knock at, where there is nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A declared folder of images or records; `days` is None where nobody declared a retention."""

    path: str
    purpose: str
    days: int | None = None


def _no_errand() -> Errand:
    """Give the errand of a host that nobody planned one for."""
    return Errand(why_nothing="the host is not in the inventory, so nothing says whom to try from it")


def _nothing(_scanner: str) -> Facts | None:
    """Remember nothing."""
    return None


def _silent(_stage: str, _share: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a scanner may use, and how long it may take. Scanners have no other access to settings."""

    timeout: float = 5.0
    """Seconds that one blocking call may take."""
    deadline: float = 300.0
    """Seconds that the whole look at one host may take."""
    pace: Pace = Pace.NORMAL
    shell: "Shell | None" = None
    """A way to run one script on the host; None where no login was given."""
    knocker: "Knocker | None" = None
    """A way to connect from the host to others; None where no login was given."""
    errand: Callable[[], Errand] = _no_errand
    """Plans what is to be tried from the host; asked only by a scanner that looks at others."""
    spared_ports: frozenset[int] = frozenset()
    """TCP ports that no scanner connects to, because a device behind them may fall over; the port that
    a login goes to is not among them."""
    host_rate: float = 500.0
    """New connections a second that a host of normal pace may be asked for; a gentle one fewer."""
    budget: "Budget | None" = None
    """The connections a second of all hosts looked at side by side; None sets no bound."""
    folders: tuple[Folder, ...] = ()
    """Folders of this host that were declared to hold what must go after a time."""
    resolvers: tuple[str, ...] = ()
    """DNS resolvers to ask, as 192.0.2.53 or 127.0.0.1:5353 or [::1]:53; empty means this system's."""
    earlier: Callable[[str], Facts | None] = _nothing
    """Gives the facts that a scanner last saw of this host, by its name; None if none are kept."""
    progress: Callable[[str, float], None] = _silent
    """Told the stage's name and the share done, 0 to 1."""


class Scanner(Protocol):
    """One way of looking at a host; stateless, found by the name `SCANNER` in its module."""

    name: str
    facts: type[Facts]
    need: Need

    def scan(self, target: Target, means: Means) -> Facts:
        """What was seen, with gaps for what was not; raises `ScanError` if nothing could be seen."""
        ...


class ScanError(Exception):
    """The host could not be looked at; the message says what happened, in one line."""

    reason = Reason.CRASHED


class Unreachable(ScanError):
    """Nothing answered at the address, or it refused."""

    reason = Reason.UNREACHABLE


class TimedOut(ScanError):
    """Something answered, but not in time."""

    reason = Reason.TIMED_OUT


class NoLogin(ScanError):
    """The facts need a login and none was given."""

    reason = Reason.NO_LOGIN


class LoginRefused(ScanError):
    """The host refused the login."""

    reason = Reason.REFUSED_LOGIN


class HostKeyRefused(ScanError):
    """The host showed a key that is not the pinned one, or none is pinned."""

    reason = Reason.HOST_KEY


class ToolMissing(ScanError):
    """A program that the scanner needs is not there."""

    reason = Reason.TOOL_MISSING


class Garbled(ScanError):
    """What came back could not be understood."""

    reason = Reason.GARBLED
