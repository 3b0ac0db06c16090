"""What PostgreSQL is set to do: each cluster's settings, and who may come in."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast, get_args

from scanners.config.servers.blocks import lines, marked
from scanners.config.servers.facts import Database, HostBasedAccess, PasswordForm
from scanners.config.servers.places import is_loopback
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, dumps

Statements = Literal["none", "ddl", "mod", "all"]

_KINDS = ("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc")
_METHODS = frozenset(
    ("trust", "reject", "scram-sha-256", "md5", "password", "gss", "sspi", "ident", "peer", "ldap", "radius")
) | {"cert", "pam", "bsd", "oauth"}
_SCRAM_SINCE = 14  # release notes of 14: password_encryption defaults to scram-sha-256
_LOCAL_WORDS = 5
_MASKED_WORDS = 7
_AUDIT = {"all": "all", "write": "mod", "ddl": "ddl", "role": "ddl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cluster:
    conf: str
    data: str
    pid: str = ""

    @property
    def name(self) -> str:
        """`15/main` of /etc/postgresql/15/main or of /var/lib/..., else the whole directory."""
        match = re.search(r"/(?:postgresql|pgsql)/(.+)/postgresql\.conf$", self.conf)
        return match[1] if match else self.conf.rpartition("/")[0].lstrip("/")


def postgres(text: str, access: tuple[HostBasedAccess, ...], gaps: Gaps) -> tuple[Database, ...]:
    """Each cluster of the collector's section; what cannot be resolved whole is a gap."""
    found = {}
    for cluster in _clusters(text):
        locus = f"database/postgres/{cluster.name}"
        settings = gaps.fact(f"databases[{locus}]", partial(_settings, text, cluster))
        version = dict(line.rsplit(" ", 1) for line in marked(text, "B")).get(cluster.data)
        if version is None:
            match = re.search(r"/(\d+)/", cluster.conf)
            version = match[1] if match else UNKNOWN
        base = Database(locus=locus, product="postgres", version=version, running=bool(cluster.pid))
        found[locus] = (
            base if settings is UNKNOWN else _database(base, settings, _mode(text, cluster), access)
        )
    return tuple(found.values())


def _clusters(text: str) -> list[_Cluster]:
    """Clusters that run, then those that only have files."""
    found: dict[str, _Cluster] = {}
    for line in marked(text, "P"):
        pid, data, conf = line.split(" ", 2)
        found[conf] = _Cluster(conf=conf, data=data, pid=pid)
    directories = [line.split(" ", 1)[1] for line in marked(text, "D")]
    for conf in marked(text, "R"):
        if conf not in found:
            said = [
                line.partition("\t")[2]
                for dump in dumps(text)
                if dump.path == conf
                for line in dump.lines
                if line.startswith("data_directory\t")
            ]
            data = said[-1] if said else conf.rpartition("/")[0]
            if data in directories or not any(cluster.data == data for cluster in found.values()):
                found[conf] = _Cluster(conf=conf, data=data)
    return list(found.values())


def _settings(text: str, cluster: _Cluster) -> dict[str, str]:
    """Settings of the file and what it includes, then postgresql.auto.conf, then the command line."""
    auto = f"{cluster.data}/postgresql.auto.conf"
    if not any(line.split(" ", 1)[1] == cluster.data for line in marked(text, "D")):
        raise Missing(Reason.NOT_PERMITTED, f"{cluster.data} cannot be seen, and what is set there wins")
    said = lines(text, cluster.conf, "-")
    if any(dump.path == auto for dump in dumps(text)):
        said += lines(text, auto, "-")
    said += [line.partition(" ")[2] for line in marked(text, "A") if line.startswith(f"{cluster.pid} ")]
    return {key.lower(): value for line in said for key, tab, value in (line.partition("\t"),) if tab}


def _mode(text: str, cluster: _Cluster) -> int:
    modes = {path: int(mode, 8) for mode, path in (line.split(" ", 1) for line in marked(text, "D"))}
    mode: int = modes.get(cluster.data, UNKNOWN)
    return mode


def _database(
    base: Database, said: Mapping[str, str], mode: int, access: tuple[HostBasedAccess, ...]
) -> Database:
    addresses = tuple(
        each.strip() for each in said.get("listen_addresses", "localhost").split(",") if each.strip()
    )
    major = _major(base.version)
    remote = _remote(said, base, access)
    return Database(
        locus=base.locus,
        product="postgres",
        version=base.version,
        running=base.running,
        addresses=addresses,
        port=int(said.get("port", "5432")),
        loopback=all(is_loopback(each) for each in addresses),
        tls=is_on(said.get("ssl", "off")),
        tls_required=_each(remote, lambda line: line.kind in ("hostssl", "hostgssenc")),
        password_required=_each(remote, lambda line: line.method != "trust"),
        password_form=_form(said, major),
        logs_connections=said.get("log_connections", "off").lower() not in ("off", "false", "no", "0", ""),
        logs_disconnections=is_on(said.get("log_disconnections", "off")),
        logs_statements=_statements(said),
        log_prefix=said.get("log_line_prefix", "%m [%p] "),
        directory_mode=mode,
    )


def _major(version: str) -> int:
    unknown: int = UNKNOWN
    return unknown if version is UNKNOWN else int(version.split(".", maxsplit=1)[0])


def _remote(
    said: Mapping[str, str], base: Database, access: tuple[HostBasedAccess, ...]
) -> tuple[HostBasedAccess, ...]:
    """Lines that let other machines in; UNKNOWN where the lines are not known whole."""
    unknown: tuple[HostBasedAccess, ...] = UNKNOWN
    if access is UNKNOWN or isinstance(access, PartialList):
        return unknown
    file = said.get("hba_file", "")
    place = file.rpartition("/")[0] or base.locus.removeprefix("database/postgres/")
    return tuple(
        line
        for line in access
        if place in line.locus and line.kind != "local" and not line.from_here and line.method != "reject"
    )


def _each(found: tuple[HostBasedAccess, ...], holds: Callable[[HostBasedAccess], bool]) -> bool:
    """Whether it holds for each line; UNKNOWN where the lines are not known."""
    unknown: bool = UNKNOWN
    return unknown if found is UNKNOWN else all(map(holds, found))


def is_on(value: str) -> bool:
    """Whether a boolean setting is on (config-setting-names)."""
    return value.lower() in ("on", "true", "yes", "1", "tru", "t", "ye", "y")


def _form(said: Mapping[str, str], major: int) -> PasswordForm:
    unknown: PasswordForm = UNKNOWN
    form = said.get("password_encryption", "").lower()
    if form:
        return "scram-sha-256" if form == "scram-sha-256" else "md5"
    if major is UNKNOWN:
        return unknown
    return "scram-sha-256" if major >= _SCRAM_SINCE else "md5"


def _statements(said: Mapping[str, str]) -> Statements:
    """What log_statement or pgAudit writes down, whichever is more."""
    ranks = get_args(Statements)
    chosen = said.get("log_statement", "none").lower()
    found = [chosen if chosen in ranks else "none"]
    if "pgaudit" in said.get("shared_preload_libraries", ""):
        found += [
            _AUDIT[each]
            for each in re.findall(r"[\w-]+", said.get("pgaudit.log", "").lower())
            if each in _AUDIT
        ]
    return cast("Statements", max(found, key=ranks.index))


def host_based_access(text: str, gaps: Gaps) -> tuple[HostBasedAccess, ...]:
    """Lines of pg_hba.conf; a partial list where a file is hidden or a line is none."""
    found: list[HostBasedAccess] = []
    whole = True
    for dump in dumps(text):
        for line in dump.lines:
            words = line.split("\t")
            if not (words[0].isdecimal() and len(words) > 1 and words[1].strip('"') in _KINDS):
                continue
            access = _access(dump.path, words)
            if access is None:
                gaps.add("postgres_access", Reason.GARBLED, f"{dump.path}:{words[0]} could not be understood")
                whole = False
            else:
                found.append(access)
    hidden = [
        dump.path
        for dump in dumps(text)
        if not dump.readable and not dump.path.endswith("postgresql.auto.conf")
    ]
    if hidden or (marked(text, "R") and not found):
        gaps.add("postgres_access", Reason.NOT_PERMITTED, f"{(hidden or ['pg_hba.conf'])[0]} is not readable")
        whole = False
    return tuple(found) if whole else PartialList(found)


def _access(path: str, words: list[str]) -> HostBasedAccess | None:
    """One line: number, type, databases, users, perhaps an address and its mask, the method."""
    number, kind, *rest = words
    method = rest[-1].lower() if rest else ""
    address = "" if kind == "local" else "/".join(rest[2:-1])
    if (
        method not in _METHODS
        or len(words) < _LOCAL_WORDS
        or len(words) > _MASKED_WORDS
        or (kind != "local" and not address)
    ):
        return None
    return HostBasedAccess(
        locus=f"pg_hba/{path}:{number}",
        kind=cast("Literal['local']", kind),
        databases=rest[0].strip('"'),
        users=rest[1].strip('"'),
        address=address,
        method=method,
        from_anywhere=kind != "local" and (address == "all" or address.endswith(("/0", "/0.0.0.0"))),
        from_here=kind == "local" or _is_here(address),
    )


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_network(address, strict=False).is_loopback
    except ValueError:
        return is_loopback(address)
