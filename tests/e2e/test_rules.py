"""The commands about rules, as processes."""

from pathlib import Path
from xml.etree import ElementTree as ET

from tests.e2e.command import compliance
from tests.servers.tls import free_port

OWN = """
format: rules/v1
pack: own
version: 1.0.0
rules:
  - id: own-rule
    title: SSH tries are few
    severity: high
    rationale: R
    remediation: F
    require: host.config.sshd.max_auth_tries <= 4
    tests:
      - {name: few, host: {config: {sshd: {max_auth_tries: 3}}}, expect: pass}
      - {name: many, host: {config: {sshd: {max_auth_tries: 6}}}, expect: fail}
      - {name: not seen, host: {}, expect: unknown}
"""


def own(folder: Path, text: str = OWN) -> str:
    file = folder / "own.yaml"
    file.write_text(text)
    return str(file)


def test_tests_of_a_rule_file_are_run_and_say_how_many_places_they_judged(tmp_path):
    done = compliance("rules", "test", own(tmp_path), state=tmp_path)
    assert done.code == 0
    assert done.out.splitlines() == [
        "ok      own-rule: few: pass, 1 place judged",
        "ok      own-rule: many: fail, 1 place judged",
        "ok      own-rule: not seen: unknown, 1 place judged",
    ]
    assert "6 facts taken away, 0 made another verdict" in done.err


def test_a_kind_of_test_that_is_lacking_is_named(tmp_path):
    file = own(tmp_path, OWN.replace("      - {name: not seen, host: {}, expect: unknown}\n", ""))
    done = compliance("rules", "test", file, state=tmp_path)
    assert done.code == 1
    assert "own-rule: no test shows what happens where it was not seen" in done.err


def test_a_missing_test_shows_as_a_surviving_mutant(tmp_path):
    done = compliance("rules", "test", "--mutants", own(tmp_path), state=tmp_path)
    assert done.code == 1
    assert f"SURVIVES  {tmp_path}/own.yaml:11:46: own-rule: require: <= becomes <" in done.err


def test_a_test_that_fails_is_exit_code_1_and_a_failure_in_junit(tmp_path):
    file = own(tmp_path, OWN.replace("expect: fail", "expect: pass"))
    done = compliance("rules", "test", file, "--format", "junit", state=tmp_path)
    assert done.code == 1
    assert ET.fromstring(done.out).get("failures") == "1"


def test_the_shipped_rules_are_tested_without_a_file(tmp_path):
    done = compliance("rules", "test", "--format", "tap", state=tmp_path)
    assert done.code == 0
    assert done.out.startswith("TAP version 14\n1..")
    assert "not ok" not in done.out


def test_a_kept_verdict_is_explained_with_the_fact_and_who_saw_it(tmp_path):
    port = free_port()
    compliance("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls", state=tmp_path)
    words = ("explain", "tls-protocol-floor", "--host", "127.0.0.1")
    done = compliance(*words, state=tmp_path)
    assert done.code == 0
    assert "NOT SEEN: tls was not seen" in done.out
    assert "(by tls, 20" in done.out
    document = compliance(*words, "--json", state=tmp_path).document
    assert (document["format"], document["result"]) == ("explanation/v1", "unknown")
    (fact,) = document["explanations"][0]["steps"][0]["facts"]
    assert fact["seen"] is None
    assert fact["scanner"] == "tls"


def test_a_host_that_was_never_scanned_has_nothing_to_explain(tmp_path):
    done = compliance("explain", "tls-protocol-floor", "--host", "nobody", state=tmp_path)
    assert done.code == 2
    assert "no finished scan of 'nobody' is kept" in done.err


def test_facts_are_listed_and_a_mistyped_one_is_named(tmp_path):
    done = compliance("rules", "fields", "host.tls.endpoints", state=tmp_path)
    assert done.code == 0
    assert "host.tls.endpoints[].port  int\n" in done.out
    wrong = compliance("rules", "fields", "host.tls.endpoint", state=tmp_path)
    assert wrong.code == 2
    assert "host.tls.endpoints" in wrong.err


def test_what_a_rule_would_change_is_shown_without_a_look_at_the_host(tmp_path):
    port = free_port()
    compliance("scan", "127.0.0.1", "--ports", str(port), "--scanners", "tls", state=tmp_path)
    file = tmp_path / "own.yaml"
    file.write_text(
        OWN.replace("host.config.sshd.max_auth_tries <= 4", "host.declared").split("    tests:")[0]
    )
    done = compliance("judge", "--rules", str(file), state=tmp_path)
    assert done.code == 1
    assert "nothing -> fail        127.0.0.1  own-rule" in done.out
    assert "1 of the results would change" in done.out
    document = compliance("judge", "--rules", str(file), "--json", state=tmp_path).document
    assert [change["after"] for change in document["changes"]] == ["fail"]
