"""Match blocks of sshd_config(5) with its includes: what `sshd -T` for one user does not show."""

from scanners.config.sshdfacts import SshdMatch
from scanners.facts import Reason
from scanners.kit.collector import Dump, Missing, dumps


def sshd_matches(text: str) -> tuple[SshdMatch, ...]:
    """The blocks of all files; raises `Missing` where a file could not be read."""
    found: list[SshdMatch] = []
    for dump in dumps(text):
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        found += _blocks(dump)
    return tuple(found)


def _blocks(dump: Dump) -> list[SshdMatch]:
    """A block goes on to the next Match or to the end of its file; its first value of a keyword counts."""
    blocks: list[tuple[str, dict[str, str]]] = []
    for line in dump.lines:
        keyword, value = _pair(line)
        if keyword == "match":
            blocks.append((value, {}))
        elif blocks:
            blocks[-1][1].setdefault(keyword, value)
    return [
        SshdMatch(
            locus=f"sshd-match{dump.path}/{number}",
            criteria=criteria,
            settings=settings,
            root_login=settings.get("permitrootlogin", "").lower() == "yes",
            empty_passwords=settings.get("permitemptypasswords", "").lower() == "yes",
        )
        for number, (criteria, settings) in enumerate(blocks, 1)
        if criteria.lower() != "all" or settings
    ]


def _pair(line: str) -> tuple[str, str]:
    """A keyword and its value, which may stand behind blanks or an equals sign, and in quotes."""
    keyword, _, value = line.strip().replace("=", " ", 1).partition(" ")
    return keyword.lower(), " ".join(value.split()).strip('"')
