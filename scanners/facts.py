"""The fact types' ground: what a fact is, how "not known" is said, and where on a host a fact stands.

A fact is a frozen value of a declared type. A field that was not collected holds `UNKNOWN`, never `None`;
"there is none" is an empty tuple. Why it is not known stands beside it, as a `Gap` in the facts' `gaps`.
"""

from typing import Any

from msgspec import Meta, Struct

from scanners.unseen import UNKNOWN, PartialList, Reason, Unknown, UnknownFact

__all__ = ["UNKNOWN", "Facts", "Gap", "PartialList", "Reason", "Unknown", "UnknownFact", "about"]


class Gap(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact, or a part of the facts, that could not be collected, and why.

    `path` is the dotted path below the scanner's facts (`sshd`, `endpoints[tcp/443].certificate`), empty for all.
    """

    path: str
    reason: Reason
    detail: str = ""


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a scanner saw of a host. No field of a subclass is a judgement."""

    gaps: tuple[Gap, ...] = ()


def about(text: str, **extra: Any) -> Meta:
    """What a fact means, for `Annotated`; the rule checker, the docs and the schemas read it.

    `extra`: `absent` (what a missing key of a map means; `UNKNOWN` where it was perhaps not shown) and
    `max_items` (a list's cap, for cost limits).
    """
    return Meta(description=text, extra=extra or None)
