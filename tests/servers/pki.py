"""A throw-away PKI: a root, an intermediate, and leaves with whatever fault a test asks for."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NAMES = ("localhost", "www.parking.example", "127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A certificate with its key, and as files for a server: the chain leaf first, the key in PKCS 8."""

    certificate: x509.Certificate
    key: Key
    chain_file: Path
    above_file: Path
    """The chain without the certificate itself; empty where nothing stands above it."""
    key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """An authority with an intermediate, and the folder where its files stand."""

    folder: Path
    root: Identity
    intermediate: Identity

    @property
    def root_file(self) -> Path:
        """The root alone, as a store of own roots."""
        return self.root.chain_file

    def leaf(self, label: str = "leaf", **faults: object) -> Identity:
        """A leaf under the intermediate; for `faults` see `issue`."""
        return issue(self.folder, label, issuer=self.intermediate, **faults)


def make_pki(folder: Path) -> Pki:
    """A fresh authority whose files stand in the folder."""
    root = issue(folder, "root", authority=True, names=(), days=(-400, 400))
    intermediate = issue(folder, "intermediate", issuer=root, authority=True, names=(), days=(-300, 300))
    return Pki(folder=folder, root=root, intermediate=intermediate)


def issue(
    folder: Path,
    label: str,
    *,
    issuer: Identity | None = None,
    authority: bool = False,
    names: tuple[str, ...] = NAMES,
    days: tuple[int, int] = (-1, 60),
    key: str = "rsa2048",
    digest: hashes.HashAlgorithm | None = None,
    must_staple: bool = False,
    more: tuple[x509.ExtensionType, ...] = (),
) -> Identity:
    """A certificate; self-signed without an issuer. `days` are begin and end from today, `key` rsaN or ec.

    `more` are extensions beside the usual ones.
    """
    own_key = ec.generate_private_key(ec.SECP256R1()) if key == "ec" else _rsa(int(key.removeprefix("rsa")))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"test {label}")])
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    signer = issuer.key if issuer else own_key
    for extension in _extensions(own_key, signer, authority=authority, names=names):
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
    if must_staple:
        builder = builder.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    certificate = builder.sign(signer, digest or hashes.SHA256())
    return _written(folder, label, certificate, own_key, issuer)


def ocsp_answer(folder: Path, leaf: Identity, issuer: Identity, *, revoked: bool = False) -> Path:
    """A fresh OCSP answer for the leaf, signed by its issuer, in DER."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=leaf.certificate,
            issuer=issuer.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=now - dt.timedelta(hours=1),
            next_update=now + dt.timedelta(days=3),
            revocation_time=now - dt.timedelta(days=2) if revoked else None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
        .sign(issuer.key, hashes.SHA256())
    )
    path = folder / f"staple-{status.name}.der"
    path.write_bytes(answer.public_bytes(Encoding.DER))
    return path


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _extensions(
    own: Key, signer: Key, *, authority: bool, names: tuple[str, ...]
) -> list[x509.ExtensionType]:
    found: list[x509.ExtensionType] = [
        x509.SubjectKeyIdentifier.from_public_key(own.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
        x509.KeyUsage(
            digital_signature=True,
            key_encipherment=not authority,
            key_cert_sign=authority,
            crl_sign=authority,
            content_commitment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        ),
    ]
    if not authority:
        found.append(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))
    if names:
        found.append(x509.SubjectAlternativeName([_name(name) for name in names]))
    return found


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _written(
    folder: Path, label: str, certificate: x509.Certificate, key: Key, issuer: Identity | None
) -> Identity:
    chain_file, above_file, key_file = (folder / f"{label}{end}" for end in (".pem", ".above", ".key"))
    above = (
        issuer.chain_file.read_bytes()
        if issuer and issuer.certificate.issuer != issuer.certificate.subject
        else b""
    )
    chain_file.write_bytes(certificate.public_bytes(Encoding.PEM) + above)
    above_file.write_bytes(above)
    key_file.touch(mode=0o600)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Identity(
        certificate=certificate, key=key, chain_file=chain_file, above_file=above_file, key_file=key_file
    )
