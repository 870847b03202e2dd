"""The country of an address, by files that a well-kept library wrote."""

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from proxy.countries import BadCountries, Countries


@pytest.fixture
def write(tmp_path):
    """Write a file of networks and their records."""

    def write(records, version=6):
        writer = MMDBWriter(ip_version=version, ipv4_compatible=version == 6)
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        writer.to_db_file(str(tmp_path / "countries.mmdb"))
        return tmp_path / "countries.mmdb"

    return write


def test_countries_of_both_versions(write):
    """As MaxMind and DB-IP write them, and as IPinfo does."""
    found = Countries(
        write(
            {
                "203.0.113.0/24": {"country": {"iso_code": "DE"}},
                "198.51.100.0/24": {"country": "France", "country_code": "FR"},
                "2001:db8::/32": {"country": {"iso_code": "se"}},
            }
        )
    )
    assert ["DE", "FR", "SE"] == [
        found.of(caller) for caller in ("203.0.113.7", "198.51.100.1", "2001:db8::1")
    ]


@pytest.mark.parametrize("caller", [None, "", "0a1b2c3d4e5f", "a phone", "192.0.2.1", "::1"])
def test_what_is_no_address_or_not_known_has_no_country(write, caller):
    """A MAC, a text, an address that stands in no network of the file."""
    assert Countries(write({"203.0.113.0/24": {"country": {"iso_code": "DE"}}})).of(caller) is None


def test_an_address_of_a_version_that_the_file_has_not(write):
    """It has no country."""
    found = Countries(write({"203.0.113.0/24": {"country": {"iso_code": "DE"}}}, version=4))
    assert ("DE", None) == (found.of("203.0.113.7"), found.of("2001:db8::1"))


@pytest.mark.parametrize(
    "record",
    [{}, {"country": {}}, {"country": {"iso_code": "DEU"}}, {"country_code": 7}, {"country": "DE"}],
)
def test_a_record_without_a_country_has_none(write, record):
    """Whatever else it says."""
    assert Countries(write({"203.0.113.0/24": record})).of("203.0.113.7") is None


def test_a_file_that_is_none_is_refused(tmp_path):
    """With what was wanted; a missing one is missing."""
    (tmp_path / "text").write_text("countries")
    with pytest.raises(BadCountries, match="MaxMind"):
        Countries(tmp_path / "text")
    with pytest.raises(FileNotFoundError):
        Countries(tmp_path / "missing")


def test_a_file_that_is_replaced_on_disk_stays_in_memory(write):
    """Until the configuration is read again."""
    file = write({"203.0.113.0/24": {"country": {"iso_code": "DE"}}})
    found = Countries(file)
    file.write_bytes(b"")
    assert "DE" == found.of("203.0.113.7")


def test_a_damaged_file_gives_no_country(write):
    """Cut in the middle of its tree."""
    file = write({f"203.0.{n}.0/24": {"country": {"iso_code": "DE"}} for n in range(50)})
    octets = bytearray(file.read_bytes())
    octets[:40] = b"\xff" * 40
    file.write_bytes(octets)
    assert Countries(file).of("203.0.5.7") is None
