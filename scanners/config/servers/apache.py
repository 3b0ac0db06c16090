"""What Apache is set to do: its virtual hosts with what they inherit, from its own files.

`apache2ctl -S` would tell the virtual hosts, but it makes directories, and resolves names.
"""

import re
from collections.abc import Iterator

from scanners.config.servers.blocks import Node, Scope, marked, scope, tree, word
from scanners.config.servers.facts import WebServer, WebSite
from scanners.config.servers.logforms import apache_fields
from scanners.config.servers.nginx import Web
from scanners.config.servers.places import is_far, is_loopback, split_place
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps

_ALL = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CONDITIONS = (
    "ifmodule",
    "ifdefine",
    "ifversion",
    "if",
    "elseif",
    "else",
    "ifdirective",
    "iffile",
    "ifsection",
)
_PLACES = ("directory", "directorymatch", "location", "locationmatch", "files", "filesmatch")
_LIMITED_SINCE = (2, 4, 54)
_LIMIT = 1 << 30


def apache(text: str, gaps: Gaps) -> Web:
    """The server and its virtual hosts, from the collector's section; raises `Missing` for a hidden file."""
    root = marked(text, "R")[0]
    version = next(iter(marked(text, "V")), "")
    words = dict(line.partition("=")[::2] for line in marked(text, "E"))
    base = root.rpartition("/")[0]
    whole = tree(text, root, base.removesuffix("/conf"))
    loaded = {_module(name) for name in marked(text, "M")}
    top = Node(name="", inner=tuple(_applied(whole, loaded)))
    main = scope({}, top)
    user = _filled(word(main, "user"), words)
    if not user or "$" in user:
        gaps.add("web_servers[web/apache].user", Reason.NOT_COLLECTED, "it is not set, or by a variable")
        user = UNKNOWN
    server = WebServer(
        locus="web/apache",
        product="apache",
        version=version or UNKNOWN,
        running=bool(marked(text, "P")),
        user=user,
        version_hidden=word(main, "servertokens", "full").lower() in ("prod", "productonly"),
        error_log=word(main, "errorlog", "logs/error_log") != "/dev/null",
        trace=word(main, "traceenable", "on").lower() != "off",
        waf=word(main, "secruleengine").lower() == "on" and "security2" in loaded,
    )
    sites: dict[str, WebSite] = {}
    for site in _sites(top, main, loaded, version):
        sites.setdefault(site.locus, site)
    return server, tuple(sites.values())


def _applied(block: Node, loaded: set[str]) -> Iterator[Node]:
    """What stands in a block, with conditions resolved; those on versions and files are taken to hold."""
    for node in block.inner or ():
        if node.inner is None:
            if node.name == "loadmodule" and node.words:
                loaded.add(_module(node.words[0]))
                loaded.add(_module(node.words[-1].rpartition("/")[2]))
            yield node
        elif node.name in _CONDITIONS:
            said = node.words[0] if node.words else ""
            known = (
                _module(said.lstrip("!")) in loaded if node.name == "ifmodule" else node.name != "ifdefine"
            )
            if known is not said.startswith("!"):
                yield from _applied(node, loaded)
        else:
            yield Node(name=node.name, words=node.words, inner=tuple(_applied(node, loaded)))


def _module(name: str) -> str:
    """A module's bare name, of `mod_ssl.c`, `ssl_module` or `mod_ssl.so`."""
    return re.sub(r"^mod_|(_module|\.c|\.so)$", "", re.sub(r"(_module|\.c|\.so)$", "", name))


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: words.get(match[1], match[0]), text)


def _sites(top: Node, main: Scope, loaded: set[str], version: str) -> Iterator[WebSite]:
    """Each virtual host at each of its places, and the main server at ports that no virtual host has."""
    taken = set()
    for host in top.blocks("virtualhost"):
        found = scope(main, host)
        for place in host.words or ("*",):
            address, port = split_place(place, 80)
            taken.add(port)
            yield _site((address, port), (top, host), found, loaded, version)
    for words in main.get("listen", ()):
        address, port = split_place(words[0], 80)
        if port not in taken:
            yield _site((address, port), (top,), main, loaded, version)


def _site(
    place: tuple[str, int], blocks: tuple[Node, ...], found: Scope, loaded: set[str], version: str
) -> WebSite:
    address, port = place
    name = word(found, "servername", "_").split(":")[0] if len(blocks) > 1 else "_"
    tls = word(found, "sslengine", "off").lower() == "on" and "ssl" in loaded
    logs = word(found, "customlog") or word(found, "transferlog")
    return WebSite(
        locus=f"site/apache/{address}:{port}/{name}",
        product="apache",
        address=address,
        port=port,
        name=name,
        loopback=is_loopback(address),
        tls=tls,
        protocols=parse_protocols(found.get("sslprotocol", (("all", "-SSLv3"),))[-1]) if tls else (),
        ciphers=word(found, "sslciphersuite"),
        hsts_seconds=_hsts(found) if "headers" in loaded else 0,
        only_redirects=any(
            words[-2:] == ("https", "all")
            for key in ("redirect", "redirectpermanent", "redirectmatch", "rewriterule")
            for words in found.get(key, ())
        ),
        access_log=bool(logs) and logs != "/dev/null",
        log_fields=apache_fields(
            (*found.get("customlog", ()), *found.get("transferlog", ())), found.get("logformat", ())
        ),
        unlogged=(),
        listings=_listings(blocks, found) if "autoindex" in loaded else (),
        status_pages=_status_pages(blocks) if loaded & {"status", "info"} else (),
        plain_upstreams=_plain_upstreams(blocks),
        body_limit=_body_limit(found, version),
    )


def parse_protocols(words: tuple[str, ...]) -> tuple[str, ...]:
    """The versions SSLProtocol leaves on (mod_ssl): `all`, `+x` adds, `-x` takes, a bare one replaces."""
    chosen: set[str] = set()
    for each in words:
        name = each.lstrip("+-").lower()
        meant = set(_ALL) if name == "all" else {known for known in (*_ALL, "SSLv3") if known.lower() == name}
        if each.startswith("-"):
            chosen -= meant
        else:
            chosen = chosen | meant if each.startswith("+") else meant
    return tuple(known for known in ("SSLv3", *_ALL) if known in chosen)


def _hsts(found: Scope) -> int:
    for words in found.get("header", ()):
        if match := re.search(r"max-age=(\d+)", words[-1] if words else ""):
            return int(match[1])
    return 0


def _listings(blocks: tuple[Node, ...], found: Scope) -> tuple[str, ...]:
    """Directories and places with Options Indexes that belong to the site's own documents."""
    home = word(found, "documentroot").rstrip("/")
    places = (place for block in blocks for place in block.blocks(*_PLACES))
    return tuple(
        dict.fromkeys(
            path
            for place in places
            if _indexes(place)
            for path in (place.words[-1] if place.words else "/",)
            if not home
            or place.name != "directory"
            or f"{home}/".startswith(f"{path.rstrip('/')}/")
            or path.startswith(f"{home}/")
        )
    )


def _indexes(place: Node) -> bool:
    on = False
    for words in scope({}, place).get("options", ()):
        lower = [each.lower() for each in words]
        if not any(each.startswith(("+", "-")) for each in lower):
            on = bool({"indexes", "all"} & set(lower))
        else:
            on = (on or "+indexes" in lower) and "-indexes" not in lower
    return on


def _status_pages(blocks: tuple[Node, ...]) -> tuple[str, ...]:
    """Locations of server-status and server-info that no Require narrows."""
    return tuple(
        place.words[-1] if place.words else "/"
        for block in blocks
        for place in block.blocks("location", "locationmatch")
        if word(own := scope({}, place), "sethandler") in ("server-status", "server-info")
        and all(words[:2] == ("all", "granted") for words in own.get("require", ()))
        and "authtype" not in own
    )


def _plain_upstreams(blocks: tuple[Node, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for block in blocks:
        for place in (block, *block.blocks(*_PLACES)):
            for node in place.inner or ():
                if (
                    node.name == "proxypass"
                    and node.words
                    and not node.words[0].startswith(("https", "wss", "h2:"))
                ):
                    scheme, _, origin = node.words[0].partition("://")
                    if is_far(origin):
                        found[f"{scheme} {origin}"] = None
    return tuple(found)


def _body_limit(found: Scope, version: str) -> int:
    if said := word(found, "limitrequestbody"):
        return int(said)
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        unknown: int = UNKNOWN  # the default depends on the version
        return unknown
    return _LIMIT if tuple(map(int, version.split("."))) >= _LIMITED_SINCE else 0
