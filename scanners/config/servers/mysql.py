"""What MySQL or MariaDB is set to do: its own `--print-defaults`, then the running server's command line."""

import re
from collections.abc import Mapping

from scanners.config.servers.blocks import marked
from scanners.config.servers.facts import Database, DatabaseProduct, PasswordForm
from scanners.config.servers.places import is_loopback
from scanners.config.servers.postgres import Statements
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Missing

_PORT = 3306
_TLS_BY_ITSELF = {"mysql": (5, 7), "mariadb": (11, 4)}
"""From when on a server makes its own certificate and speaks TLS unless told otherwise."""
_LOCAL_INFILE_OFF = (8, 0)
_SHA2 = (8, 0)
_AUDITED: tuple[tuple[str, Statements], ...] = (("query", "all"), ("query_dml", "mod"), ("query_ddl", "ddl"))


def mysql(text: str) -> tuple[Database, ...]:
    """The server of the collector's section; raises `Missing` where a file of it is hidden."""
    hidden = marked(text, "N")
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden[0]} is not readable")
    said = {key: value for key, _, value in (line.partition("\t") for line in marked(text, "K"))}
    version = next(iter(marked(text, "V")), "")
    product: DatabaseProduct = "mariadb" if "mariadb" in version.lower() else "mysql"
    number = _number(version)
    offline = _on(said, "skip-networking")
    addresses = () if offline else tuple(each for each in said.get("bind-address", "*").split(",") if each)
    modes = [int(line, 8) for line in marked(text, "D")]
    return (
        Database(
            locus=f"database/{product}/main",
            product=product,
            version=version.split("-")[0],
            running=bool(marked(text, "P")),
            addresses=tuple("*" if each in ("0.0.0.0", "::") else each for each in addresses),  # noqa: S104 (read, not bound)
            port=0 if offline else int(said.get("port") or _PORT),
            loopback=all(is_loopback(each) for each in addresses),
            tls=_speaks_tls(said, product, number),
            tls_required=_on(said, "require-secure-transport"),
            password_required=not _on(said, "skip-grant-tables"),
            password_form=_form(said, product, number),
            local_infile=_on(
                said, "local-infile", default=product == "mariadb" or number < _LOCAL_INFILE_OFF
            ),
            logs_connections=_on(said, "general-log") or _audits(said, "connect"),
            logs_disconnections=_on(said, "general-log") or _audits(said, "connect"),
            logs_statements=_statements(said),
            directory_mode=modes[0] if modes else UNKNOWN,
        ),
    )


def _number(version: str) -> tuple[int, ...]:
    match = re.match(r"(\d+)\.(\d+)", version)
    if match is None:
        raise Missing(Reason.GARBLED, "its version could not be understood")
    return int(match[1]), int(match[2])


def _on(said: Mapping[str, str], key: str, *, default: bool = False) -> bool:
    """Whether an option is on; one without a value is, and `0`, `OFF` and `FALSE` are off."""
    if key not in said:
        return default
    return said[key].lower() not in ("0", "off", "false")


def _speaks_tls(said: Mapping[str, str], product: str, number: tuple[int, ...]) -> bool:
    if _on(said, "skip-ssl") or not _on(said, "ssl", default=True):
        return False
    return bool(said.get("ssl-cert")) or number >= _TLS_BY_ITSELF[product]


def _form(said: Mapping[str, str], product: str, number: tuple[int, ...]) -> PasswordForm:
    """How a password that is set anew is kept; accounts may differ."""
    plugin = said.get("default-authentication-plugin") or said.get("authentication-policy", "")
    if plugin and not plugin.startswith("*"):
        return "native" if "native" in plugin else "sha"
    return "sha" if product == "mysql" and number >= _SHA2 else "native"


def _audits(said: Mapping[str, str], event: str) -> bool:
    """Whether MariaDB's server_audit writes an event down; without a list it writes all."""
    loaded = f"{said.get('plugin-load-add', '')} {said.get('plugin-load', '')}"
    if "server_audit" not in loaded or not _on(said, "server-audit-logging"):
        return False
    events = said.get("server-audit-events", "").lower()
    return not events or event in re.split(r"\W+", events)


def _statements(said: Mapping[str, str]) -> Statements:
    if _on(said, "general-log"):
        return "all"
    return next((kind for event, kind in _AUDITED if _audits(said, event)), "none")
