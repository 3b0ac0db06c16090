"""A small root of busybox with files and programs of the test's own, and the collector run inside it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scanners.kit.collector import Sections, script, sections
from scanners.kit.shell import Said


def collected(
    root: Path, files: dict[str, str], programs: dict[str, str] | None = None
) -> tuple[Sections, str]:
    """The sections, and all that was said, of a host that has these files and shell scripts as programs."""
    if os.geteuid() != 0:
        pytest.skip("changing the root directory needs root")
    _busybox(root)
    for path, text in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    for path, text in (programs or {}).items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        place.chmod(0o755)
    run = subprocess.run(
        ["chroot", str(root), "/bin/sh", "-s"],
        input=script("m"),
        capture_output=True,
        timeout=100,
        check=True,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
    )
    return sections(Said(stdout=run.stdout), "m"), run.stdout.decode("utf-8", "replace")


def _busybox(root: Path) -> None:
    """Busybox with its libraries, and a link for each of its programs; /proc stays empty."""
    busybox = shutil.which("busybox")
    assert busybox, "the set-up for tests installs busybox"
    for folder in ("bin", "proc", "etc", "tmp", "dev"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "dev/null").touch()
    shutil.copy(busybox, root / "bin/busybox")
    linked = subprocess.run(["ldd", busybox], check=False, capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+\.so\S*)", linked):
        place = root / library.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    listed = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout
    for applet in listed.split():
        link = root / "bin" / applet
        if applet != "busybox" and not link.exists():
            link.symlink_to("busybox")
