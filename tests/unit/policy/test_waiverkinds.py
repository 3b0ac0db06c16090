"""The kinds of waivers: what each must say, and what is refused."""

import pytest

from compliance.model.errors import BadRule
from compliance.model.waiver import WaiverKind
from compliance.policy.load import load_rules
from compliance.policy.waiverfile import load_waivers
from tests.unit.policy.schemas import FACTS, PACK

OPEN = {"pci/1": True, "pci/2": False}
SHEET = """
    worksheet:
      constraint: old firmware
      objective: nobody guesses
      risk: who stands there
      control: a lock
      validation: tried
      maintenance: monthly
      reviewed: 2026-01-10
"""
PLAIN = """\
format: waivers/v1
waivers:
  - id: W
    rule: tls-protocol-floor
    hosts: "true"
    reason: it is so
    requested_by: a
    approved_by: b
    approved_on: 2026-01-10
    until: 2027-01-10
"""


def load(tmp_path, more):
    file = tmp_path / "w.yaml"
    file.write_text(PLAIN + more)
    return load_waivers([file], load_rules([PACK], FACTS), customisable=OPEN)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ("", "accepted"),
        ("    kind: compensating-control\n    controls: [pci/2]" + SHEET, "compensating-control"),
        ("    kind: customised-approach\n    controls: [pci/1]\n    proof: DMS-1\n", "customised-approach"),
        ("    kind: not-applicable\n    controls: [pci/2]\n    proof: there is no radio\n", "not-applicable"),
    ],
)
def test_a_waiver_that_says_what_its_kind_needs_is_taken(tmp_path, more, kind):
    (loaded,) = load(tmp_path, more)
    assert loaded.waiver.kind is WaiverKind(kind)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("    kind: compensating-control\n    controls: [pci/1]\n", "needs its worksheet"),
        ("    kind: compensating-control\n" + SHEET, "names the controls that it concerns"),
        (
            "    kind: compensating-control\n    controls: [pci/1]" + SHEET.replace("a lock", '""'),
            "control says nothing",
        ),
        (
            "    kind: compensating-control\n    controls: [pci/1]" + SHEET.replace("-10", "-09"),
            "within a year",
        ),
        ("    kind: compensating-control\n    controls: [pci/1]" + SHEET.replace("-10", "-40"), "is no day"),
        (
            "    kind: compensating-control\n    controls: [pci/1]" + SHEET.replace("risk:", "risc:"),
            "there is no field",
        ),
        (
            "    kind: customised-approach\n    controls: [pci/2]\n    proof: DMS-1\n",
            "pci/2 is closed to the customised",
        ),
        ("    kind: customised-approach\n    controls: [pci/1]\n", "controls matrix"),
        ("    kind: not-applicable\n    controls: [pci/1]\n", "needs proof"),
        ("    controls: [pci/9]\n", "there is no control 'pci/9'"),
        (
            "    kind: not-applicable\n    controls: [pci/1]\n    proof: x" + SHEET,
            "only a compensating control",
        ),
        ("    kind: exception\n", "exception"),
    ],
)
def test_a_waiver_that_lacks_what_its_kind_needs_is_refused(tmp_path, more, told):
    with pytest.raises(BadRule) as caught:
        load(tmp_path, more)
    assert told in caught.value.message
    assert "w.yaml:" in caught.value.message
