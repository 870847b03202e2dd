"""A certificate authority for tests: certificates of servers and people, revocation, in PEM."""

import datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name):
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


UPN = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


def upn(name):
    """Give a user principal name as an alternative name of a certificate."""
    octets = name.encode()
    length = bytes((len(octets),)) if len(octets) < 128 else bytes((0x81, len(octets)))
    return x509.OtherName(UPN, b"\x0c" + length + octets)


def private_pem(key):
    """Give a private key as a file has it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Authority:
    """A CA of its own; `file` is its certificate."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._issuer = _name(f"Test authority {name}")
        self._key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._started(self._issuer, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(self._key_id(), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.pem)

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Make a server's certificate for host names and addresses; give it and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._started(_name(names[0]), key.public_key())
            .add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([SERVER]), critical=False)
            .add_extension(self._issuer_key_id(), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate_file, key_file = self._folder / "server.pem", self._folder / "server.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(private_pem(key))
        return certificate_file, key_file

    def person(self, common_name="device", *, names=(), usage=(CLIENT,), days=30):
        """
        Make a certificate of a person's device; give it and its key.

        Args:
            names: alternative ones, `upn()` or x509.RFC822Name.
            days: until it expires; negative: it has.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._started(_name(common_name), key.public_key(), days)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        builder = builder.add_extension(self._issuer_key_id(), critical=False)
        return builder.sign(self._key, hashes.SHA256()), key

    def device(self, stem, *args, **said):
        """Make the same in files; give them, and the certificate."""
        certificate, key = self.person(*args, **said)
        files = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(private_pem(key))
        return *files, certificate

    def revocation_list(self, *revoked, days=1, file="revoked.pem"):
        """Write a list of the certificates that are revoked, valid for some days; give its file."""
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._issuer)
            .last_update(now - datetime.timedelta(days=2))
            .next_update(now + datetime.timedelta(days=days))
            .add_extension(self._issuer_key_id(), critical=False)
        )
        for one in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(one.serial_number)
                .revocation_date(now - datetime.timedelta(hours=1))
                .build()
            )
        listed = builder.sign(self._key, hashes.SHA256())
        written = self._folder / file
        written.write_bytes(listed.public_bytes(serialization.Encoding.PEM))
        return written

    def _key_id(self):
        """Tell authorities of one name apart."""
        return x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())

    def _issuer_key_id(self):
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._key_id())

    def _started(self, subject, public_key, days=30):
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=10))
            .not_valid_after(now + datetime.timedelta(days=days))
        )
