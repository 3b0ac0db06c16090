"""Whatever one section says or fails to say, the rest is still seen and the scanner does not fall."""

from dataclasses import replace
from datetime import date

import pytest

from scanners.config import config_facts
from scanners.facts import Reason
from scanners.kit.collector import Section, Sections, script, sections
from scanners.kit.shell import LocalShell
from scanners.packages import package_facts

_DAY = date(2026, 11, 23)
_ODD = (
    "",
    "\n",
    " ",
    ":::::",
    "a:b:c:d:e:f:g",
    "F /x\n|",
    "F /etc/pam.d/passwd\n|@include nowhere\n|password",
    "}\n}\n{",
    "table ip x {\nchain y {\n",
    "ss\ntcp LISTEN 0 1 nonsense:x y",
    "proc\ntcp 0: ZZ:1 00:0 0A 0",
    "\t\t\t\t\t",
    "ii \tx\t\t\t\t",
    "99999999999999999999 x",
    "loaded\nNo rules",
    "R x\nOrigin\nF x\nC a b\nC a b c d e",
    "ID='unbalanced",
    "port 22\nmaxauthtries many",
    "\ufffd" * 50,
)


@pytest.fixture(scope="module")
def here() -> Sections:
    whole = sections(LocalShell().run(script("m"), timeout=60), "m")
    few = {
        name: replace(part, text="\n".join(part.text.split("\n")[:60])) for name, part in whole.named.items()
    }
    return replace(whole, named=few)


def _names(here: Sections) -> list[str]:
    assert len(here.named) > 30
    return list(here.named)


@pytest.mark.parametrize("code", [1, 66, 69, 77, 124, 127, 137])
def test_any_section_may_fail(here: Sections, code: int) -> None:
    for name in _names(here):
        broken = replace(here, named=here.named | {name: Section(name=name, code=code, text="")})
        facts = (config_facts(broken), package_facts(broken, _DAY))
        assert all(gap.reason is not Reason.CRASHED for seen in facts for gap in seen.gaps), name


def test_any_section_may_be_missing(here: Sections) -> None:
    for name in _names(here):
        fewer = replace(here, named={key: value for key, value in here.named.items() if key != name})
        assert config_facts(fewer).gaps, name
        package_facts(fewer, _DAY)


@pytest.mark.parametrize("text", _ODD)
def test_any_section_may_say_anything(here: Sections, text: str) -> None:
    for name in _names(here):
        odd = replace(here, named=here.named | {name: Section(name=name, code=0, text=text)})
        assert config_facts(odd).__struct_fields__
        assert package_facts(odd, _DAY).__struct_fields__
