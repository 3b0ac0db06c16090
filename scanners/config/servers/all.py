"""The facts of all server programs, from the collector's sections."""

from collections.abc import Callable
from functools import partial
from typing import Any

from scanners.config.servers.apache import apache
from scanners.config.servers.blocks import marked
from scanners.config.servers.facts import Database, Snmp, WebServer, WebSite
from scanners.config.servers.mosquitto import mosquitto
from scanners.config.servers.mysql import mysql
from scanners.config.servers.nginx import Web, nginx
from scanners.config.servers.postgres import host_based_access, postgres
from scanners.config.servers.redis import redis
from scanners.config.services import Running
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, Sections, dumps

_PROCESSES = {
    "nginx": ("nginx",),
    "apache": ("apache2", "httpd"),
    "postgres": ("postgres", "postmaster"),
    "mysql": ("mysqld", "mariadbd"),
    "redis": ("redis-server", "valkey-server"),
    "mosquitto": ("mosquitto",),
    "snmp": ("snmpd",),
}


def server_facts(sections: Sections, running: Running, gaps: Gaps) -> dict[str, Any]:
    """The fields of `ServerFacts`; what could not be read is UNKNOWN or cut short, with a gap."""
    host = _Host(sections, running, gaps)
    access = gaps.fact("postgres_access", lambda: _access(sections, gaps))
    servers, sites = _web(host)
    return {
        "web_servers": servers,
        "web_sites": sites,
        "databases": _databases(host, access),
        "postgres_access": access,
        "brokers": gaps.fact(
            "brokers", lambda: mosquitto(host.text("mosquitto")) if host.has("mosquitto") else ()
        ),
        "snmp": gaps.fact(
            "snmp", lambda: snmp(host.text("snmp")) if host.has("snmp") else Snmp(installed=False)
        ),
    }


class _Host:
    """The sections, asked with a look at what runs: a program may run from a place that was not found."""

    def __init__(self, sections: Sections, running: Running, gaps: Gaps) -> None:
        self.sections, self.running, self.gaps = sections, running, gaps

    def has(self, name: str) -> bool:
        """Whether the program is on the host; raises `Missing` if it only shows as a process."""
        if self.sections.has(name):
            return True
        if self.running.processes is not None and not self.running.processes.isdisjoint(_PROCESSES[name]):
            raise Missing(
                Reason.INCONCLUSIVE, f"{name} runs, perhaps in a container, from a place that was not found"
            )
        return False

    def text(self, name: str) -> str:
        """What the collector said of it."""
        return self.sections.text(name)


def _web(host: _Host) -> tuple[tuple[WebServer, ...], tuple[WebSite, ...]]:
    servers: list[WebServer] = []
    sites: list[WebSite] = []
    whole = True
    parsers: dict[str, Callable[[str, Gaps], Web]] = {"nginx": nginx, "apache": apache}
    for name, parse in parsers.items():
        found = host.gaps.fact("web_servers", partial(_one, host, name, parse))
        if found is UNKNOWN:
            whole = False
            host.gaps.add("web_sites", Reason.PARTIAL, f"the sites of {name} are not known")
        elif found is not None:
            servers.append(found[0])
            sites += found[1]
    return (tuple(servers), tuple(sites)) if whole else (PartialList(servers), PartialList(sites))


def _one(host: _Host, name: str, parse: Callable[[str, Gaps], Web]) -> Web | None:
    return parse(host.text(name), host.gaps) if host.has(name) else None


def _databases(host: _Host, access: Any) -> tuple[Database, ...]:
    """Servers of every product; a partial list where one of them could not be read."""
    parsers: dict[str, Callable[[str], tuple[Database, ...]]] = {
        "postgres": lambda text: postgres(text, access, host.gaps),
        "mysql": mysql,
        "redis": lambda text: redis(text, host.gaps),
    }
    found: list[Database] = []
    whole = True
    for name, parse in parsers.items():
        one = host.gaps.fact("databases", partial(_of, host, name, parse))
        if one is UNKNOWN:
            whole = False
        else:
            whole = whole and not isinstance(one, PartialList)
            found += tuple.__iter__(one)
    return tuple(found) if whole else PartialList(found)


def _of(host: _Host, name: str, parse: Callable[[str], tuple[Database, ...]]) -> tuple[Database, ...]:
    return parse(host.text(name)) if host.has(name) else ()


def _access(sections: Sections, gaps: Gaps) -> Any:
    return host_based_access(sections.text("postgres"), gaps) if sections.has("postgres") else ()


def snmp(text: str) -> Snmp:
    """The SNMP agent's settings; raises `Missing` if a file of it is hidden (snmpd.conf is mode 0600)."""
    files = dumps(text)
    hidden = [dump.path for dump in files if not dump.readable and "/etc/" in dump.path]
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden[0]} is not readable")
    pairs = [
        (key, value) for dump in files for key, _, value in (line.partition("\t") for line in dump.lines)
    ]
    communities = [(key, value) for key, value in pairs if "community" in key or key.startswith("com2sec")]
    return Snmp(
        installed=True,
        running=bool(marked(text, "P")),
        addresses=tuple(each for key, value in pairs if key == "agentaddress" for each in value.split(",")),
        communities=len(communities),
        vendor_communities=tuple(
            sorted({value for _, value in communities if value in ("public", "private")})
        ),
        writable=any(key.startswith("rwcommunity") for key, _ in communities),
    )
