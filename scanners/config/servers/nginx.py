"""What nginx is set to do: its sites with what they inherit, from its own files.

`nginx -T` would resolve the includes, but it opens (and so creates) logs, and resolves upstream names.
"""

import re
from collections.abc import Iterator

from scanners.config.servers.blocks import Node, Scope, marked, scope, tree, word
from scanners.config.servers.facts import WebServer, WebSite
from scanners.config.servers.logforms import nginx_fields
from scanners.config.servers.places import is_far, is_loopback, split_place
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing

_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_PASSES = ("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass")
_REFUSED = 400
_OLD_DEFAULT = ("TLSv1", "TLSv1.1", "TLSv1.2")
_NEW_DEFAULT = ("TLSv1.2", "TLSv1.3")
_CHALLENGE = "/.well-known/acme-challenge"

Web = tuple[WebServer, tuple[WebSite, ...]]


def nginx(text: str, gaps: Gaps) -> Web:
    """The server and its sites, from the collector's section; raises `Missing` if a file is hidden."""
    roots = list(dict.fromkeys(marked(text, "R")))
    version = next(iter(marked(text, "V")), "")
    whole = [tree(text, root, roots[0].rpartition("/")[0]) for root in roots]
    sites: dict[str, WebSite] = {}
    hidden, filtered, errors = [], [], []
    for top in whole:
        main = scope({}, top)
        errors.append(word(main, "error_log") != "/dev/null")
        for http in top.blocks("http"):
            upstreams = {block.words[0]: block for block in http.blocks("upstream") if block.words}
            for server in http.blocks("server"):
                found = scope(scope(main, http), server)
                hidden.append(_everywhere(server, found, "server_tokens", ("off", "build", "")))
                filtered.append(word(found, "modsecurity") == "on")
                for site in _sites(server, found, version, upstreams):
                    sites.setdefault(site.locus, site)
    user = word(scope({}, whole[0]), "user") if whole else ""
    if not user:
        gaps.add(
            "web_servers[web/nginx].user", Reason.NOT_COLLECTED, "it is not set; that it was built with holds"
        )
    server_facts = WebServer(
        locus="web/nginx",
        product="nginx",
        version=version or UNKNOWN,
        running=bool(marked(text, "P")),
        user=user or UNKNOWN,
        version_hidden=all(hidden),
        error_log=all(errors),
        trace=False,
        waf=bool(filtered) and all(filtered),
    )
    return server_facts, tuple(sites.values())


def _sites(server: Node, found: Scope, version: str, upstreams: dict[str, Node]) -> Iterator[WebSite]:
    """The site of a server block at each of its places; sockets in the file system are none."""
    name = next((each for each in found.get("server_name", [("_",)])[-1] if each), "_")
    own = scope({}, server)
    for words in own.get("listen", (("80",),)):
        if not words or words[0].startswith("unix:"):
            continue
        address, port = split_place(words[0], 80)
        tls = "ssl" in words or "quic" in words or word(found, "ssl") == "on"
        yield WebSite(
            locus=f"site/nginx/{address}:{port}/{name}",
            product="nginx",
            address=address,
            port=port,
            name=name,
            loopback=is_loopback(address),
            tls=tls,
            protocols=_protocols(found, version) if tls else (),
            ciphers=word(found, "ssl_ciphers"),
            hsts_seconds=min(_hsts(there) for _, there, _ in _places(server, found, own_header=True)),
            only_redirects=_only_redirects(server),
            access_log=word(found, "access_log", "on") != "off",
            log_fields=nginx_fields(found.get("access_log", ()), found.get("log_format", ())),
            unlogged=_where(server, found, "access_log", "off"),
            listings=_where(server, found, "autoindex", "on"),
            status_pages=_status_pages(server, found),
            plain_upstreams=_plain_upstreams(server, found, upstreams),
            body_limit=_body_limit(server, found),
        )


def _places(server: Node, found: Scope, *, own_header: bool = False) -> Iterator[tuple[str, Scope, Node]]:
    """The server and every block in it: a path, what holds there, the block."""
    stack: list[tuple[str, Scope, Node]] = [("", found, server)]
    while stack:
        path, holds, block = stack.pop()
        if not own_header or block is server or any(node.name == "add_header" for node in block.inner or ()):
            yield path, holds, block
        for inner in block.blocks():
            at = " ".join(inner.words) if inner.name == "location" else path
            stack.append((at, scope(holds, inner), inner))


def _protocols(found: Scope, version: str) -> tuple[str, ...]:
    """ssl_protocols as set, else the default of the version (nginx.org, CHANGES 1.23.4 and 1.27.3)."""
    if said := found.get("ssl_protocols"):
        return said[-1]
    number = (
        tuple(int(part) for part in version.split(".")) if re.fullmatch(r"\d+\.\d+\.\d+", version) else None
    )
    if number is None:
        raise Missing(
            Reason.NOT_COLLECTED, "nginx' version, which decides its default protocols, is not known"
        )
    if number >= (1, 27, 3):
        return _NEW_DEFAULT
    return (*_OLD_DEFAULT, "TLSv1.3") if number >= (1, 23, 4) else _OLD_DEFAULT


def _hsts(holds: Scope) -> int:
    for words in holds.get("add_header", ()):
        if len(words) > 1 and (match := re.search(r"max-age=\"?(\d+)", words[1])):
            return int(match[1])
    return 0


def _only_redirects(server: Node) -> bool:
    """Whether a server block, or each of its locations, sends to https or refuses."""
    if _turns_away(server):
        return True
    locations = [
        block
        for block in server.blocks("location")
        if not block.words[-1:] or _CHALLENGE not in block.words[-1]
    ]
    return (
        bool(locations)
        and any(block.words == ("/",) for block in locations)
        and all(map(_turns_away, locations))
    )


def _turns_away(block: Node) -> bool:
    for node in block.inner or ():
        if node.name == "return" and len(node.words) > 1:
            return node.words[1] == "https" or int(node.words[0]) >= _REFUSED
        if node.name == "return" and node.words:
            return int(node.words[0]) >= _REFUSED
        if node.name == "rewrite" and node.words == ("permanent", "https"):
            return True
    return False


def _everywhere(server: Node, found: Scope, name: str, values: tuple[str, ...]) -> bool:
    return all(word(holds, name, "on") in values for _, holds, _ in _places(server, found))


def _where(server: Node, found: Scope, name: str, value: str) -> tuple[str, ...]:
    """Places where a directive holds by its own word; `/` for the server itself."""
    return tuple(
        dict.fromkeys(
            path or "/"
            for path, holds, block in _places(server, found)
            if word(holds, name) == value
            and (block is server or any(node.name == name for node in block.inner or ()))
        )
    )


def _status_pages(server: Node, found: Scope) -> tuple[str, ...]:
    return tuple(
        path or "/"
        for path, holds, block in _places(server, found)
        if any(node.name == "stub_status" for node in block.inner or ())
        and ("all",) not in holds.get("deny", ())
        and word(holds, "auth_basic", "off") == "off"
    )


def _plain_upstreams(server: Node, found: Scope, upstreams: dict[str, Node]) -> tuple[str, ...]:
    """Origins on other machines that are spoken to without TLS; names of upstream groups are resolved."""
    plain: dict[str, None] = {}
    for _, _, block in _places(server, found):
        for node in block.inner or ():
            if node.name not in _PASSES or not node.words or node.words[0].startswith(("https:", "grpcs:")):
                continue
            origin = re.sub(r"^[a-z]+://", "", node.words[0])
            group = upstreams.get(origin)
            members = (
                [origin]
                if group is None
                else [n.words[0] for n in group.inner or () if n.name == "server" and n.words]
            )
            plain.update(
                dict.fromkeys(f"{node.name.removesuffix('_pass')} {each}" for each in members if is_far(each))
            )
    return tuple(plain)


def _body_limit(server: Node, found: Scope) -> int:
    """The largest of all places; 0, which is no limit, is larger than all."""
    sizes = [_size(word(holds, "client_max_body_size", "1m")) for _, holds, _ in _places(server, found)]
    return 0 if 0 in sizes else max(sizes)


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)([kmg]?)", text.lower())
    if match is None:
        raise ValueError(f"client_max_body_size {text[:30]} is no size")
    return int(match[1]) * _SIZES[match[2]]
