"""What is known of kinds of NAS, and the keys that follow from it."""

import re

import pytest
import yaml

from proxy.radius.attributes import Attributes
from proxy.settings.clients import ClientSettings
from proxy.settings.finding import ConfigurationFaults
from proxy.settings.profile import (
    FOLDER,
    NO_CALLER,
    profile_names,
    read_profile,
    read_profile_file,
)

CLIENT = "  vpn:\n"
KNOWN = Attributes()
DEFAULTED = {"challenge", "wait", "caller", "caller_is", "join", "text_limit"}


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_read(name):
    """Each file follows the schema, and a client that names it has keys that may be set."""
    profile = read_profile(name)
    assert profile.defaults.keys() <= DEFAULTED
    for attribute in (profile.facts.caller.value, *(profile.facts.groups.value or ())):
        if attribute not in {None, NO_CALLER}:
            KNOWN.find(attribute)


@pytest.mark.parametrize("name", profile_names())
def test_every_fact_has_a_source_that_anybody_can_find(name):
    """A document by its title and address, or a trial that names what was tried."""
    for source in read_profile(name).sources.values():
        assert len(source.title) > 10
        if source.title.startswith("tried with "):
            assert source.url is None
        else:
            assert source.url is None or re.match("https?://[a-z0-9.-]+/", source.url)


def test_a_client_has_what_its_profile_says(config):
    """What the client sets itself wins; the rest is the profile's, else the default."""
    text = (CLIENT, f"{CLIENT}    profile: fortigate\n    wait: 60s\n")
    client = config.good(text).settings.clients["vpn"]
    assert (client.challenge, client.wait, client.caller_is) == (True, 60.0, "address")
    assert client.append_code is False


def test_defaults_hold_without_a_profile(config):
    """Nothing of a profile is in a client that names none."""
    client = config.good().settings.clients["vpn"]
    assert (client.challenge, client.wait, client.join) == (False, 30.0, "caller")
    assert (client.caller, client.caller_is) == ("Calling-Station-Id", "address")


@pytest.mark.parametrize("name", profile_names())
def test_no_profile_makes_anything_looser(name):
    """Message-Authenticator, Proxy-State and appended codes are the client's alone."""
    given = {"profile": name, "networks": ("192.0.2.1",), "secret": "x"}
    client = ClientSettings.model_validate(given)
    assert client.require_message_authenticator
    assert client.limit_proxy_state
    assert not client.append_code


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("fortgate", "found 'fortgate', wanted the name of a profile: "),
        ("../clients", "found '../clients', wanted the name of a profile: "),
        ("[fortigate]", "found a list, wanted the name of a profile: "),
    ],
)
def test_an_unknown_profile(config, written, told):
    """It is told with its line, and with those that there are."""
    (fault,) = config.bad((CLIENT, f"{CLIENT}    profile: {written}\n"))
    assert fault.startswith(f"18: clients.vpn.profile: {told}")
    assert "fortigate" in fault.partition("wanted")[2]


def test_a_clients_own_fault_is_told_beside_its_profile(config):
    """A key that the client sets is judged where it stands."""
    assert config.bad((CLIENT, f"{CLIENT}    profile: fortigate\n    wait: 9\n")) == [
        "19: clients.vpn.wait: found 9, wanted a duration such as 500ms, 30s, 15m, 12h or 1d"
    ]


@pytest.fixture
def broken(tmp_path):
    """Write a profile with one fact changed, and give what is found wrong."""

    def give(change):
        profile = yaml.safe_load((FOLDER / "fortigate.yaml").read_text())
        change(profile)
        file = tmp_path / "broken.yaml"
        file.write_text(yaml.safe_dump(profile, sort_keys=False))
        with pytest.raises(ConfigurationFaults) as caught:
            read_profile_file(file)
        return [fault.message for fault in caught.value.faults]

    return give


def test_a_value_without_a_source(broken):
    """Nothing is said without saying who says so."""
    (fault,) = broken(lambda profile: profile["facts"]["timeout"].pop("source"))
    assert fault.startswith("facts.timeout: found a value without `source`")


def test_nothing_known_and_nothing_said(broken):
    """What nobody documents is null with a note."""
    (fault,) = broken(lambda profile: profile["facts"].update(tries={"value": None}))
    assert fault.startswith("facts.tries: found null without `note`")


def test_sources_and_facts_match(broken):
    """A source is named and is there."""

    def rename(profile):
        profile["sources"]["other"] = profile["sources"].pop("timers")

    (fault,) = broken(rename)
    assert "found no source timers under `sources`" in fault
    (fault,) = broken(lambda profile: profile["sources"].update(more={"title": "tried with x"}))
    assert "found source more, which no fact names" in fault


def test_every_fact_is_asked_for(broken):
    """A profile that leaves one out is none."""
    assert broken(lambda profile: profile["facts"].pop("caller")) == [
        "facts.caller: missing, wanted a value"
    ]


def test_what_to_set_has_a_source_too(broken):
    """What to set on the NAS, how long it waits then and who says so come together."""
    (fault,) = broken(lambda profile: profile.pop("raise_source"))
    assert "wanted all or none" in fault
