"""Facts from what a search said, together with what earlier scans of the same round found."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import asdict as fields_of

from scanners.discovery.facts import (
    AddressFile,
    CardFile,
    DiscoveryFacts,
    ExposedFile,
    ImageFolder,
    KeyFile,
    Place,
    RecordFile,
    Searched,
)
from scanners.discovery.parse import About, Answer, Held
from scanners.discovery.plan import ROOTS, Cursor, Folder, Plan
from scanners.facts import UNKNOWN, Gap, PartialList, Reason

P = TypeVar("P", bound=Place)

MOST = 2000
"""Files of a kind that are listed."""

_EDGES = ("under 1", "under 3", "under 8", "under 30", "under 90", "under 365", "older")
_SHORT = {
    "absent": (Reason.NOT_COLLECTED, "folders that were named are not there"),
    "not-permitted": (Reason.NOT_PERMITTED, "files or folders may not be read without root"),
    "network": (Reason.PARTIAL, "folders on network or virtual file systems were left alone"),
    "listing": (Reason.TIMED_OUT, "the list of files came to no end"),
    "odd-name": (Reason.UNSUPPORTED, "names hold control characters"),
    "closed": (Reason.UNSUPPORTED, "archives and documents are not opened"),
    "packed": (Reason.TOOL_MISSING, "packed files for which the host has no tool"),
    "large": (Reason.PARTIAL, "packed files unpack to more than is read"),
    "failed": (Reason.GARBLED, "files could not be read"),
    "garbled": (Reason.GARBLED, "lines of the answer could not be understood"),
}
"""What is left out and makes a list short, unlike pictures and programs."""
_OF_CONTENT = frozenset({"closed", "packed", "large", "failed"})
"""Of these files the names were seen all the same."""
_BY_CONTENT = ("cards", "addresses", "keys", "records")


def discovery_facts(
    answer: Answer, plan: Plan, before: DiscoveryFacts | None, now: datetime
) -> DiscoveryFacts:
    """The facts; a list is whole only when the round is and nothing that could hold text was left out."""
    searched = _searched(answer, plan, before, now)
    gaps = _gaps(answer, searched, plan)
    proved = searched.proved
    planted = frozenset(plan.canary)
    held = [each for each in answer.held if each.place.path not in planted]
    short = {gap.path for gap in gaps}
    old = before or DiscoveryFacts(cards=(), addresses=(), keys=(), exposed=(), records=())

    def listed(name: str, new: Iterable[P]) -> tuple[P, ...]:
        if not proved:
            return UNKNOWN  # type: ignore[no-any-return] # UNKNOWN stands for any value
        return _listed(getattr(old, name), new, _resumed(before), whole=name not in short)

    folders, folder_gaps = _folders(answer, plan)
    return DiscoveryFacts(
        searched=searched,
        cards=listed("cards", _each(held, slice(0, 5), _card)),
        addresses=listed("addresses", _each(held, slice(6, 8), _address)),
        keys=listed("keys", _each(held, slice(8, 10), _key)),
        exposed=listed("exposed", (ExposedFile(**_place(a), kind=_kind(k)) for k, a in answer.exposed)),
        records=listed("records", (_record(a, plan.folders) for a in answer.records)),
        folders=folders,
        gaps=(*gaps, *folder_gaps),
    )


def _resumed(before: DiscoveryFacts | None) -> str:
    """The file of which an earlier scan read the beginning; empty if there is none."""
    return before.searched.next_path if before and before.searched.next_offset > 0 else ""


def _searched(answer: Answer, plan: Plan, before: DiscoveryFacts | None, now: datetime) -> Searched:
    """How far this round has come: what this scan read, added to what earlier ones did."""
    last = before.searched if before else None
    cursor = answer.stopped if answer.stopped and not answer.cut else None
    if answer.cut:
        cursor = answer.done or (Cursor(path=last.next_path, offset=last.next_offset) if last else Cursor())
    skipped = dict(last.skipped) if last else {}
    for why, count in sorted(answer.skipped.items()):
        skipped[why] = skipped.get(why, 0) + count
    planted = {each.place.path for each in answer.planted if sum(each.counts[:3])}
    return Searched(
        roots=plan.roots,
        began=last.began if last else now,
        whole=cursor is None and not answer.skipped["listing"],
        files=answer.files + (last.files if last else 0),
        bytes=answer.bytes + (last.bytes if last else 0),
        skipped=skipped,
        next_path=cursor.path if cursor else "",
        next_offset=cursor.offset if cursor else -1,
        proved=answer.proved and planted == set(plan.canary),
    )


def _gaps(answer: Answer, searched: Searched, plan: Plan) -> list[Gap]:
    """Why the lists are short, or not known at all."""
    told: list[tuple[Reason, str]] = []
    if not answer.proved:
        told.append(
            (Reason.INCONCLUSIVE, "numbers made up for the proof were not found by this host's tools")
        )
    elif not searched.proved:
        found = {each.place.path for each in answer.planted if sum(each.counts[:3])}
        lost = ", ".join(sorted(set(plan.canary) - found))
        told.append((Reason.INCONCLUSIVE, f"planted test numbers were not found in {lost}"[:300]))
    if not searched.whole:
        why = answer.cut or Reason.PARTIAL
        at = searched.next_path or "the beginning"
        told.append((why, f"the search ended before all was read; the next scan goes on at {at}"[:300]))
    return [
        Gap(path=path, reason=reason, detail=detail)
        for reason, detail in told
        for path in (*_BY_CONTENT, "exposed")
    ] + [
        Gap(path=path, reason=_SHORT[why][0], detail=f"{_SHORT[why][1]}: {count}")
        for why, count in searched.skipped.items()
        if why in _SHORT and (why != "absent" or plan.roots != ROOTS)
        for path in (_BY_CONTENT if why in _OF_CONTENT else (*_BY_CONTENT, "exposed"))
    ]


def _listed(old: tuple[P, ...], new: Iterable[P], resumed: str, *, whole: bool) -> tuple[P, ...]:
    """What was known with what is new, each file once; the parts of a file are added up."""
    known: dict[str, P] = {}
    for each in new:
        known[each.locus] = _together(known[each.locus], each) if each.locus in known else each
    for each in tuple.__iter__(old) if isinstance(old, tuple) else ():
        if each.locus not in known:
            known[each.locus] = each
        elif each.path == resumed:
            known[each.locus] = _together(each, known[each.locus])
    files = tuple(known[locus] for locus in sorted(known))
    return files if whole and len(files) <= MOST else PartialList(files[:MOST])


def _together(one: P, other: P) -> P:
    """Two parts of one file: counts are added, words joined, the rest is the newer one's."""
    values: dict[str, Any] = fields_of(other)
    for name in ("numbers", "tests", "tracks", "codes", "pin_blocks", "lines", "plates", "mails", "clear"):
        if name in values:
            values[name] += getattr(one, name)
    for name in ("schemes", "samples"):
        if name in values:
            values[name] = tuple(dict.fromkeys((*getattr(one, name), *values[name])))[:5]
    return type(other)(**values)


def _each(held: list[Held], part: slice, make: Callable[[Held], P]) -> list[P]:
    return [make(each) for each in held if any(each.counts[part])]


def _place(about: About) -> dict[str, Any]:
    return {"locus": f"file{about.path}", **asdict(about)}


def _card(held: Held) -> CardFile:
    numbers, tests, tracks, codes, pins, lines = held.counts[:6]
    return CardFile(
        **_place(held.place),
        numbers=numbers,
        tests=tests,
        tracks=tracks,
        codes=codes,
        pin_blocks=pins,
        lines=lines,
        schemes=held.schemes,
        samples=held.samples,
    )


def _address(held: Held) -> AddressFile:
    return AddressFile(**_place(held.place), plates=held.counts[6], mails=held.counts[7])


def _key(held: Held) -> KeyFile:
    return KeyFile(**_place(held.place), clear=held.counts[8], locked=held.counts[9])


def _kind(word: str) -> Any:
    return "dump" if word == "dump" else "credentials"


def _record(about: About, folders: tuple[Folder, ...]) -> RecordFile:
    """A table of plates; the innermost declared folder around it says how long it may be kept."""
    around = [each for each in folders if about.path.startswith(each.path.rstrip("/") + "/")]
    nearest = max(around, key=lambda each: len(each.path), default=None)
    path = "" if nearest is None else nearest.path
    if nearest is None or nearest.days is None:
        return RecordFile(**_place(about), around=path)
    return RecordFile(**_place(about), around=path, retention_days=nearest.days)


def _folders(answer: Answer, plan: Plan) -> tuple[tuple[ImageFolder, ...], list[Gap]]:
    """The declared folders, with gaps for what was not seen and for retentions that nobody declared."""
    found, gaps = [], []
    for number, folder in enumerate(plan.folders):
        at = f"folders[folder{folder.path}]"
        facts: dict[str, Any] = {"purpose": folder.purpose or UNKNOWN}
        if not folder.purpose:
            detail = "no purpose is declared for this folder"
            gaps.append(Gap(path=f"{at}.purpose", reason=Reason.NOT_COLLECTED, detail=detail))
        if folder.days is None:
            detail = f"no retention is declared for {folder.purpose or 'this folder'}"
            gaps.append(Gap(path=f"{at}.retention_days", reason=Reason.NOT_COLLECTED, detail=detail))
        else:
            facts["retention_days"] = folder.days
        seen = answer.folders.get(number)
        if seen is None or seen.state not in ("seen", "absent"):
            why = Reason.NOT_PERMITTED if seen and seen.state == "not-permitted" else Reason.NOT_COLLECTED
            detail = f"the folder was not seen whole: {seen.state if seen else 'it did not come back'}"
            gaps.append(Gap(path=f"{at}.images", reason=why, detail=detail))
        elif seen.state == "absent":
            facts["there"] = False
        else:
            facts |= {"there": True, **_ages(seen.counts, folder)}
        found.append(ImageFolder(locus=f"folder{folder.path}", folder=folder.path, **facts))
    return tuple(found), gaps


def _ages(counts: tuple[int, ...], folder: Folder) -> dict[str, Any]:
    images, beyond, oldest, newest, *ages = counts
    known: dict[str, Any] = {
        "images": images,
        "oldest_days": oldest,
        "newest_days": newest,
        "ages": dict(zip(_EDGES, ages, strict=True)),
    }
    return known if folder.days is None else known | {"beyond": beyond}
