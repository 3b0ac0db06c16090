"""Digests of what decides: a rule's semantics, its parameters, a profile. SHA-256 of canonical JSON."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from compliance.model.judgement import RuleDigest
from compliance.model.profile import Profile
from compliance.policy.cel.values import shown, unkey
from compliance.policy.loaded import LoadedRule


def digest_of(value: Any) -> str:
    """The SHA-256 of a value as canonical JSON, hexadecimal: equal values, equal digests."""
    raw = msgspec.json.encode(_plain(value), order="deterministic", enc_hook=shown)
    return hashlib.sha256(raw).hexdigest()


def rule_digest(loaded: LoadedRule) -> RuleDigest:
    """The digests of a rule with its parameters in force; title, severity and wording are not in them."""
    spec = loaded.spec
    decides = {
        "id": spec.id,
        "applies": loaded.applies.text if loaded.applies else "",
        "for_each": [loaded.loop.name, loaded.loop.over.text] if loaded.loop else [],
        "where": loaded.where.text if loaded.where else "",
        "when_empty": loaded.when_empty,
        "variables": [[name, expression.text] for name, expression in loaded.variables.items()],
        "require": loaded.require.text if loaded.require else "",
        "key": spec.key,
        "max_age": spec.max_age,
        "manual": spec.manual is not None,
        "types": {name: str(kind) for name, kind in loaded.param_types.items()},
    }
    return RuleDigest(semantics=digest_of(decides), params=digest_of(dict(loaded.params)))


def profile_digest(profile: Profile) -> str:
    """The digest of what a profile decides; where its parts stand is not in it."""
    decides = {
        "id": profile.id,
        "rules": profile.rules,
        "left_out": sorted(out.rule for out in profile.left_out),
        "params": profile.params,
        "severities": profile.severities,
        "scopes": profile.scopes,
        "unknown_fails": sorted(profile.unknown_fails),
    }
    return digest_of(decides)


def _plain(value: Any) -> Any:
    """The value with keys that JSON can hold."""
    if isinstance(value, Mapping):
        return {str(unkey(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
