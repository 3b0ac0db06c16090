"""The scan as one JSON document, `scan/v1` of docs/json.md: what programs read."""

from collections.abc import Mapping

import msgspec

from compliance.model.host import Host
from compliance.model.result import Result, Verdict
from compliance.model.scan import Blank, Scan

Json = dict[str, object]

COUNTED = (
    Verdict.PASS,
    Verdict.FAIL,
    Verdict.UNKNOWN,
    Verdict.ERROR,
    Verdict.NOTAPPLICABLE,
    Verdict.NOTCHECKED,
    Verdict.NOTSELECTED,
)
"""The verdicts that the summary counts."""


def scan_document(scan: Scan) -> bytes:
    """The scan as indented JSON; times are RFC 3339 in UTC."""
    claims = claims_of(scan)
    document: Json = {
        "format": "scan/v1",
        "scan": {"id": scan.id, "started": scan.started, "finished": scan.finished, "version": scan.version},
        "profile": scan.profile,
        "hosts": [_host(host) for host in scan.hosts],
        "results": [_result(result, claims.get(result.rule, [])) for result in scan.results],
        "not_seen": [_blank(blank) for blank in scan.blanks],
        "summary": {verdict.value: scan.count(verdict) for verdict in COUNTED},
    }
    return msgspec.json.format(msgspec.json.encode(document))


def claims_of(scan: Scan) -> Mapping[str, list[Json]]:
    """For each rule the controls that it bears on, as `{"framework", "id"}`."""
    claims: dict[str, list[Json]] = {}
    for assessment in scan.assessments:
        for control in assessment.framework.controls:
            for claim in control.claims:
                claims.setdefault(claim.rule, []).append(
                    {"framework": assessment.framework.id, "id": control.id}
                )
    return claims


def _host(host: Host) -> Json:
    return {
        "name": host.name,
        "address": str(host.address),
        "site": host.site,
        "zone": host.zone,
        "role": host.role,
        "owner": host.owner,
        "scopes": sorted(host.scopes),
        "declared": host.declared,
    }


def _result(result: Result, controls: list[Json]) -> Json:
    return {
        "host": result.host,
        "rule": result.rule,
        "key": result.key,
        "result": result.verdict,
        "severity": result.severity,
        "message": result.message,
        "fix": result.fix,
        "evidence": [{"path": each.path, "seen": each.seen} for each in result.evidence],
        "controls": controls,
        "observed_at": result.observed_at,
    }


def _blank(blank: Blank) -> Json:
    return {
        "host": blank.host,
        "scanner": blank.scanner,
        "path": blank.path,
        "reason": blank.reason,
        "detail": blank.detail,
    }
