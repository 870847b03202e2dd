"""Seeds that people have already, in files: judged by pskctool, codes made by oathtool."""

import base64
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.peers.nas import ACCESS_ACCEPT, ACCESS_REJECT
from tests.scenarios.conftest import APPENDED, Someone

pytestmark = pytest.mark.scenario

FILES = Path(__file__).parent.parent / "factors/seed_files/files"
SHARED_KEY = "12345678901234567890123456789012"
PASSPHRASE = "correct horse battery staple"
SUITES = {"": "SHA1", "HMAC-SHA256": "SHA256", "HMAC-SHA512": "SHA512"}


def code(secret, suite="SHA1", digits=6, period=30):
    """Give the code of now, as another implementation makes it."""
    command = ["oathtool", f"--totp={suite}", f"--digits={digits}", f"--time-step-size={period}s"]
    told = subprocess.run(
        [*command, f"--now=@{int(time.time())}", secret.hex()],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


def enter(someone, typed):
    with someone.nas(APPENDED) as nas:
        return nas.ask(someone.packet(f"{someone.password},{typed}"), 6).code


def as_pskctool_reads(file):
    """Validate a plain container; give the arguments of `code` by user."""
    assert (
        "OK"
        in subprocess.run(
            ["pskctool", "--validate", file], capture_output=True, text=True, check=True
        ).stdout
    )
    told = subprocess.run(
        ["pskctool", "--info", file], capture_output=True, text=True, check=True
    ).stdout
    keys = {}
    for package in told.split("KeyPackage")[1:]:
        line = dict(re.findall(r"^\s*([A-Z][\w ()]*): (.*?)(?:warning.*)?$", package, re.MULTILINE))
        keys[line["Key User Id"]] = (
            base64.b64decode(line["Key Secret (base64)"]),
            SUITES[line.get("Algorithm Parameters Suite", "")],
            line["Response Format Length"],
            line["Key TimeInterval"],
        )
    return keys


@pytest.fixture
def people(daemon, names):
    return [Someone(daemon, next(names)) for _ in range(3)]


def container_for(people, name, folder):
    """Write a container whose keys belong to these people."""
    text = (FILES / f"{name}.xml").read_text()
    for old, one in zip(("alice", "uid=bob,", "carol"), people, strict=True):
        new = f"uid={one.name}," if old.endswith(",") else one.name
        text = text.replace(f">{old}", f">{new}")
    file = folder / f"{name}.xml"
    file.write_text(text)
    return file


def test_lines_of_names_and_seeds(daemon, people, tmp_path):
    """Typed in any case; a fault keeps everybody out until it is mended."""
    seeds = [bytes([number]) * 20 for number in (1, 2, 3)]
    lines = [
        f"{one.name.upper()},{base64.b32encode(seed).decode()}"
        for one, seed in zip(people, seeds, strict=True)
    ]
    file = tmp_path / "seeds.csv"
    file.write_text("\n".join([*lines, "nobody-of-that-name,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]))
    daemon.command("totp", "import", str(file), expect=1)
    assert ACCESS_REJECT == enter(people[0], code(seeds[0]))
    file.write_text("\n".join(lines))
    daemon.command("totp", "import", str(file))
    assert [ACCESS_ACCEPT] * 3 == [
        enter(one, code(seed)) for one, seed in zip(people, seeds, strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "option", "secret"),
    [
        ("plain", None, None),
        ("shared_key", "--key-file", SHARED_KEY),
        ("passphrase", "--passphrase-file", PASSPHRASE),
    ],
)
def test_pskc(daemon, people, tmp_path, name, option, secret):
    """Suites, digits and intervals of each key; encrypted ones are the same keys as the plain ones."""
    wanted = as_pskctool_reads(container_for(people, "plain", tmp_path))
    options = []
    if option:
        (tmp_path / "secret").write_text(secret)
        options = [option, str(tmp_path / "secret")]
    file = container_for(people, name, tmp_path)
    daemon.command("totp", "import", str(file), *options)
    by_name = {user.removeprefix("uid=").partition(",")[0]: key for user, key in wanted.items()}
    assert [ACCESS_ACCEPT] * 3 == [enter(one, code(*by_name[one.name])) for one in people]


def test_a_directory_is_asked_for_many_at_once(daemon, tmp_path):
    """More people than it is asked for at a time, each in the line where they stand."""
    people = [f"u{number:03d}" for number in range(20)]
    file = tmp_path / "seeds.csv"
    file.write_text("".join(f"{one},GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n" for one in people))
    told = daemon.json("totp", "import", str(file), "--dry-run", "--replace")
    assert people == [one["user"] for one in told["imported"]]
