"""Which kind of file it is."""

from pathlib import Path

import pytest

from proxy.factors.seed_files import reading
from proxy.factors.seed_files.entry import BadFile
from proxy.factors.seed_files.pskc_encryption import Unlock
from proxy.factors.seed_files.reading import read_seeds

PLAIN = (Path(__file__).parent / "files/plain.xml").read_text()


@pytest.mark.parametrize(
    "octets",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("UTF-8", "UTF-16").encode("utf-16"),
        "".join(f"{name},GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n" for name in "abc").encode(),
    ],
)
def test_by_how_it_begins(octets):
    """As XML does, in any of its encodings, or not."""
    assert len(read_seeds(octets, Unlock(), 1_800_000_000.0).entries) == 3


@pytest.mark.parametrize(
    "octets", [b"", b"\n\n", b"username,base32seed\n", PLAIN.partition("<pskc:KeyP")[0].encode()]
)
def test_nothing_in_it(octets):
    """Is told: whoever imports means something."""
    if octets.startswith(b"<"):
        octets += b"</pskc:KeyContainer>"
    with pytest.raises(BadFile, match="found no seed"):
        read_seeds(octets, Unlock(), 1_800_000_000.0)


def test_too_long(monkeypatch):
    """Nothing of it is read."""
    monkeypatch.setattr(reading, "FILE_LIMIT", 10)
    with pytest.raises(BadFile, match="more than 10 octets"):
        read_seeds(b"x" * 11, Unlock(), 1_800_000_000.0)
