"""OVAL definitions of vulnerable rpm packages (oval.mitre.org), read as a stream, without entities."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from compliance.advisories.said import BadDocument, Said, moment, severity_word
from compliance.model.advisory import Advisory, Range, host_release

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_PLATFORM = re.compile(r"azl(\d+)")
_TOP = {"definition", "rpminfo_test", "rpminfo_object", "rpminfo_state"}


def read(data: bytes) -> Iterator[Said]:
    """What the definitions say: each package older than a version has the flaw."""
    parts: dict[str, Any] = {"definition": [], "rpminfo_test": {}, "rpminfo_object": {}, "rpminfo_state": {}}
    dated = None
    try:
        for _, element in iterparse(BytesIO(data), forbid_dtd=True):
            name = _bare(element.tag)
            if name == "timestamp":
                dated = moment(_to_microseconds(element.text or ""))
            elif name in _TOP:
                _keep(parts, name, element)
                element.clear()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadDocument(f"no OVAL that can be read: {type(error).__name__}: {error}") from error
    if not parts["definition"]:
        raise BadDocument("no definition of a vulnerability stands in it")
    yield Said(source="oval Azure Linux", dated=dated, entries=_advisories(parts))


def _bare(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _to_microseconds(text: str) -> str:
    """The time with no more digits of its second than Python reads."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def _keep(parts: dict[str, Any], name: str, element: Element) -> None:
    match name:
        case "definition":
            parts[name].append(_definition(element))
        case "rpminfo_test":
            refs = {_bare(child.tag): dict(child.attrib) for child in element}
            wanted = refs.get("object", {}).get("object_ref", ""), refs.get("state", {}).get("state_ref", "")
            parts[name][element.get("id", "")] = wanted
        case "rpminfo_object":
            parts[name][element.get("id", "")] = next((child.text or "" for child in element), "")
        case _:
            parts[name][element.get("id", "")] = next(
                (
                    child.text or ""
                    for child in element
                    if _bare(child.tag) == "evr" and child.get("operation") == "less than"
                ),
                "",
            )


def _definition(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {"tests": [], "cves": [], "operators": set()}
    for child in element.iter():
        match _bare(child.tag):
            case "reference" if child.get("source") == "CVE":
                found["cves"] += _CVE.findall(child.get("ref_id", ""))
            case "criterion":
                found["tests"].append(child.get("test_ref", ""))
            case "criteria":
                found["operators"].add(child.get("operator", "AND"))
            case "severity" | "advisory_date" | "advisory_id" as word:
                found[word] = child.text or ""
    return found


def _advisories(parts: dict[str, Any]) -> Iterator[Advisory]:
    for found in parts["definition"]:
        if len(found["tests"]) > 1 and "OR" not in found["operators"]:
            continue
        ranges = tuple(_ranges(parts, found["tests"]))
        if ranges:
            yield Advisory(
                name=found.get("advisory_id") or next(iter(found["cves"]), "oval"),
                cves=tuple(dict.fromkeys(found["cves"])),
                ranges=ranges,
                severity=severity_word(found.get("severity", "")),
                published=found.get("advisory_date", "")[:10],
            )


def _ranges(parts: dict[str, Any], tests: list[str]) -> Iterator[Range]:
    for test in tests:
        object_ref, state_ref = parts["rpminfo_test"].get(test, ("", ""))
        package, fixed = (
            parts["rpminfo_object"].get(object_ref, ""),
            parts["rpminfo_state"].get(state_ref, ""),
        )
        platform = _PLATFORM.search(fixed)
        if package and platform:
            release = host_release("azurelinux", f"{platform[1]}.0")
            yield Range(release, package, is_source=False, fixed=fixed.removeprefix("0:"))
