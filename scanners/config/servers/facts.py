"""What server programs on a host are set to do: web servers, databases, brokers, SNMP; never what is secret."""

from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

WebProduct = Literal["nginx", "apache"]
DatabaseProduct = Literal["postgres", "mysql", "mariadb", "redis"]
PasswordForm = Literal["scram-sha-256", "md5", "plain", "sha", "native"]


LogField = Literal["address", "request", "status", "time", "user"]


class WebServer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One web server program: what holds for all of its sites."""

    locus: Annotated[str, about("web/nginx or web/apache")]
    product: Annotated[WebProduct, about("Which program.")]
    version: Annotated[str, about("Its version, as it says itself.")] = UNKNOWN
    running: Annotated[bool, about("It runs now.")] = UNKNOWN
    user: Annotated[str, about("The user that its workers run as.")] = UNKNOWN
    version_hidden: Annotated[bool, about("server_tokens off or ServerTokens Prod, for each site.")] = UNKNOWN
    error_log: Annotated[bool, about("Errors are logged.")] = UNKNOWN
    trace: Annotated[bool, about("The method TRACE is answered; nginx never does.")] = UNKNOWN
    waf: Annotated[bool, about("A filter for web attacks (ModSecurity) is on for each site.")] = UNKNOWN


class WebSite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One site (server block, virtual host) at one address and port, with what is inherited resolved."""

    locus: Annotated[str, about("site/PRODUCT/ADDRESS:PORT/NAME")]
    product: Annotated[WebProduct, about("Which program.")]
    address: Annotated[str, about("Address it listens on; * is every one.")]
    port: Annotated[int, about("Port.")]
    name: Annotated[str, about("Its first name; _ for none.")]
    loopback: Annotated[bool, about("Only this machine can reach it.")] = UNKNOWN
    tls: Annotated[bool, about("It speaks TLS.")] = UNKNOWN
    protocols: Annotated[
        tuple[str, ...],
        about(
            "TLS versions as set, TLSv1 for 1.0; those of the program's default where nothing is set.",
            max_items=8,
        ),
    ] = UNKNOWN
    ciphers: Annotated[str, about("Cipher string as set; empty where the program's default holds.")] = UNKNOWN
    hsts_seconds: Annotated[
        int, about("Strict-Transport-Security max-age; 0 where a part of the site sends none.")
    ] = UNKNOWN
    only_redirects: Annotated[bool, about("All that it answers is a redirect to https, or a refusal.")] = (
        UNKNOWN
    )
    access_log: Annotated[bool, about("Requests are logged.")] = UNKNOWN
    log_fields: Annotated[
        tuple[LogField, ...], about("What its log says of a request, in alphabetical order.", max_items=5)
    ] = UNKNOWN
    unlogged: Annotated[tuple[str, ...], about("Places whose requests are not logged.", max_items=200)] = (
        UNKNOWN
    )
    listings: Annotated[tuple[str, ...], about("Places where directories are listed.", max_items=200)] = (
        UNKNOWN
    )
    status_pages: Annotated[
        tuple[str, ...], about("Places that show the server's state to anybody.", max_items=50)
    ] = UNKNOWN
    plain_upstreams: Annotated[
        tuple[str, ...], about("Other hosts that requests are passed to without TLS.", max_items=200)
    ] = UNKNOWN
    body_limit: Annotated[int, about("Largest request body in bytes; 0 for no limit.")] = UNKNOWN


class Database(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One database server, or one cluster of it, with its defaults resolved."""

    locus: Annotated[str, about("database/PRODUCT/PLACE")]
    product: Annotated[DatabaseProduct, about("Which program.")]
    version: Annotated[str, about("Its version; of PostgreSQL the major one.")] = UNKNOWN
    running: Annotated[bool, about("It runs now.")] = UNKNOWN
    addresses: Annotated[tuple[str, ...], about("Addresses it listens on; * is every one.", max_items=50)] = (
        UNKNOWN
    )
    port: Annotated[int, about("TCP port; 0 for none.")] = UNKNOWN
    loopback: Annotated[bool, about("Only this machine can reach it.")] = UNKNOWN
    tls: Annotated[bool, about("It speaks TLS.")] = UNKNOWN
    tls_required: Annotated[bool, about("It refuses passwords and data without TLS, from other hosts.")] = (
        UNKNOWN
    )
    password_required: Annotated[bool, about("Nobody comes in without authentication over the network.")] = (
        UNKNOWN
    )
    password_form: Annotated[PasswordForm, about("How it keeps passwords that are set anew.")] = UNKNOWN
    protected: Annotated[bool, about("Redis' protected mode: without a password only this machine.")] = (
        UNKNOWN
    )
    local_infile: Annotated[bool, about("MySQL: clients' files may be loaded.")] = UNKNOWN
    renamed_commands: Annotated[
        tuple[str, ...], about("Redis: commands that are renamed or off.", max_items=200)
    ] = UNKNOWN
    logs_connections: Annotated[bool, about("Who connects is logged.")] = UNKNOWN
    logs_disconnections: Annotated[bool, about("Who leaves is logged.")] = UNKNOWN
    logs_statements: Annotated[
        Literal["none", "ddl", "mod", "all"], about("Which statements are logged, of all users.")
    ] = UNKNOWN
    log_prefix: Annotated[str, about("PostgreSQL: log_line_prefix.")] = UNKNOWN
    directory_mode: Annotated[int, about("Permission bits of the data directory, as a number.")] = UNKNOWN


class HostBasedAccess(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of PostgreSQL's pg_hba.conf: who may come from where, and how they prove who they are."""

    locus: Annotated[str, about("pg_hba/FILE:LINE")]
    kind: Annotated[
        Literal["local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"], about("Type.")
    ]
    databases: Annotated[str, about("Databases, as they stand.")]
    users: Annotated[str, about("Users, as they stand.")]
    address: Annotated[str, about("Address or network; empty for local.")]
    method: Annotated[str, about("How they prove who they are: scram-sha-256, peer, trust ...")]
    from_anywhere: Annotated[bool, about("Any address, or all of IPv4 or IPv6.")] = UNKNOWN
    from_here: Annotated[bool, about("This machine alone.")] = UNKNOWN


class Broker(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One listener of an MQTT broker (mosquitto.conf(5))."""

    locus: Annotated[str, about("broker/ADDRESS:PORT")]
    address: Annotated[str, about("Address; * is every one.")]
    port: Annotated[int, about("Port; 0 for a socket in the file system.")]
    loopback: Annotated[bool, about("Only this machine can reach it.")] = UNKNOWN
    tls: Annotated[bool, about("It speaks TLS.")] = UNKNOWN
    tls_version: Annotated[str, about("Lowest TLS version as set; empty where its default holds.")] = UNKNOWN
    anonymous: Annotated[bool, about("Clients without a name are let in.")] = UNKNOWN
    client_certificates: Annotated[bool, about("Clients must show a certificate.")] = UNKNOWN
    access_list: Annotated[bool, about("An ACL file or a plugin says who may read and write what.")] = UNKNOWN


class Snmp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The SNMP agent (snmpd.conf(5))."""

    installed: Annotated[bool, about("snmpd is on the host.")] = UNKNOWN
    running: Annotated[bool, about("It runs now.")] = UNKNOWN
    addresses: Annotated[tuple[str, ...], about("agentaddress, as set.", max_items=50)] = UNKNOWN
    communities: Annotated[int, about("How many communities are set (SNMP 1 and 2, without encryption).")] = (
        UNKNOWN
    )
    vendor_communities: Annotated[
        tuple[str, ...],
        about("Of public and private those that are set; no other is ever named.", max_items=2),
    ] = UNKNOWN
    writable: Annotated[bool, about("A community may write.")] = UNKNOWN


class ServerFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What server programs on a host are set to do."""

    web_servers: Annotated[tuple[WebServer, ...], about("Web servers: nginx, Apache.", max_items=20)] = (
        UNKNOWN
    )
    web_sites: Annotated[tuple[WebSite, ...], about("Their sites.", max_items=500)] = UNKNOWN
    databases: Annotated[
        tuple[Database, ...], about("Database servers: PostgreSQL, MySQL, MariaDB, Redis.", max_items=50)
    ] = UNKNOWN
    postgres_access: Annotated[
        tuple[HostBasedAccess, ...], about("Lines of PostgreSQL's pg_hba.conf.", max_items=1000)
    ] = UNKNOWN
    brokers: Annotated[tuple[Broker, ...], about("Listeners of MQTT brokers.", max_items=50)] = UNKNOWN
    snmp: Annotated[Snmp, about("The SNMP agent.")] = UNKNOWN
