"""The owner's own authorities come from the settings to the scanner."""

import pytest

from compliance.model.errors import BadSettings
from compliance.wiring import open_service, settings_in_force
from scanners import Means, Target
from tests.servers import tls as servers


@pytest.mark.parametrize("own", [True, False])
def test_a_chain_of_the_owners_is_trusted_where_the_settings_name_its_root(pki, tmp_path, monkeypatch, own):
    monkeypatch.setenv("COMPLIANCE_STATE", str(tmp_path / "state"))
    config = tmp_path / "compliance.toml"
    config.write_text(f'[tls]\nown_roots = "{pki.root_file}"\n' if own else "")
    with servers.openssl_server(pki.leaf()) as port:
        target = Target(address=servers.HERE, name="localhost", ports=(port,))
        (endpoint,) = open_service(config).scanners["tls"].scan(target, Means()).endpoints
    assert endpoint.trusted is own
    assert endpoint.public_root is False
    assert bool(endpoint.trust_problems) is not own


def test_a_file_of_roots_that_is_not_there_is_told(tmp_path):
    config = tmp_path / "compliance.toml"
    config.write_text('[tls]\nown_roots = "/nowhere/roots.pem"\n')
    with pytest.raises(BadSettings, match=r"tls\.own_roots"):
        settings_in_force(config)
