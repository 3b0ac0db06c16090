"""The same rules by other engines, as far as they are installed.

Each judges them in the form that favours it, with `all` over the lists of the whole host; times are whole
seconds, since none takes a moment inside a map. Turning facts into what an engine reads is timed with it
where that must be done for every host.
"""

import contextlib
import importlib
from collections.abc import Callable, Iterator

from tests.benchmarks.mix.floor import dated
from tests.benchmarks.mix.load import NOW, ROLES, ZONES, host_facts
from tests.benchmarks.mix.timing import best

_HOSTS = 20
_MONTH = 720 * 3600


def _expressions() -> list[str]:
    found = [f"host.sshd.key{number % 20} == 'no'" for number in range(200)]
    for number in range(40):
        ports = {role: [22, 80, 443, 5432][: 1 + (number + index) % 4] for index, role in enumerate(ROLES)}
        found.append(f"host.listeners.all(l, !(l.addr in ['0.0.0.0', '::']) || l.port in {ports}[role])")
    found += ["zone != 'cde' || host.tls.all(e, e.protocols.all(p, p in ['TLSv1.2', 'TLSv1.3']))"] * 25
    found += [f"host.tls.all(e, e.cert.not_after - now > {(720 + number) * 3600})" for number in range(20)]
    found += [_role(number) for number in range(14)]
    found.append(f"host.packages.all(p, !p.vulns.exists(v, v.cvss >= 7.0 && now - v.published > {_MONTH}))")
    return found


def _role(number: int) -> str:
    return (
        "role != 'payment-terminal' || host.services['auditd'].enabled && host.services['auditd'].active"
        f" && host.services['unit{number}'].active && host.log_targets.exists(t, t.protocol == 'tls')"
    )


def _facts(number: int) -> dict:
    facts = dated(host_facts(number))
    for endpoint in facts["tls"]:
        if "cert" in endpoint:
            endpoint["cert"]["not_after"] = int(endpoint["cert"]["not_after"].timestamp())
    for package in facts["packages"]:
        for flaw in package.setdefault("vulns", []):
            flaw["published"] = int(flaw["published"].timestamp())
    role, zone = ROLES[number % len(ROLES)], ZONES[number % len(ZONES)]
    return {"host": facts, "role": role, "zone": zone, "now": int(NOW.timestamp())}


def _google() -> Callable[[], object]:
    cel = importlib.import_module("cel_expr_python.cel")
    text, any_map = cel.Type.STRING, cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    env = cel.NewEnv(variables={"host": any_map, "role": text, "zone": text, "now": cel.Type.INT})
    compiled = [env.compile(expression) for expression in _expressions()]
    hosts = [_facts(number) for number in range(_HOSTS)]

    def judge() -> None:
        for facts in hosts:
            activation = env.Activation(facts)
            for expression in compiled:
                expression.eval(activation)

    return judge


def _rust() -> Callable[[], object]:
    cel = importlib.import_module("cel")
    compiled = [cel.compile(expression) for expression in _expressions()]
    hosts = [_facts(number) for number in range(_HOSTS)]

    def judge() -> None:
        for facts in hosts:
            context = cel.Context(facts)
            for expression in compiled:
                _quietly(expression.execute, context)

    return judge


def _python() -> Callable[[], object]:
    celpy = importlib.import_module("celpy")
    env = celpy.Environment()
    programs = [env.program(env.compile(expression)) for expression in _expressions()]
    hosts = [_facts(number) for number in range(2)]

    def judge() -> None:
        for facts in hosts:
            activation = celpy.json_to_cel(facts)
            for program in programs:
                _quietly(program.evaluate, activation)

    return judge


def _quietly(run: Callable[..., object], *given: object) -> None:
    """Run one rule; one that a missing fact makes fail counts like any other."""
    with contextlib.suppress(Exception):
        run(*given)


def _engines() -> Iterator[tuple[str, int, Callable[[], object] | None]]:
    for name, hosts, make in (
        ("cel-expr-python (C++)", _HOSTS, _google),
        ("common-expression-language (Rust)", _HOSTS, _rust),
        ("cel-python", 2, _python),
    ):
        try:
            yield name, hosts, make()
        except ModuleNotFoundError:
            yield name, hosts, None


def table(floor: float, own: dict[str, float], count: int) -> None:
    """Print what an evaluation costs each engine, and how often that is the floor."""
    print(f"\n| {'engine':34} | ns an evaluation | times the floor |\n| --- | --- | --- |")
    for name, seconds in own.items():
        print(f"| {name:34} | {seconds * 1e9:.0f} | {seconds / floor:.2f} |")
    for name, hosts, judge in _engines():
        if judge is None:
            print(f"| {name:34} | not installed | |")
            continue
        seconds = best(judge, times=3) / hosts / count
        print(f"| {name:34} | {seconds * 1e9:.0f} | {seconds / floor:.1f} |")
