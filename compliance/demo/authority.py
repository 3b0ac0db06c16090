"""The operator's own certificate authority, made anew for each estate, and the certificates of its hosts."""

import datetime as dt
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A root whose file stands in `folder`; every certificate that it signs goes there too."""

    folder: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def file(self) -> Path:
        """The root's certificate in PEM."""
        return self.folder / "root.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path


def found_authority(folder: Path) -> Authority:
    """A new root, valid for two years."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Example Parking root")
    builder = _builder(name, name, key, days=(-365, 365)).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    authority = Authority(folder=folder, certificate=builder.sign(key, hashes.SHA256()), key=key)
    authority.file.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    return authority


def issue(authority: Authority, label: str, names: tuple[str, ...], *, days: tuple[int, int]) -> Identity:
    """A server's certificate for these names and addresses; `days` are its begin and end, from today."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed = (
        _builder(_name(names[0]), authority.certificate.subject, key, days=days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(each) for each in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    identity = Identity(certificate=authority.folder / f"{label}.pem", key=authority.folder / f"{label}.key")
    identity.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    identity.key.touch(mode=0o600)
    identity.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return identity


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
