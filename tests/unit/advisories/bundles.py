"""Bundles and small documents for tests, each of one format."""

import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

DATA = Path(os.environ.get("COMPLIANCE_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def third_party(path):
    """A file of the third-party data, or a visible skip."""
    if not (DATA / path).exists():
        pytest.skip(f"no third-party data at {DATA}; COMPLIANCE_TEST_DATA names the folder")
    return DATA / path


def osv(name="ALSA-1", package="openssl", fixed="3.0.7-25.el9", **more):
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {
        "package": {"ecosystem": more.pop("ecosystem", "AlmaLinux:9"), "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": more.pop("events", events)}],
    }
    record = {
        "id": name,
        "summary": "Critical: openssl security update",
        "modified": "2026-11-20T00:00:00Z",
        "published": "2026-01-10T00:00:00Z",
        "related": ["CVE-2026-0001"],
        "affected": [affected],
    }
    return json.dumps(record | more).encode()


def zipped(**documents):
    """A zip file as bytes; names with `__` for a dot."""
    return packed({name.replace("__", "."): text for name, text in documents.items()})


def packed(documents):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in documents.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 22, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


KEV = json.dumps(
    {
        "catalogVersion": "2026.11.20",
        "dateReleased": "2026-11-20T00:00:00Z",
        "vulnerabilities": [{"cveID": "CVE-2026-0001", "dateAdded": "2026-01-12", "dueDate": "2026-02-02"}],
    }
).encode()
EPSS = b"""#model_version:v2026,score_date:2026-11-21T00:00:00+0000
cve,epss,percentile
CVE-2026-0001,0.93,0.99
"""
SECDB = b"""distroversion: v3.20
reponame: main
packages:
- pkg:
    name: zlib
    secfixes:
      1.3.1-r1:
      - CVE-2026-0002 GHSA-x
      0:
      - CVE-2026-0003
"""
_RELEASES = {
    "bookworm": {"status": "resolved", "urgency": "high", "fixed_version": "7.88.1-10+deb12u5"},
    "trixie": {"status": "open", "urgency": "low", "nodsa_reason": "ignored"},
    "bullseye": {"status": "open", "urgency": "not yet assigned"},
    "buster": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"},
}
TRACKER = json.dumps({"curl": {"CVE-2026-0004": {"releases": _RELEASES}}}).encode()
DSA = b"""[29 Mar 2026] DSA-5999-1 curl - security update
\t{CVE-2026-0004 CVE-2026-0005}
\t[bookworm] - curl 7.88.1-10+deb12u5
\t[bullseye] - curl <not-affected>
"""
PRODUCT = b"""---
title: Debian
permalink: /debian
releaseLabel: x
releases:
  - releaseCycle: "12"
    eol: 2026-07-11
    eoes: 2028-06-30
---
Text.
"""
DISTRO_INFO = b"""version,codename,series,created,release,eol,eol-lts,eol-elts
12,Bookworm,bookworm,2021-08-14,2023-06-10,2026-06-10,2028-06-30,2033-06-30
13,Trixie,trixie,2023-06-10,2025-08-09
"""
OPENVEX = json.dumps(
    {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "Canonical Ltd.",
        "timestamp": "2026-11-20T00:00:00Z",
        "statements": [
            {
                "vulnerability": {"name": "CVE-2026-0006"},
                "products": [{"@id": "pkg:deb/ubuntu/curl@7.81.0-1?arch=source&distro=jammy"}],
                "status": status,
                "timestamp": "2026-10-11T06:00:00Z",
            }
            for status in ("affected", "fixed", "not_affected")
        ],
    }
).encode()


def product(name, **helper):
    return {"product_id": name, "product_identification_helper": helper}


def csaf():
    part = "curl-0:7.76.1-26.el9.x86_64"
    products = (
        product("BaseOS", cpe="cpe:/o:redhat:enterprise_linux:9::baseos"),
        product("EUS", cpe="cpe:/o:redhat:rhel_eus:9.0::baseos"),
        product(part, purl="pkg:rpm/redhat/curl@7.76.1-26.el9?arch=x86_64"),
        product("wget"),
    )
    relations = [
        {
            "category": "default_component_of",
            "full_product_name": {"product_id": f"{whole}:{part}"},
            "product_reference": part,
            "relates_to_product_reference": whole,
        }
        for whole in ("BaseOS", "EUS")
        for part in ("curl-0:7.76.1-26.el9.x86_64", "wget")
    ]
    return json.dumps(
        {
            "document": {
                "category": "csaf_vex",
                "csaf_version": "2.0",
                "publisher": {"name": "Red Hat"},
                "aggregate_severity": {"text": "Important"},
                "tracking": {
                    "id": "CVE-2026-0007",
                    "current_release_date": "2026-11-21T00:00:00+00:00",
                    "initial_release_date": "2026-10-01T00:00:00+00:00",
                },
            },
            "product_tree": {
                "branches": [{"branches": [{"product": each} for each in products]}],
                "relationships": relations,
            },
            "vulnerabilities": [
                {
                    "cve": "CVE-2026-0007",
                    "product_status": {
                        "fixed": ["BaseOS:curl-0:7.76.1-26.el9.x86_64", "EUS:curl-0:7.76.1-26.el9.x86_64"],
                        "known_affected": ["BaseOS:wget"],
                    },
                    "remediations": [{"category": "no_fix_planned", "product_ids": ["BaseOS:wget"]}],
                    "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
                }
            ],
        }
    ).encode()


def oval(evr="0:2.6.7-3.azl3", head=""):
    return f"""<?xml version="1.0"?>{head}
<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
 xmlns:oval="http://oval.mitre.org/XMLSchema/oval-common-5" xmlns:l="urn:l">
<generator><oval:timestamp>2026-11-20T12:04:24.575063301Z</oval:timestamp></generator>
<definitions><definition class="vulnerability" id="d1"><metadata>
<reference ref_id="CVE-2026-0008" source="CVE"/><advisory_id>1-1</advisory_id><severity>High</severity>
<advisory_date>2026-07-23T22:05:39Z</advisory_date></metadata>
<criteria operator="AND"><criterion test_ref="t1"/></criteria></definition></definitions>
<tests><l:rpminfo_test id="t1"><l:object object_ref="o1"/><l:state state_ref="s1"/></l:rpminfo_test></tests>
<objects><l:rpminfo_object id="o1"><l:name>oath-toolkit</l:name></l:rpminfo_object></objects>
<states><l:rpminfo_state id="s1"><l:evr operation="less than">{evr}</l:evr></l:rpminfo_state></states>
</oval_definitions>""".encode()
