"""Random facts of any fact type, with holes, gaps and lists cut short; the same for the same seed."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import msgspec
from msgspec import inspect

from scanners import UNKNOWN, Gap, Reason

DAY = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = (
    "", "a", "no", "yes", "0", "1", "tcp/443", "TLSv1.2", "auditd", "0.0.0.0", "é\x1b[31m", "root",
    "net.ipv4.ip_forward", "x" * 250,
)  # fmt: skip
_NUMBERS = (0, 1, 2, 22, 80, 443, 1024, 2048, 65535)
_LEAVES = {
    inspect.StrType: lambda chance: chance.choice(_WORDS),
    inspect.IntType: lambda chance: chance.choice(_NUMBERS),
    inspect.FloatType: lambda chance: chance.choice((0.0, 0.5, 1.0)),
    inspect.BoolType: lambda chance: chance.random() < 0.5,
    inspect.DateTimeType: lambda chance: DAY + timedelta(days=chance.randint(-400, 400)),
    inspect.DateType: lambda chance: date(2026, 1, 1) + timedelta(days=chance.randint(-400, 400)),
    inspect.TimeDeltaType: lambda chance: timedelta(hours=chance.randint(-40, 400)),
}


class Facts:
    """Makes facts; `holes` is how many of a hundred fields are not known."""

    def __init__(self, seed, holes=10):
        self.chance = Random(seed)
        self.holes = holes

    def of(self, kind):
        """Facts of a struct's type."""
        values = {
            field.name: self._field(field) for field in msgspec.structs.fields(kind) if field.name != "gaps"
        }
        facts = kind(**values)
        lists = [name for name, value in values.items() if isinstance(value, tuple)]
        if hasattr(facts, "gaps") and lists and self.chance.random() < 0.4:
            cut = Gap(path=self.chance.choice(lists), reason=Reason.PARTIAL)
            return msgspec.structs.replace(facts, gaps=(cut,))
        return facts

    def _field(self, field):
        return UNKNOWN if self.chance.randrange(100) < self.holes else self._value(_info(field.type))

    def _value(self, info):
        if isinstance(info, inspect.Metadata):
            return self._value(info.type)
        if isinstance(info, inspect.StructType):
            return self.of(info.cls)
        if isinstance(info, inspect.LiteralType):
            return self.chance.choice(info.values)
        if isinstance(info, inspect.DictType):
            return {word: self._value(info.value_type) for word in self.chance.sample(_WORDS, 3)}
        if isinstance(info, inspect.VarTupleType):
            return tuple(self._value(info.item_type) for _ in range(self.chance.randrange(4)))
        return _LEAVES[type(info)](self.chance)


def _info(kind, _known={}):  # noqa: B006 (it remembers)
    key = repr(kind)
    if key not in _known:
        _known[key] = inspect.type_info(kind)
    return _known[key]
