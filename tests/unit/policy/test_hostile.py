"""Hostile rule files: each is a load error, in bounded time and memory, and none runs anything."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from compliance.model.errors import BadRule
from compliance.model.host import Address, Host
from compliance.model.result import Verdict
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.load import load_rules
from tests.unit.policy.schemas import FACTS, RULE, book_of

ROOT = Path(__file__).resolve().parents[3]
_SECONDS = 20
_BYTES = 600 * 1024 * 1024


def rule(body):
    return RULE + "\n".join("    " + line for line in body.split("\n")) + "\n"


def require(expression):
    return rule(f"require: >-\n  {expression}")


def _loops(count):
    text = "host.declared"
    for number in range(count):
        text = f"[0,1,2,3,4,5,6,7,8,9].exists(x{number}, x{number} == 1 && {text})"
    return text


def _binds(make, last):
    text = last
    for number in range(28, 0, -1):
        text = f"cel.bind(x{number}, {make(f'x{number - 1}')}, {text})"
    return f"cel.bind(x0, host.name, {text})"


def _variables(make):
    lines = [f"  v{number}: {make(f'v{number - 1}')}" for number in range(1, 35)]
    return "\n".join(["require: v34 == 'x'", "variables:", "  v0: host.name", *lines])


FILES = {
    "nine loops in one another": require(_loops(9)),
    "a text doubled by variables": rule(_variables(lambda name: f"{name} + {name}")),
    "a text doubled by bindings": require(_binds(lambda name: f"{name} + {name}", "x28 == 'x'")),
    "a list doubled by bindings": require(_binds(lambda name: f"[{name}, {name}]", "x28 == x27")),
    "a map type doubled by bindings": require(_binds(lambda name: f"{{{name}: {name}}}", "x28 == x27")),
    "variables that lean on one another": rule(
        "\n".join(
            ["require: v40 == 'x'", "variables:", "  v0: host.name"]
            + [f'  v{n}: "{"(host.declared ? " * 9}v{n - 1}{" : host.name)" * 9}"' for n in range(1, 41)]
        )
    ),
    "20,000 brackets": require("(" * 20000 + "host.declared" + ")" * 20000),
    "2,000 brackets": require("(" * 2000 + "host.declared" + ")" * 2000),
    "2,000 negations": require("!(" * 2000 + "host.declared" + ")" * 2000),
    "20,000 terms": require("host.declared" + " || host.declared" * 20000),
    "a sum of 1,000 terms": require("1" + "+1" * 1000 + " == host.tls.endpoints[0].port"),
    "a chain of 1,000 fields": require("host" + ".name" * 800 + " == 1"),
    "a regular expression that explodes": require(
        "host.name.matches('((((a{1,100}){1,100}){1,100}){1,100})')"
    ),
    "attributes of Python": require("host.__class__.__init__.__globals__ == 1"),
    "a call of Python": require("__import__('os').system('true') == 0"),
    "a field named like code": require("host.`x; import os` == 1"),
    "a number of 4,000 digits": require("9" * 4000 + " == 1"),
    "a parameter of 100,000 digits": rule(
        "require: params.n == 1\nparams: {n: {type: int, default: " + "9" * 100000 + "}}"
    ),
    "100,000 placeholders": rule('require: host.declared\nmessage: "' + "{host.name}" * 80000 + '"'),
    "50,000 variables": rule(
        "require: host.declared\nvariables:\n" + "\n".join(f"  v{n}: host.name" for n in range(50000))
    ),
    "an alias bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "10,000 lists in one another": "format: " + "[" * 10000,
    "a Python object": "format: !!python/object/apply:os.system ['true']\n",
    "keys that are lists": "? [a]\n: b\n",
    "a megabyte and more": "a" * (1024 * 1024 + 1),
    "more rules than a file may have": "format: rules/v1\npack: p\nversion: 1.0.0\nrules: ["
    + "1," * 5001
    + "]\n",
    "control characters": require("host.name == '\x07'"),
    "half a surrogate": require("host.name == '\\ud800'"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for number, text in enumerate(FILES.values()):
        (folder / f"{number}.yaml").write_text(text)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_a_load_error(folder, name):
    with pytest.raises(BadRule) as caught:
        load_rules([folder / f"{list(FILES).index(name)}.yaml"], FACTS)
    assert ".yaml:" in caught.value.message
    assert max(len(line) for line in caught.value.message.split("\n")) < 1000


def _limited():
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


def test_all_hostile_files_together_take_bounded_time_and_memory(folder):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from compliance.model.errors import BadRule\n"
        "from compliance.policy.load import load_rules\n"
        "from tests.unit.policy.schemas import FACTS\n"
        "try:\n    load_rules([Path(sys.argv[1])], FACTS)\n"
        "except BadRule as error:\n    print(error.message.count('.yaml:'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT, capture_output=True, text=True, preexec_fn=_limited, check=False, timeout=100,
    )  # fmt: skip
    assert done.stderr == ""
    assert int(done.stdout) >= len(FILES)


def test_the_deepest_expression_that_loads_is_also_judged(tmp_path):
    deep = "host.declared"
    for _ in range(21):
        deep = f"(host.declared && {deep} || !host.declared)"
    second = "  v2: v1 && (host.tls.endpoints.size() > 0)"
    lines = [f"require: v2 && {deep}", "variables:", f"  v1: {deep}", second]
    book = book_of(tmp_path, "\n".join(lines))
    subject = Subject(host=Host(name="h", address=Address("127.0.0.1")), observations=[])
    assert [result.verdict for result in evaluate(book, subject)] == [Verdict.UNKNOWN]
