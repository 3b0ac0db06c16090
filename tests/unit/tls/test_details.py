"""Curves and schemes against a server made of a table: what is told as whole is what the table says."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanners.tls.answer import Answer, Ending
from scanners.tls.details import Details, details
from scanners.tls.groups import CURVES, ECDSA_SCHEMES, RSA_SCHEMES
from scanners.tls.plan import Sweep
from scanners.tls.suites import TLS12
from scanners.tls.talk import Talk
from scanners.tls.wire import ServerHello

RSA, ECDSA = 0xC02F, 0xC02B
REFUSED = Answer(ending=Ending.DONE, alert=40)


class Signer:
    """Signs key exchanges with the curves and schemes of its table."""

    def __init__(self, suite, curves, schemes, *, own_order, bound=0):
        self.suite, self.curves, self.schemes = suite, curves, schemes
        self.own_order, self.bound, self.asked = own_order, bound, 0

    def answer(self, hello):
        self.asked += 1
        curve = self._chosen(self.curves, hello.groups)
        scheme = self._chosen(self.schemes, hello.schemes)
        if not curve or not scheme or (self.bound and self.bound not in hello.groups):
            return REFUSED
        body = b"\x03" + curve.to_bytes(2, "big") + b"\x01\x04" + scheme.to_bytes(2, "big") + b"\x00\x00"
        hello = ServerHello(version=TLS12, suite=self.suite)
        return Answer(ending=Ending.DONE, hello=hello, key_exchange=body)

    def _chosen(self, mine, theirs):
        first, second = (mine, theirs) if self.own_order else (theirs, mine)
        return next((one for one in first if one in second), 0)


def told_by(server):
    found, told = Sweep(), Details()
    found.versions[TLS12].suites, found.versions[TLS12].complete = [server.suite], True
    for steps in details(Talk(), found, told):
        run(steps, server)
    return told


def run(steps, server):
    try:
        hello = next(steps)
        while server.asked < 500:
            hello = steps.send(server.answer(hello))
    except StopIteration:
        return
    raise AssertionError("the questions do not end")


def some(codes):
    return st.lists(st.sampled_from(codes), unique=True, min_size=1)


@settings(max_examples=80, deadline=None)
@given(some(CURVES), some(RSA_SCHEMES), st.booleans())
@example(list(CURVES), list(RSA_SCHEMES), False)  # noqa: FBT003 - as drawn
def test_curves_and_schemes_of_an_rsa_key_are_all_found(curves, schemes, own_order):
    told = told_by(Signer(RSA, curves, schemes, own_order=own_order))
    assert (set(told.curves.codes), told.curves.complete) == (set(curves), True)
    assert (set(told.schemes.codes), told.schemes.complete) == (set(schemes), True)


@settings(max_examples=80, deadline=None)
@given(some(CURVES), some(ECDSA_SCHEMES), st.booleans(), st.sampled_from([23, 24, 25]))
def test_a_list_that_the_certificate_hides_a_part_of_is_never_told_as_whole(
    curves, schemes, own_order, bound
):
    curves = [*curves, *[bound] * (bound not in curves)]
    told = told_by(Signer(ECDSA, curves, schemes, own_order=own_order, bound=bound))
    assert set(told.curves.codes) <= set(curves)
    assert not told.curves.complete or set(told.curves.codes) == set(curves)
    assert set(told.schemes.codes) == set(schemes)


def test_a_server_that_signs_as_it_likes_is_not_asked_for_ever():
    class Stubborn(Signer):
        def _chosen(self, mine, theirs):
            return mine[0]

    server = Stubborn(RSA, [23], [0x0201], own_order=True)
    told = told_by(server)
    assert (told.schemes.codes, told.schemes.complete) == ([0x0201], False)
    assert not told.curves.complete
    assert server.asked < 10
