"""The fact types that the policy tests judge."""

from pathlib import Path
from typing import Annotated

from compliance.policy.load import load_rules
from compliance.policy.rulebook import RuleBook
from scanners.config.facts import ConfigFacts
from scanners.facts import UNKNOWN, Facts, about
from scanners.packages import PackageFacts
from scanners.tls.facts import TlsFacts


class PlainFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """A map that does not say what a missing key means."""

    values: Annotated[dict[str, str], about("Values by name.")] = UNKNOWN


FACTS = {"tls": TlsFacts, "packages": PackageFacts, "config": ConfigFacts, "plain": PlainFacts}
PACK = Path(__file__).parent / "pack"

RULE = """
format: rules/v1
pack: p
version: 1.0.0
rules:
  - id: a-rule
    title: It is good
    severity: high
    rationale: Why.
    remediation: Do it.
"""


def book_of(tmp_path: Path, body: str, head: str = RULE) -> RuleBook:
    """The book of one rule with these further lines, indented for it."""
    path = tmp_path / "r.yaml"
    path.write_text(head + "\n".join("    " + line for line in body.strip("\n").split("\n")) + "\n")
    return load_rules([path], FACTS)
