"""Files that nobody guards: written by everybody, owned by nobody, or running with another's rights."""

import re

from scanners.config.systemfacts import Loose, SuidFile
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Sections

_MOST = 500
_MOST_SUID = 200
_SUID_FIELDS = 5
_DIGEST = re.compile(r"([0-9a-f]{64}) [ *](/.*)$")


def loose(sections: Sections, gaps: Gaps) -> Loose:
    """What a search bounded by depth and time found; partial where a folder was left out or there is more."""
    return Loose(
        world_writable=gaps.fact(
            "loose.world_writable", lambda: _writable(sections.text("loose-files"), gaps)
        ),
        unowned=gaps.fact("loose.unowned", lambda: _unowned(sections.text("unowned-files"), gaps)),
        suid=gaps.fact("loose.suid", lambda: parse_suid(sections.text("suid-files"), gaps)),
    )


def _writable(text: str, gaps: Gaps) -> tuple[str, ...]:
    """Paths behind mode, owner and group."""
    paths = [line.split(" ", 3)[3] for line in text.splitlines() if line[:1].isdigit()]
    return _whole("world_writable", paths, text, gaps)


def _unowned(text: str, gaps: Gaps) -> tuple[str, ...]:
    return _whole("unowned", [line for line in text.splitlines() if line.startswith("/")], text, gaps)


def parse_suid(text: str, gaps: Gaps) -> tuple[SuidFile, ...]:
    """Rows of `S`, mode, owner, group and path, and digests of the same files as sha256sum(1) writes them."""
    lines = text.splitlines()
    digests = {match[2]: match[1] for line in lines if (match := _DIGEST.match(line))}
    rows = (line.split(" ", _SUID_FIELDS - 1) for line in lines if line.startswith("S "))
    found = tuple(
        SuidFile(
            locus=f"suid/{path}",
            path=path,
            owner=owner,
            group=group,
            mode=int(mode, 8),
            sha256=digests.get(path, UNKNOWN),
        )
        for _mark, mode, owner, group, path in rows
    )
    if any(file.sha256 is UNKNOWN for file in found):
        gaps.add("loose.suid[].sha256", Reason.NOT_PERMITTED, "some programs may be run, but not read")
    if _note("suid", text, gaps, is_cut=len(found) >= _MOST_SUID):
        return PartialList(found)
    return found


def _whole(name: str, paths: list[str], text: str, gaps: Gaps) -> tuple[str, ...]:
    if _note(name, text, gaps, is_cut=len(paths) >= _MOST):
        return PartialList(paths)
    return tuple(paths)


def _note(name: str, text: str, gaps: Gaps, *, is_cut: bool) -> bool:
    """Say by a gap why a list is not whole, if it is not."""
    left = [line[2:] for line in text.splitlines() if line.startswith("? ")]
    if left:
        detail = f"a network mount lies in or above {', '.join(left)}"[:200]
        gaps.add(f"loose.{name}", Reason.PARTIAL, detail)
    elif is_cut:
        gaps.add(f"loose.{name}", Reason.PARTIAL, "there are more than are listed")
    return bool(left) or is_cut
