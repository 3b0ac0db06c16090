"""What the contract tests share."""

import pytest

from tests.servers.pki import Pki, make_pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory) -> Pki:
    """A throw-away PKI."""
    return make_pki(tmp_path_factory.mktemp("pki"))
