"""Matches of one package become what is told of it: rated, deduplicated, with the command that mends them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from compliance.model.advisory import Match, Outlook, State, day, version_key
from compliance.model.vulnerability import MOST_FLAWS, Flaw, FlawedPackage, Rating
from scanners import UNKNOWN, PartialList
from scanners.packages.facts import Package

_FIXES = {
    "dpkg": "apt-get update && apt-get install --only-upgrade {}",
    "rpm": "dnf upgrade {}",
    "apk": "apk update && apk upgrade {}",
}
_RATINGS: tuple[Rating, ...] = ("none", "low", "medium", "high", "critical")
_FLOORS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "none"))
"""Qualitative ratings of CVSS 3.1, 5, which are those of 4.0, 6."""
_MODULE = re.compile(r"\.module[+_]")


def flawed(
    package: Package,
    manager: str,
    matches: Iterable[Match],
    outlooks: Mapping[str, Outlook],
    *,
    has_catalogue: bool,
) -> FlawedPackage | None:
    """The package with its flaws; None if none of the matches says that it has one."""
    listed = [match for match in matches if not _is_other_stream(package.version, match.fixed)]
    cleared = {cve for match in listed if match.state is State.NOT_AFFECTED for cve in match.cves}
    told: dict[tuple[str, str, tuple[str, ...]], Match] = {}
    for match in listed:
        is_cleared = match.state is not State.FIXED and match.cves and cleared.issuperset(match.cves)
        if match.state is not State.NOT_AFFECTED and not is_cleared:
            told.setdefault((match.source, match.advisory, match.cves), match)
    if not told:
        return None
    flaws = [_flaw(match, outlooks, has_catalogue=has_catalogue) for match in told.values()]
    flaws.sort(key=_rank)
    fixes = [match for match in told.values() if match.state is State.FIXED]
    newest = max(fixes, key=lambda match: version_key(match.package.release)(match.fixed), default=None)
    return FlawedPackage(
        locus=package.locus,
        package=package.name,
        version=package.version,
        source=package.source,
        flaws=tuple(flaws[:MOST_FLAWS]) if len(flaws) <= MOST_FLAWS else PartialList(flaws[:MOST_FLAWS]),
        fixed_version=newest.fixed if newest else "",
        fix=_FIXES.get(manager, "").format(package.name) if newest else "",
    )


def _is_other_stream(installed: str, fixed: str) -> bool:
    """Whether a fix is for another module stream (RHEL 8 and its kin) than the installed version is of.

    Streams are told apart by being one at all and by the first number of the version; two streams that share
    it are taken for one, which may tell of a flaw that is not there, never hide one that is.
    """
    of_module = _MODULE.search(fixed)
    if not fixed or not (of_module or _MODULE.search(installed)):
        return False
    if not (of_module and _MODULE.search(installed)):
        return True
    return _major(installed) != _major(fixed)


def _major(version: str) -> str:
    return version.rpartition(":")[2].partition(".")[0]


def _flaw(match: Match, outlooks: Mapping[str, Outlook], *, has_catalogue: bool) -> Flaw:
    known = [outlooks[cve] for cve in match.cves if cve in outlooks]
    score, vector = match.score, match.vector
    if score is None:
        score, vector = max(
            ((one.score, one.vector) for one in known if one.score is not None), default=(None, "")
        )
    exploited = [one.exploited for one in known if one.exploited]
    due = min((found for one in exploited if (found := day(one.due))), default=None)
    likely = [one.likelihood for one in known if one.likelihood is not None]
    return Flaw(
        locus=f"advisory/{match.advisory}",
        advisory=match.advisory,
        origin=match.source,
        cves=match.cves,
        state=match.state.value,  # type: ignore[arg-type]  # (not-affected never comes here)
        fixed_version=match.fixed,
        rating=_rating(score, match.severity),
        severity=_severity(score, match.severity),
        score=UNKNOWN if score is None else score,
        vector=vector,
        published=_or_unknown(day(match.published)),
        exploited=bool(exploited) if has_catalogue else UNKNOWN,
        due=_or_unknown(due),
        likelihood=max(likely) if likely else UNKNOWN,
    )


def _rank(flaw: Flaw) -> tuple[bool, float, str]:
    """Those with a fix first, then the worst; what nobody rated stands before what is rated low."""
    return flaw.state != "fixed", -(5.0 if flaw.severity is UNKNOWN else flaw.severity), flaw.advisory


def _or_unknown(value: date | None) -> date:
    found: date = UNKNOWN if value is None else value
    return found


def _rating(score: float | None, severity: str) -> Rating:
    """The worse of what the score and what the maker's word says; unknown where neither says anything."""
    words = [word for floor, word in _FLOORS if score is not None and score >= floor][:1]
    words += [severity] if severity else []
    found: Rating = max((word for word in _RATINGS if word in words), key=_RATINGS.index, default=UNKNOWN)
    return found


def _severity(score: float | None, severity: str) -> float:
    """The worse of the score and of the least score that the maker's word stands for."""
    floors = [floor for floor, word in _FLOORS if word == severity]
    found: float = max(floors + ([] if score is None else [score]), default=UNKNOWN)
    return found
