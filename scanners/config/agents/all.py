"""The facts of agents, jobs, containers and radio, from the collector's sections."""

from typing import Any

from scanners.config.agents.containers import containers
from scanners.config.agents.jobs import jobs
from scanners.config.agents.presence import Seen, agents
from scanners.config.agents.wifi import wifi
from scanners.config.facts import Service
from scanners.config.services import Running
from scanners.kit.collector import Gaps, Sections


def agent_facts(
    sections: Sections, running: Running, units: dict[str, Service], gaps: Gaps
) -> dict[str, Any]:
    """The fields of `AgentFacts` that `ServerFacts` has not."""
    timed = gaps.fact("jobs", lambda: jobs(sections, gaps))
    return {
        "agents": gaps.fact("agents", lambda: agents(Seen(sections, running, units, timed, gaps))),
        "jobs": timed,
        "containers": gaps.fact("containers", lambda: containers(sections.text("containers"), gaps)),
        "wifi": gaps.fact("wifi", lambda: wifi(sections.text("wifi"), gaps)),
    }
