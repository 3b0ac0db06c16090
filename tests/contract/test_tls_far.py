"""A port that is far away is asked several things at once, within its pace, and tells the same."""

import contextlib
import json
import time
from datetime import UTC, datetime

import pytest

from scanners.tls.look import look
from scanners.tls.place import Depth, Place
from scanners.tls.written import written
from tests.servers import tls as servers
from tests.servers.door import Door
from tests.servers.wan import THERE, wan, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")

MODERN = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA;"


@pytest.fixture(scope="module")
def net():
    with wan(delay=0.02) as far_away:
        yield far_away


@pytest.fixture
def door(net, pki, tmp_path, request):
    """A door at the far end with room for as many connections as the test asks for, and nginx behind it."""
    with contextlib.ExitStack() as stack:
        start = lambda: stack.enter_context(servers.nginx_server(tmp_path, MODERN, pki.leaf()))  # noqa: E731
        port = net.there(start)
        yield net.there(lambda: stack.enter_context(Door(THERE, port, request.param)))


def seen(net, door, *, at_once, depth=Depth.WHOLE):
    place = Place(
        address=THERE, port=door.port, name="localhost", server_name="localhost", depth=depth, at_once=at_once
    )
    ends = time.monotonic() + 60
    return net.run(lambda: look(place, timeout=5.0, ends=ends, at=datetime.now(UTC)))


def facts(told):
    """What does not change from one look to the next, as it is written down."""
    shown = {name: value for name, value in told.told.items() if name not in ("observed_at", "connections")}
    return json.loads(written(shown))


@pytest.mark.parametrize("door", [100], indirect=True)
def test_what_is_asked_side_by_side_is_told_as_what_is_asked_in_turn(net, door):
    in_turn = seen(net, door, at_once=1)
    assert door.most == 1
    abreast = seen(net, door, at_once=3)
    assert door.most == 3
    assert facts(abreast) == facts(in_turn)
    assert abreast.gaps == in_turn.gaps
    assert abreast.told["connections"] == in_turn.told["connections"]


@pytest.mark.parametrize("door", [1], indirect=True)
def test_a_port_with_room_for_one_is_never_taken_to_refuse(net, door):
    in_turn = seen(net, door, at_once=1)
    assert door.turned_away == 0
    abreast = seen(net, door, at_once=4)
    assert door.turned_away > 0
    assert facts(abreast) == facts(in_turn)
    assert abreast.gaps == in_turn.gaps


@pytest.mark.parametrize("door", [100], indirect=True)
def test_a_listing_is_side_by_side_as_well(net, door):
    told = seen(net, door, at_once=4, depth=Depth.HELLOS).told
    assert told["protocols"] == ("TLSv1.2", "TLSv1.3")
    assert door.most > 1
