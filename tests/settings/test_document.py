"""YAML text to plain values with lines."""

import pytest

from proxy.secret import Secret
from proxy.settings.document import read_document
from proxy.settings.finding import ConfigurationFaults


@pytest.fixture
def read(config):
    return lambda text: read_document(config.write(text))


@pytest.fixture
def faults(config):
    def give(text: str) -> list[str]:
        with pytest.raises(ConfigurationFaults) as caught:
            read_document(config.write(text))
        return [str(fault).removeprefix(f"{config.path}:") for fault in caught.value.faults]

    return give


def test_words_of_yaml_1_1_stay_text(read):
    """`off`, `yes` and `12:30` are texts; true, numbers and null are not."""
    document = read("a: off\nb: yes\nc: 12:30\nd: true\ne: 12\nf: 1.5\ng:\nh: '12'\ni: 010\n")
    expected = {
        "a": "off",
        "b": "yes",
        "c": "12:30",
        "d": True,
        "e": 12,
        "f": 1.5,
        "g": None,
        "h": "12",
        "i": 10,
    }
    assert expected == document.value


def test_every_place_has_its_line(read):
    """Keys, values in them and items of lists know their lines; an unknown place, the nearest."""
    document = read("a:\n  b: 1\n  c:\n  - x\n  - y\n")
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "c", 1)) == 5
    assert document.line(("a", "c", "missing")) == 3
    assert document.line(("z",)) == 1


def test_repeated_key(faults):
    """A key that stands twice is a fault that names both lines."""
    assert faults("a: 1\nb: 2\na: 3\n") == ["3: found key 'a' again, it stands in line 1 already"]


def test_all_faults_at_once(faults):
    """Every fault of the walk is told, not only the first."""
    assert len(faults("a: 1\na: 2\nb: !python/object x\n")) == 2


def test_unknown_tag(faults):
    """A tag that is not one of the secrets' is refused."""
    assert faults("a: !!int 3\n") == [
        "1: found tag !!int, wanted none or one of !file, !env, !credential"
    ]


def test_key_that_is_a_list(faults):
    """A key is a text."""
    assert faults("[a]: 3\n") == ["1: found a mapping or a list as a key, wanted text"]


def test_not_yaml(faults):
    """A text that is not YAML is told with the line where reading stopped."""
    (fault,) = faults("a: 1\nb: [1, 2\nc: 3\n")
    assert fault.startswith("3: not YAML: ")


def test_control_characters(faults):
    """Octets that YAML does not allow are a fault, no traceback."""
    (fault,) = faults("a: \x01\n")
    assert fault.startswith("1: not YAML: unacceptable character #x0001")
    assert fault.isprintable()


def test_alias_bomb(faults):
    """Aliases count as what they stand for, so that a few lines cannot become millions of values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (fault,) = faults("\n".join(lines))
    assert "found more than 100000 values" in fault


def test_endless_alias(faults):
    """A list inside itself is refused."""
    (fault,) = faults("a: &a [*a]\n")
    assert "deeper than 20" in fault


@pytest.mark.parametrize("depth", [30, 2000])
def test_deep_nesting(faults, depth):
    """Nesting that no configuration has is refused."""
    (fault,) = faults("a: " + "[" * depth + "]" * depth)
    assert "deeper than 20" in fault


def test_too_long(faults):
    """A file of more than a mebibyte is not read."""
    assert faults("a: " + "x" * 1_048_576) == ["1: found more than 1048576 octets"]


def test_missing_file(tmp_path):
    """A configuration that is not there is one fault."""
    with pytest.raises(ConfigurationFaults) as caught:
        read_document(tmp_path / "no.yaml")
    expected = f"{tmp_path}/no.yaml:1: cannot read the configuration: No such file or directory"
    assert expected == str(caught.value)


def test_file_secret(read, config):
    """`!file` is relative to the configuration; one newline at the end is dropped."""
    (config.folder / "s").write_bytes(b" two\n\n")
    source = read("a: !file s\n").value["a"]
    assert Secret(b" two\n") == source.secret
    assert config.folder / "s" == source.file


def test_missing_file_secret(read, config):
    """A secret's file that is not there is told by the key that wants it."""
    source = read("a: !file s\n").value["a"]
    assert (None, f"found no file {config.folder}/s", True) == (
        source.secret,
        source.fault,
        source.missing,
    )


def test_env_secret(read, monkeypatch):
    """`!env` reads the environment; an unset or empty variable is a fault."""
    monkeypatch.setenv("THE_SECRET", "x")
    monkeypatch.setenv("EMPTY", "")
    value = read("a: !env THE_SECRET\nb: !env EMPTY\n").value
    assert Secret(b"x") == value["a"].secret
    assert value["b"].fault == "found no environment variable EMPTY"


def test_credential_secret(read, config, monkeypatch):
    """`!credential` reads from the folder that systemd names, and from nowhere else."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(config.folder))
    (config.folder / "s").write_text("x\n")
    value = read("a: !credential s\nb: !credential ../s\n").value
    assert Secret(b"x") == value["a"].secret
    assert value["b"].fault == "found credential name '../s', wanted one without /"


def test_credential_without_systemd(read, monkeypatch):
    """Without systemd `!credential` says what is missing."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "CREDENTIALS_DIRECTORY" in read("a: !credential s\n").value["a"].fault


def test_an_escape_of_no_character(faults):
    """YAML's longest escape can name what no text has; it is told with its line."""
    assert faults('a: 1\nb: "\\U00110000"\n') == ["2: not YAML: found an escape of no character"]
    assert faults('a: 1\nb: "\\UFFFFFFFF"\n') == ["2: not YAML: found an escape of no character"]


def test_half_a_character(faults):
    """A lone surrogate can be written, and be sent or stored nowhere."""
    found = r"found half a character, \ud800, wanted whole ones"
    assert faults('a: "x\\ud800"\n"b\\ud800": 1\nc: !env "\\ud800"\n') == [
        f"1: {found}",
        f"2: {found}",
        f"3: {found}",
    ]


def test_file_secret_with_a_nul(read):
    """No file has such a name."""
    assert read('a: !file "a\\0b"\n').value["a"].fault == r"found NUL in a file's name"
