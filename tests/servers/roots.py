"""Real systems as folders: Debian releases from its own mirror, and busybox alone; no kernel of their own."""

import os
import shutil
import subprocess
from pathlib import Path

_SECONDS = 240
_TOOLS = ("debootstrap", "chroot", "unshare")


class NoRoot(Exception):
    """There can be no such root here; the message says why."""


def debian_root(release: str) -> Path:
    """A minimal Debian of that release, made once and kept in the user's cache folder; raises `NoRoot`."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "compliance-tests"
    root = home / release
    if root.exists():
        return root
    if os.geteuid() != 0:
        raise NoRoot("debootstrap needs root")
    missing = [tool for tool in _TOOLS if not shutil.which(tool)]
    if missing:
        raise NoRoot(f"{', '.join(missing)} is not installed")
    made = home / f"{release}.{os.getpid()}"
    home.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", release, str(made)],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
            raise NoRoot(f"debootstrap {release}: {said[-1] if said else 'failed'}")
        made.rename(root)
    except subprocess.TimeoutExpired as error:
        raise NoRoot(f"debootstrap {release} did not end within {_SECONDS} s") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return root


def busybox_root(folder: Path) -> Path:
    """A root with busybox and the libraries that it names, and two accounts; nothing else."""
    busybox = shutil.which("busybox")
    if busybox is None or os.geteuid() != 0:
        raise NoRoot("this needs busybox and root")
    for name in ("bin", "dev", "etc", "proc", "lib", "lib64"):
        (folder / name).mkdir(parents=True)
    shutil.copy(busybox, folder / "bin" / "busybox")
    for library in _libraries(busybox):
        place = folder / str(library).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    listed = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True)
    for applet in listed.stdout.split():
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\nkiosk:x:1000:1000::/:/bin/sh\n")
    (folder / "etc" / "shadow").write_text("root:*:19000:0:99999:7:::\nkiosk::19000:0:99999:7:::\n")
    (folder / "etc" / "os-release").write_text('ID=buildroot\nVERSION_ID=2023.02\nPRETTY_NAME="Kiosk"\n')
    return folder


def _libraries(program: str) -> list[Path]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    words = [word for line in said.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/") and Path(word).exists()]


def said_in(root: Path, script: bytes) -> bytes:
    """What the script says inside the root, in namespaces of its own, with /proc and nothing of ours."""
    null = root / "dev" / "null"
    if not null.exists():
        null.touch()
    mounts = f"mount -t proc proc '{root}/proc' && mount --bind /dev/null '{null}'"
    start = f"{mounts} && exec chroot '{root}' /bin/sh -s"
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--net", "--uts", "--fork", "/bin/sh", "-c", start],
        input=script,
        capture_output=True,
        timeout=100,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
    )
    if done.returncode:
        raise NoRoot(f"no namespaces here: {done.stderr.decode(errors='replace').strip()[-200:]}")
    return done.stdout
