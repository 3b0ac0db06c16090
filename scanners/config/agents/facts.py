"""What guards, watches, backs up and runs by itself on a host: agents, jobs, containers, radio profiles."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.config.servers.facts import ServerFacts
from scanners.facts import UNKNOWN, about
from scanners.kit.agents import AgentKind

Security = Literal["open", "wep", "wpa-psk", "wpa-enterprise", "sae", "owe", "other"]


class Agent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One program that guards, watches, forwards logs or backs up, if there is a trace of it."""

    locus: Annotated[str, about("agent/KIND/NAME")]
    name: Annotated[str, about("Its name in the scanner's table.")]
    kind: Annotated[AgentKind, about("What it does: malware, edr, fim, ids, shipper, backup.")]
    installed: Annotated[bool, about("A package, unit or job of it is there.")] = UNKNOWN
    enabled: Annotated[bool, about("It starts with the system, or a job starts it.")] = UNKNOWN
    active: Annotated[bool, about("It runs now.")] = UNKNOWN
    on_access: Annotated[
        bool, about("It looks at each file as it is opened; of malware protection alone.")
    ] = UNKNOWN
    updates: Annotated[bool, about("What renews its definitions runs, or is timed.")] = UNKNOWN
    definitions: Annotated[datetime, about("When its definitions were last renewed.")] = UNKNOWN
    has_definitions: Annotated[bool, about("Definitions of it lie on the host.")] = UNKNOWN
    state: Annotated[datetime, about("When its database was last written.")] = UNKNOWN
    has_state: Annotated[bool, about("A database of it lies on the host.")] = UNKNOWN
    every_days: Annotated[
        int, about("Longest time between two runs, in days; 0 for always, -1 where nothing starts it.")
    ] = UNKNOWN
    last_run: Annotated[datetime, about("When its job last ran, of those that systemd times.")] = UNKNOWN
    last_failed: Annotated[bool, about("That run failed.")] = UNKNOWN


class Job(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is started by the clock; of its command only a digest."""

    locus: Annotated[str, about("job/SOURCE/DIGEST or job/UNIT")]
    source: Annotated[str, about("The file of cron, or the timer.")]
    user: Annotated[str, about("Who it runs as.")] = UNKNOWN
    schedule: Annotated[str, about("When, in the words of cron or systemd.")] = UNKNOWN
    every_days: Annotated[
        int,
        about("Longest time between two runs, in days; 1 for daily and more often, -1 where no clock tells."),
    ] = UNKNOWN
    unit: Annotated[str, about("The unit that it starts; of timers alone.")] = UNKNOWN
    digest: Annotated[str, about("First 16 digits of the SHA-256 of its command; of cron alone.")] = UNKNOWN
    programs: Annotated[
        tuple[str, ...], about("Programs in it that the scanner knows, and the first one.", max_items=50)
    ] = UNKNOWN
    enabled: Annotated[bool, about("It is on.")] = UNKNOWN
    last_run: Annotated[datetime, about("When it last ran; of timers alone.")] = UNKNOWN
    last_failed: Annotated[bool, about("That run failed; of timers alone.")] = UNKNOWN


class Container(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One running container."""

    locus: Annotated[str, about("container/NAME")]
    name: Annotated[str, about("Its name.")]
    image: Annotated[str, about("The image, as it was named.")] = UNKNOWN
    privileged: Annotated[bool, about("It has all rights of the host.")] = UNKNOWN
    user: Annotated[
        str, about("The user that it was started as; empty is that of the image, mostly root.")
    ] = UNKNOWN
    host_network: Annotated[bool, about("It shares the host's network.")] = UNKNOWN
    host_processes: Annotated[bool, about("It sees the host's processes.")] = UNKNOWN
    capabilities: Annotated[tuple[str, ...], about("Rights that were added.", max_items=64)] = UNKNOWN
    ports: Annotated[tuple[str, ...], about("ADDRESS:PORT of the host that lead into it.", max_items=200)] = (
        UNKNOWN
    )
    mounts: Annotated[tuple[str, ...], about("Paths of the host that it sees.", max_items=50)] = UNKNOWN


class Containers(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What runs containers here, and which run."""

    engines: Annotated[
        tuple[str, ...], about("Programs that are there: docker, podman, containerd, crio.", max_items=4)
    ] = UNKNOWN
    open_sockets: Annotated[
        tuple[str, ...], about("Engines' sockets that everybody may write to: that is root.", max_items=8)
    ] = UNKNOWN
    settings: Annotated[dict[str, str], about("Known words of Docker's daemon.json.", absent="")] = UNKNOWN
    running: Annotated[tuple[Container, ...], about("Running containers.", max_items=200)] = UNKNOWN


class WifiProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One network that the host's radio joins by itself; never its key."""

    locus: Annotated[str, about("wifi/FILE/SSID")]
    ssid: Annotated[str, about("Name of the network.")]
    security: Annotated[Security, about("How it is guarded.")] = UNKNOWN
    tkip: Annotated[bool, about("TKIP or the first WPA is allowed by name.")] = UNKNOWN
    enabled: Annotated[bool, about("The host joins it.")] = UNKNOWN


class AgentFacts(ServerFacts, frozen=True, kw_only=True, omit_defaults=True):
    """What guards, watches, backs up and runs by itself, beside what servers are set to do."""

    agents: Annotated[tuple[Agent, ...], about("Guards, watchers, log shippers, backups.", max_items=100)] = (
        UNKNOWN
    )
    jobs: Annotated[
        tuple[Job, ...], about("What the clock starts: cron and systemd timers.", max_items=1000)
    ] = UNKNOWN
    containers: Annotated[Containers, about("Containers.")] = UNKNOWN
    wifi: Annotated[tuple[WifiProfile, ...], about("Radio networks that it joins.", max_items=200)] = UNKNOWN
