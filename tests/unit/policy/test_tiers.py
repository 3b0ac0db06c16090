"""The compiled rules, the interpreter and the panel say the same of random facts, for every shipped rule."""

from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from compliance.model.host import Address, Host
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Verdict
from compliance.policy.evaluate import Subject
from compliance.policy.judge import rank
from compliance.policy.load import load_rules
from compliance.policy.panel import LETTERS
from compliance.policy.witness import witness_of
from compliance.wiring import fact_types
from scanners import Reason
from tests.unit.policy.random_facts import DAY, Facts
from tests.unit.policy.test_properties import bounded

ALL = fact_types()
PANEL = load_rules([files("policies") / "packs"], ALL).panel()


def subject_of(seed):
    """A host that some scanners saw, some did not, and some never looked at."""
    made = Facts(seed, holes=seed % 30)
    observations = []
    for scanner, kind in ALL.items():
        task = Task(host="h", scanner=scanner)
        if made.chance.random() < 0.8:
            observations.append(Seen(task=task, at=DAY, facts=made.of(kind)))
        elif made.chance.random() < 0.5:
            observations.append(NotSeen(task=task, at=DAY, reason=Reason.NO_LOGIN, detail=""))
    role, zone = made.chance.choice(("web", None)), made.chance.choice(("cde", None))
    host = Host(name="h", address=Address("127.0.0.1"), role=role, zone=zone)
    return Subject(host=host, observations=observations)


@bounded(150)
@given(st.integers(0, 2**32))
def test_compiled_rules_give_the_results_that_the_interpreter_gives(seed):
    subject = subject_of(seed)
    witness = witness_of(PANEL.schema, subject)
    by_rule = {rule: [] for rule in PANEL.rules}
    for result in PANEL.results(subject):
        by_rule[result.rule].append(result)
    for judge in PANEL.judges:
        assert by_rule[judge.loaded.rule.id] == judge.slow_results(witness), judge.loaded.rule.id


@bounded(150)
@given(st.integers(0, 2**32))
def test_the_panel_gives_the_same_verdicts_and_words(seed):
    subject = subject_of(seed)
    witness = witness_of(PANEL.schema, subject)
    judgement = PANEL.judge(subject)
    rows = {(row.rule, row.key): row for row in judgement.rows}
    assert len(rows) == len(judgement.rows)
    for letter, judge in zip(judgement.verdicts, PANEL.judges, strict=True):
        results = judge.slow_results(witness)
        assert letter == LETTERS[min((result.verdict for result in results), key=rank)][0]
        for result in results:
            row = rows.pop((result.rule, result.key), None)
            if result.verdict in {Verdict.PASS, Verdict.NOTAPPLICABLE}:
                assert row is None
                continue
            assert row is not None
            assert (row.verdict, row.message) == (result.verdict, result.message)
            assert row.evidence == tuple((one.path, one.seen) for one in result.evidence)
    assert rows == {}


def test_nearly_all_shipped_rules_are_compiled():
    slow = [judge.loaded.rule.id for judge in PANEL.judges if judge.code is None]
    assert len(slow) <= len(PANEL.judges) // 20 + 1, slow
