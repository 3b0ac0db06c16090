"""Judgements: what verdicts were made from, by digest. Equal digests, equal verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDigest:
    """The digests of one rule as it was judged by."""

    semantics: str
    """Of what decides: its conditions and variables, not its words."""
    params: str
    """Of the values of its parameters in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one scanner brought from one host: its digest, and when."""

    digest: str
    at: datetime
    """The time that `now` stands for in rules that read these facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDigest:
    """The digests of what was known of one host."""

    declared: str
    """Of what the inventory said of it."""
    seen: Mapping[str, Looked] = field(default_factory=dict)
    """By scanner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the results of a scan were made from."""

    engine: str
    """The version of the program."""
    profile: str
    """Digest of the profile: selection, parameters, severities, scope, strictness."""
    rules: Mapping[str, RuleDigest]
    hosts: Mapping[str, HostDigest]
    inventory: str = ""
    """Digest of the inventory document in force; empty where none was ever imported."""
