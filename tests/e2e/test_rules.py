"""The commands about rules, as processes."""

from pathlib import Path
from xml.etree import ElementTree as ET

from tests.e2e.command import compliance

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
    ]
    assert "6 facts taken away, 0 made another verdict" in done.err


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
