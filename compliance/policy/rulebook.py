"""The book of rules: each found by its id, in the order of their ids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from compliance.model.errors import UnknownName
from compliance.model.rule import Rule
from compliance.policy.loaded import LoadedRule
from compliance.policy.panel import Panel
from compliance.policy.quick import Judge
from compliance.policy.schema import Schema
from compliance.policy.words import did_you_mean


class RuleBook:
    """The rules that may be judged by, each found by its id, in the order of their ids."""

    def __init__(self, rules: Sequence[LoadedRule], schema: Schema) -> None:
        self.schema = schema
        self._judges: dict[str, Judge] = {}
        self._panels: dict[tuple[str, ...], Panel] = {}
        self.loaded: Mapping[str, LoadedRule] = {
            loaded.rule.id: loaded for loaded in sorted(rules, key=lambda loaded: loaded.rule.id)
        }

    def __iter__(self) -> Iterator[Rule]:
        """The rules as their authors wrote them."""
        return (loaded.rule for loaded in self.loaded.values())

    def __len__(self) -> int:
        return len(self.loaded)

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self.loaded

    def __getitem__(self, rule_id: str) -> LoadedRule:
        """The rule of that id; raises `UnknownName`."""
        found = self.loaded.get(rule_id)
        if found is None:
            raise UnknownName(f"there is no rule {rule_id!r}{did_you_mean(rule_id, self.loaded)}")
        return found

    def judge(self, rule_id: str) -> Judge:
        """The rule of that id, compiled once; raises `UnknownName`."""
        if rule_id not in self._judges:
            self._judges[rule_id] = Judge(self[rule_id])
        return self._judges[rule_id]

    def panel(self, rules: Iterable[str] | None = None) -> Panel:
        """All rules or those named, ready to judge host after host; raises `UnknownName`."""
        names = tuple(self.loaded if rules is None else rules)
        if names not in self._panels:
            self._panels[names] = Panel(self.schema, [self.judge(name) for name in names])
        return self._panels[names]

    def select(
        self, *, ids: Sequence[str] = (), tags: Sequence[str] = (), packs: Sequence[str] = ()
    ) -> "RuleBook":
        """The book of the rules that are named, have one of the tags or stand in one of the packs."""
        chosen = {self[rule_id].rule.id for rule_id in ids}
        kept = [
            loaded
            for loaded in self.loaded.values()
            if loaded.rule.id in chosen or loaded.rule.pack in packs or set(tags) & set(loaded.rule.tags)
        ]
        return RuleBook(kept, self.schema)
