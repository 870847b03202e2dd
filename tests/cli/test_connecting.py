"""What `check --connect` tries without a network: the store and the certificate."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from proxy.cli.connecting import certificate, store
from proxy.frontends.web import local_ca
from proxy.settings.load import load

HOST = "mfa.example.org"


@pytest.fixture
def with_certificate(command):
    """Give a configuration whose certificate was made for a host at a time."""

    def give(host: str = HOST, made: datetime | None = None):
        files = local_ca.prepare(command.folder / "tls", host, made)
        keys = f"certificate: {files.certificate}, private_key: {files.private_key}, "
        text = command.config.read_text().replace("web: {", f"web: {{{keys}")
        command.config.write_text(text)
        return load(command.config)

    return give


def words(findings) -> list[str]:
    return [f"{one.severity}: {one.message}" for one in findings]


def test_a_store_that_opens(command):
    """A store that opens is no finding, nor is one that is to be made."""
    assert words(store(load(command.config))) == []
    command.store.unlink()
    assert words(store(load(command.config))) == []


def test_a_store_in_no_folder(command):
    """A new store needs its folder."""
    text = command.config.read_text().replace("countersign.db", "no/countersign.db")
    command.config.write_text(text)
    assert words(store(load(command.config))) == [
        f"fault: store: found no folder {command.folder}/no"
    ]


def test_a_store_that_is_none(command):
    """A file that is no database is told."""
    command.store.write_bytes(b"no database at all" * 100)
    (finding,) = words(store(load(command.config)))
    assert finding.startswith("fault: store: ")


def test_a_good_certificate(with_certificate):
    """A certificate for the web's host, with weeks to go, is no finding."""
    assert words(certificate(with_certificate())) == []


def test_no_certificate(command):
    """Without one the local CA makes one; there is nothing to try."""
    assert words(certificate(load(command.config))) == []


def test_a_certificate_for_another_host(with_certificate):
    """Phones would refuse it."""
    assert words(certificate(with_certificate("other.example.org"))) == [
        "fault: web.certificate: the certificate is not for mfa.example.org"
    ]


def test_a_certificate_that_ends(with_certificate):
    """One that ends soon is a warning."""
    made = datetime.now(UTC) - timedelta(days=local_ca.CERTIFICATE_DAYS - 7)
    (finding,) = words(certificate(with_certificate(made=made)))
    assert finding.startswith("warning: web.certificate: the certificate ends on ")


def test_a_certificate_that_ended(with_certificate):
    """One that ended is a fault."""
    made = datetime.now(UTC) - timedelta(days=local_ca.CERTIFICATE_DAYS + 7)
    (finding,) = words(certificate(with_certificate(made=made)))
    assert finding.startswith("fault: web.certificate: the certificate ended on ")


def test_a_key_of_another_certificate(with_certificate, command):
    """Certificate and key belong together."""
    loaded = with_certificate()
    other = local_ca.prepare(command.folder / "other", HOST)
    shutil.copy(other.private_key, loaded.settings.web.private_key)
    (finding,) = words(certificate(loaded))
    assert finding.startswith("fault: web.certificate: ")
