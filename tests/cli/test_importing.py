"""
countersign import.

The golden files beside the samples hold what is told and what is written. A change is looked at and
taken over with `python -m tests.cli.test_importing`.
"""

import json
import re
import stat
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from proxy.cli.main import cli
from tests.peers.authority import Authority

HERE = Path(__file__).parent / "authproxy"
SAMPLES = sorted(file.stem for file in HERE.glob("*.cfg"))
USUAL = (HERE / "usual.cfg").read_text()


def imported(source: Path, output: Path, *more: str):
    arguments = ["import", str(source), "--output", str(output), *more]
    return CliRunner().invoke(cli, arguments, prog_name="countersign")


def golden(sample: str, folder: Path) -> str:
    """What one sample becomes: what is told, the file, and the names of the secrets."""
    source = HERE / f"{sample}.cfg"
    result = imported(source, folder / "countersign.yaml")
    assert result.exit_code == 0, result.output
    told = result.stdout.replace(str(source), source.name)
    secrets = sorted(file.name for file in folder.iterdir() if file.suffix != ".yaml")
    return f"{told}---\n{(folder / 'countersign.yaml').read_text()}---\n{' '.join(secrets)}\n"


@pytest.mark.parametrize("sample", SAMPLES)
def test_golden(sample, tmp_path):
    """What is told and written of a sample is what was looked at."""
    assert (HERE / f"{sample}.txt").read_text() == golden(sample, tmp_path)


@pytest.mark.parametrize("sample", SAMPLES)
def test_check_finds_no_fault(sample, tmp_path):
    """What was written passes `check`."""
    golden(sample, tmp_path)
    arguments = ["check", "--config", str(tmp_path / "countersign.yaml")]
    result = CliRunner().invoke(cli, arguments, prog_name="countersign")
    assert (result.exit_code, result.exception) == (0, None), result.output


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_secret_is_told_or_in_the_yaml(sample, tmp_path):
    """Secrets are in files of their own, which nobody else can read."""
    text = golden(sample, tmp_path)
    for key, value in re.findall(r"(?m)^(\w+?)\s*=\s*(.*)$", (HERE / f"{sample}.cfg").read_text()):
        if ("secret" in key or "password" in key or "key" in key) and len(value) > 1:
            assert value not in text
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_are_kept_as_they_were(tmp_path):
    """A secret is the text after the first `=`, whole."""
    golden("usual", tmp_path)
    assert (tmp_path / "ad_client.password").read_text() == ('Passw0rd, with "quotes": and #hash\n')
    assert (tmp_path / "radius_server_auto.secret").read_text() == "thisisaradiussecret\n"
    assert (tmp_path / "radius_server_auto-3.secret").read_text() == "another radius secret\n"


def test_ca_file_beside_the_source(tmp_path):
    """A CA file that is there is named by its whole path."""
    (tmp_path / "conf").mkdir()
    Authority(tmp_path).file.rename(tmp_path / "conf" / "ad_ca.pem")
    source = tmp_path / "authproxy.cfg"
    source.write_text(USUAL)
    result = imported(source, tmp_path / "countersign.yaml")
    written = (tmp_path / "countersign.yaml").read_text()
    assert f"ca_certificates: {tmp_path}/conf/ad_ca.pem" in written
    assert "ssl_ca_certs_file" not in result.stdout


def test_a_ca_file_that_is_none(tmp_path):
    """It would be a fault of what is written, so nothing is."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "ad_ca.pem").write_text("no certificate")
    source = tmp_path / "authproxy.cfg"
    source.write_text(USUAL)
    result = imported(source, tmp_path / "countersign.yaml")
    assert 2 == result.exit_code
    assert "found no PEM certificate" in result.stderr
    assert not (tmp_path / "countersign.yaml").exists()


def test_eap(tmp_path):
    """Certificate and key that are there are taken, and the clients speak PEAP."""
    for issued, name in zip(
        Authority(tmp_path).issue("radius"), ("eap.pem", "eap.key"), strict=True
    ):
        issued.rename(tmp_path / name)
    source = tmp_path / "authproxy.cfg"
    source.write_text((HERE / "foreign.cfg").read_text())
    imported(source, tmp_path / "countersign.yaml")
    written = (tmp_path / "countersign.yaml").read_text()
    assert f"certificate: {tmp_path}/eap.pem" in written
    assert 1 == written.count("eap:\n    - peap\n")


def test_url(tmp_path):
    """--url is `web.url`, and then nothing is left to say of it."""
    result = imported(
        HERE / "usual.cfg", tmp_path / "countersign.yaml", "--url", "https://vpn.example.com"
    )
    assert "url: https://vpn.example.com" in (tmp_path / "countersign.yaml").read_text()
    assert "web.url" not in result.stdout


def test_bad_url(tmp_path):
    """What would be at fault is told and not left behind."""
    result = imported(HERE / "usual.cfg", tmp_path / "countersign.yaml", "--url", "http://x")
    assert result.exit_code == 2
    assert "web.url: found 'http://x'" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["countersign.yaml", "ad_client.password"])
def test_never_over_a_file(there, tmp_path):
    """Neither the output nor a secret is written over what is there, and nothing is left."""
    (tmp_path / there).write_text("mine")
    result = imported(HERE / "usual.cfg", tmp_path / "countersign.yaml")
    assert result.exit_code == 2
    assert f"found {tmp_path / there}, which is not written over" in result.stderr
    assert {there: "mine"} == {file.name: file.read_text() for file in tmp_path.iterdir()}


def test_json(tmp_path):
    """--json gives the files and every remark with its line."""
    result = imported(HERE / "usual.cfg", tmp_path / "countersign.yaml", "--json")
    told = json.loads(result.stdout)
    assert str(tmp_path / "countersign.yaml") == told["output"] == told["files"][-1]
    failmode = [one for one in told["remarks"] if "failmode" in one["message"]]
    assert [(29, "differs")] == [(one["line"], one["kind"]) for one in failmode]


def test_nothing_to_translate(tmp_path):
    """A file without a way in is answered with no."""
    source = tmp_path / "authproxy.cfg"
    source.write_text("[main]\ndebug=true\n")
    result = imported(source, tmp_path / "countersign.yaml")
    assert result.exit_code == 1
    assert "has no [radius_server_auto] or its like" in result.stderr


def test_no_such_file(tmp_path):
    """A file that cannot be read is wrong use."""
    result = imported(tmp_path / "none.cfg", tmp_path / "countersign.yaml")
    assert result.exit_code == 2
    assert "cannot read" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("port=1812", "port=99999", 31, "found no port in port"),
        ("192.0.2.10", "192.0.2.1000", 23, "found no address, network or range"),
        ("client=ad_client", "client=ad_client9", 30, "found no client in [radius_server_auto]"),
        ("client=ad_client\n", "", 19, "found no client in [radius_server_auto]"),
        ("transport=ldaps", "transport=tls", 15, "found no transport"),
        ("DC=example,DC=org\nsec", "nowhere\nsec", 13, "found no distinguished name"),
        ("radius_secret_3=", "radius_secret_4=", 27, "found radius_ip_3 without"),
        ("host=dc1.example.org\nhost_2=dc2.example.org", "", 8, "found [ad_client] without host"),
        ("failmode=safe", "failmode=safe\nfactors=fax", 30, "found no factor"),
        ("transport=ldaps", "ldap_filter=((", 15, "found no filter"),
        ("[ad_client]\nhost=", "[radius_client]\nhost=", 8, "found [radius_client] without secret"),
        ("[ad_client]\nhost=", "[radius_client]\nretries=x\nhost=", 9, "found no number in"),
        ("[ad_client]\nhost=", "[radius_client]\nhost=", 9, "found the name of a host"),
    ],
)
def test_faults(old, new, line, message, tmp_path):
    """What cannot be translated is told with its line, and nothing is written."""
    source = tmp_path / "authproxy.cfg"
    text = USUAL.replace(old, new, 1)
    if "radius_client" in new:
        text = text.replace("client=ad_client", "client=radius_client")
    source.write_text(text)
    result = imported(source, tmp_path / "countersign.yaml")
    assert result.exit_code == 2
    assert f"{source}:{line}: {message}" in result.stderr
    assert [source] == list(tmp_path.iterdir())


if __name__ == "__main__":
    for name in SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            (HERE / f"{name}.txt").write_text(golden(name, Path(folder)))
