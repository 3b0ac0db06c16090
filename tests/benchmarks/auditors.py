"""What others need to see a host from inside: ansible over the same way, lynis on the host itself.

ansible-core gets a throw-away environment in the user's cache folder; lynis is a package of the system.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.servers.ssh import SshServer
from tests.servers.wan import THERE, Wan

_INSTALL_SECONDS = 600
_RUN_SECONDS = 300
_PLAY = """
- hosts: all
  gather_facts: true
  tasks:
    - package_facts: {}
"""


def ansible() -> Path | None:
    """The program ansible-playbook; None if it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = cache / "compliance-benchmarks" / "ansible"
    if not (home / "bin" / "ansible-playbook").exists():
        _run(sys.executable, "-m", "venv", str(home))
        _run(str(home / "bin" / "pip"), "install", "--quiet", "--quiet", "ansible-core")
    program = home / "bin" / "ansible-playbook"
    return program if program.exists() else None


def ansible_seconds(program: Path, wan: Wan, server: SshServer, folder: Path) -> float:
    """Wall seconds of one play that gathers facts and packages, as ansible comes (without pipelining)."""
    play, inventory = folder / "play.yaml", folder / "inventory"
    play.write_text(_PLAY)
    inventory.write_text(
        f"{THERE} ansible_port={server.port} ansible_user={server.login} "
        f"ansible_ssh_private_key_file={server.key} ansible_python_interpreter=/usr/bin/python3\n"
    )
    words = ["ip", "netns", "exec", wan.near, str(program), "-i", str(inventory), str(play)]
    settings = {
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "LC_ALL": "C.UTF-8",
    }
    began = time.perf_counter()
    done = subprocess.run(
        words, capture_output=True, timeout=_RUN_SECONDS, check=False, env={**os.environ, **settings}
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"ansible failed: {(done.stdout + done.stderr).decode(errors='replace')[-600:]}")
    return took


def lynis_cpu() -> float | None:
    """CPU seconds of `lynis audit system --quick` here, without a network; None if it is not to be had."""
    if not shutil.which("lynis") and os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "lynis")
    if not shutil.which("lynis") or os.geteuid() != 0:
        return None
    before = children_cpu()
    words = ["unshare", "--net", "lynis", "audit", "system", "--quick", "--no-log", "--quiet"]
    subprocess.run(
        [*words, "--logfile", "/dev/null", "--report-file", "/dev/null"],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_RUN_SECONDS,
    )
    return children_cpu() - before


def children_cpu() -> float:
    """CPU seconds of all processes that were started from here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(*words: str) -> None:
    """Run an installer; where it fails the peer is not there, and its bar is told as such."""
    subprocess.run(words, check=False, stdout=subprocess.DEVNULL, timeout=_INSTALL_SECONDS)
