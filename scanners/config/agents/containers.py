"""Which containers run and what they may do, as Docker tells a reader; of their environment nothing."""

import json
from functools import partial

from scanners.config.agents.facts import Container, Containers
from scanners.config.servers.blocks import marked
from scanners.facts import PartialList, Reason
from scanners.kit.collector import Gaps, Missing

_FIELDS = 9
_OTHERS_WRITE = 0o002


def containers(text: str, gaps: Gaps) -> Containers:
    """Engines, their sockets and what runs; Podman's own list is not asked for, since asking it writes."""
    engines = tuple(dict.fromkeys(marked(text, "B")))
    hidden = marked(text, "N")
    sockets = {path: int(mode, 8) for mode, _, _, path in (line.split(" ", 3) for line in marked(text, "S"))}
    if hidden:
        gaps.add("containers.settings", Reason.NOT_PERMITTED, f"{hidden[0]} is not readable")
    return Containers(
        engines=engines,
        open_sockets=tuple(path for path, mode in sockets.items() if mode & _OTHERS_WRITE),
        settings={
            key: value.strip().strip('"')
            for key, _, value in (line.partition(" ") for line in marked(text, "J"))
        },
        running=gaps.fact("containers.running", partial(_running, text, engines, sockets, gaps)),
    )


def _running(
    text: str, engines: tuple[str, ...], sockets: dict[str, int], gaps: Gaps
) -> tuple[Container, ...]:
    """Running containers; raises `Missing` where an engine's socket is there and it would not say."""
    refused = marked(text, "?")
    if refused:
        raise Missing(Reason.NOT_PERMITTED, f"Docker's socket is there, but {refused[0]}")
    if any(path.endswith("docker.sock") for path in sockets) and not marked(text, "Q"):
        raise Missing(
            Reason.INCONCLUSIVE, "an engine's socket is there, but the list of containers did not come"
        )
    found = [parse_container(line) for line in marked(text, "C")]
    blind = [
        name for name in engines if name != "docker" and ("docker" not in engines or name != "containerd")
    ]
    if blind:
        gaps.add("containers.running", Reason.UNSUPPORTED, f"{blind[0]} cannot be asked without its writing")
        return PartialList(found)
    return tuple(found)


def parse_container(line: str) -> Container:
    """One container: values of JSON between tabs, in the order that the collector asks for."""
    values = [json.loads(part) for part in line.split("\t") if part.strip()]
    if len(values) != _FIELDS:
        raise ValueError("docker inspect gave another number of fields")
    name, image, privileged, user, network, processes, capabilities, ports, mounts = values
    name = name.lstrip("/")
    return Container(
        locus=f"container/{name}",
        name=name,
        image=image,
        privileged=privileged,
        user=user,
        host_network=network == "host",
        host_processes=processes == "host",
        capabilities=tuple(capabilities or ()),
        ports=tuple(
            sorted(
                {
                    f"{at['HostIp']}:{at['HostPort']}"
                    for places in (ports or {}).values()
                    for at in places or ()
                }
            )
        ),
        mounts=tuple(mounts),
    )
