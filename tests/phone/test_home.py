"""What a phone keeps, and who can read it."""

import stat

import pytest

from proxy.factors.jwk import SigningKey
from proxy.phone.home import BadHome, Enrolled, Home

KEY = SigningKey.create()
TOLD = Enrolled("https://a.example", "https://a.example", "id", "alice", {}, "PEM")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_phone_comes_back_as_it_was(tmp_path):
    """Key, server, account and the CA that was trusted."""
    home = Home(tmp_path / "phone")
    home.keep(KEY, TOLD)
    key, told = home.load()
    assert (KEY.public, TOLD) == (key.public, told)


def test_only_its_owner_reads_it(tmp_path):
    """The folder and every file."""
    Home(tmp_path / "phone").keep(KEY, TOLD)
    folder = tmp_path / "phone"
    assert 0o700 == mode(folder)
    assert {0o600} == {mode(path) for path in folder.iterdir()}


def test_a_second_phone_would_lose_the_first_ones_key(tmp_path):
    """So it is refused."""
    home = Home(tmp_path / "phone")
    home.must_be_new()
    home.keep(KEY, TOLD)
    with pytest.raises(BadHome, match="holds a phone already"):
        home.must_be_new()


def test_an_empty_home(tmp_path):
    """Says what to do."""
    with pytest.raises(BadHome, match="countersign phone enroll"):
        Home(tmp_path).load()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": 1, "more": 2}'])
def test_a_broken_home(tmp_path, text):
    """Is told apart, without a traceback."""
    Home(tmp_path).keep(KEY, TOLD)
    (tmp_path / "phone.json").write_text(text)
    with pytest.raises(BadHome, match="cannot be read"):
        Home(tmp_path).load()


def test_an_unenrolled_phone_leaves_nothing(tmp_path):
    """No key lies about."""
    home = Home(tmp_path / "phone")
    home.keep(KEY, TOLD)
    home.forget()
    assert [] == list((tmp_path / "phone").iterdir())
