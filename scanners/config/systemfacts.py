"""How the system is set up below its services: logs on their way, modules, start, disks, loose files."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, about

Transport = Literal["udp", "tcp", "relp", "https"]


class LogForward(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place that the system log is sent to, as configured."""

    locus: Annotated[str, about("log-forward/HOST/NUMBER")]
    host: Annotated[str, about("Where to.")]
    transport: Annotated[Transport, about("How.")]
    encrypted: Annotated[bool, about("By TLS.")]
    queued: Annotated[bool, about("What cannot be sent waits on disk.")] = UNKNOWN


class Rotation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long logrotate(8) keeps some log files."""

    locus: Annotated[str, about("rotation/FILE/NUMBER")]
    paths: Annotated[tuple[str, ...], about("Patterns of the log files.", max_items=200)]
    security: Annotated[bool, about("A log of logins or of the system is among them.")]
    days: Annotated[int, about("Days after which the oldest is deleted, at the least.")] = UNKNOWN
