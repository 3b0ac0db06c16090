"""The scan as one JSON document, `scan/v1` of docs/json.md: what programs read."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from compliance.model.host import Host
from compliance.model.judgement import Judgement
from compliance.model.result import Result, Verdict
from compliance.model.scan import Blank, Scan
from compliance.model.score import roll_up, score
from compliance.model.waiver import Standing
from compliance.report.sources import advisory_sources

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
        "advisories": _advisories(scan),
        "waivers": [_waiver(standing) for standing in scan.waivers],
        "rules": _rules(scan),
        "score": _score(scan),
        "judgement": _judgement(scan.judgement),
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
        "waived_by": result.waived_by or None,
    }


def _blank(blank: Blank) -> Json:
    return {
        "host": blank.host,
        "scanner": blank.scanner,
        "path": blank.path,
        "reason": blank.reason,
        "detail": blank.detail,
    }


def _advisories(scan: Scan) -> list[Json] | None:
    sources = advisory_sources(scan)
    if sources is None:
        return None
    return [
        {
            "name": one.name,
            "dated": one.dated,
            "age_days": one.age_days,
            "stale": one.is_stale,
            "sha256": one.sha256,
        }
        for one in sources
    ]


def _waiver(standing: Standing) -> Json:
    waiver = standing.waiver
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "kind": waiver.kind,
        "controls": waiver.controls,
        "reason": waiver.reason,
        "approved_by": waiver.approved_by,
        "approved_on": waiver.approved_on,
        "until": waiver.until,
        "covered": [{"host": host, "key": key} for host, key in standing.covered],
        "remarks": [{"remark": each.remark, "text": each.text} for each in standing.remarks],
    }


def _rules(scan: Scan) -> list[Json]:
    places = Counter((result.host, result.rule) for result in scan.results)
    return [
        {"host": host, "rule": rule, "result": verdict, "places": places[host, rule]}
        for (host, rule), verdict in roll_up(scan.results).items()
    ]


def _score(scan: Scan) -> Json:
    found = score(scan.results)
    return {
        "pass": found.passed,
        "fail": found.failed,
        "unknown": found.unknown,
        "error": found.error,
        "percent_passed": found.percent_passed,
        "percent_decided": found.percent_decided,
    }


def _judgement(judgement: Judgement | None) -> Json | None:
    if judgement is None:
        return None
    return {
        "engine": judgement.engine,
        "profile": judgement.profile,
        "inventory": judgement.inventory or None,
        "rules": {
            rule: {"semantics": each.semantics, "params": each.params}
            for rule, each in judgement.rules.items()
        },
        "hosts": {
            host: {
                "declared": each.declared,
                "seen": {name: {"digest": one.digest, "at": one.at} for name, one in each.seen.items()},
            }
            for host, each in judgement.hosts.items()
        },
    }
