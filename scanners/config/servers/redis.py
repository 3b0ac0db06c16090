"""What Redis or Valkey is set to do, with its defaults; of its password only whether there is one."""

from functools import partial

from scanners.config.servers.blocks import lines, marked
from scanners.config.servers.facts import Database
from scanners.config.servers.places import is_loopback
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing

_PORT = 6379


def redis(text: str, gaps: Gaps) -> tuple[Database, ...]:
    """A server for each configuration file of the collector's section."""
    running = [line.partition(" ")[2] for line in marked(text, "P")]
    roots = list(dict.fromkeys(marked(text, "R")))
    if running and not roots:
        raise Missing(Reason.NOT_COLLECTED, "it runs, but from a configuration file that was not found")
    found = []
    for root in roots:
        locus = f"database/redis/{root.rpartition('/')[2].removesuffix('.conf')}"
        said = gaps.fact(f"databases[{locus}]", partial(lines, text, root, "-"))
        if said is UNKNOWN:
            found.append(Database(locus=locus, product="redis"))
            continue
        if f"{root}" in marked(text, "X"):
            gaps.add(
                f"databases[{locus}].password_required", Reason.NOT_PERMITTED, "its ACL file is not readable"
            )
        users = [line.removeprefix(f"{root} ") for line in marked(text, "U") if line.startswith(f"{root} ")]
        hidden = root in marked(text, "X")
        found.append(_server(locus, [*said, *users], tuple(running), hidden_users=hidden))
    known = {port for server in found if server.port is not UNKNOWN for port in (str(server.port),)}
    strange = [place for place in running if place.rpartition(":")[2] not in known]
    if strange:
        gaps.add(
            "databases",
            Reason.NOT_COLLECTED,
            f"Redis at {strange[0]} runs by a file that was not found"[:200],
        )
        return PartialList(found)
    return tuple(found)


def _server(locus: str, said: list[str], running: tuple[str, ...], *, hidden_users: bool) -> Database:
    pairs = [(key, value) for key, tab, value in (line.partition("\t") for line in said) if tab]
    last = {key: value.strip('"') for key, value in pairs}
    port, tls_port = int(last.get("port", _PORT)), int(last.get("tls-port", "0"))
    addresses = tuple(each.lstrip("-").strip('"') for each in last.get("bind", "* -::*").split())
    everywhere = ("*", "::*", "0.0.0.0", "::")  # noqa: S104 (read, not bound)
    return Database(
        locus=locus,
        product="redis",
        running=any(
            place.rpartition(":")[2] in (str(port or "-"), str(tls_port or "-")) for place in running
        ),
        addresses=tuple(dict.fromkeys("*" if each in everywhere else each for each in addresses)),
        port=port or tls_port,
        loopback=all(is_loopback(each) for each in addresses),
        tls=tls_port > 0,
        tls_required=tls_port > 0 and port == 0,
        password_required=UNKNOWN if hidden_users else _asks(last, pairs),
        protected=last.get("protected-mode", "yes").lower() == "yes",
        renamed_commands=tuple(sorted(value for key, value in pairs if key == "rename-command")),
        logs_connections=False,
        logs_disconnections=False,
        logs_statements="none",
    )


def _asks(last: dict[str, str], pairs: list[tuple[str, str]]) -> bool:
    """Whether the user `default`, as whom everybody begins, needs a password or is off."""
    default = [value.split() for key, value in pairs if key == "user" and value.split()[:1] == ["default"]]
    if default:
        return "off" in default[-1] or "nopass" not in default[-1]
    return last.get("requirepass", "") == "*"
