"""The store and the secrets."""

import pytest
from pydantic import TypeAdapter, ValidationError

from proxy.settings.secrets import StoreUrl
from proxy.settings.values import FilePath


def test_store_is_relative_to_the_configuration():
    """A relative store lies beside the configuration, an absolute one where it says."""
    read = TypeAdapter(StoreUrl).validate_python
    assert read("sqlite:///a/b.db", context="/etc/x") == "sqlite:////etc/x/a/b.db"
    assert read("sqlite:////var/b.db", context="/etc/x") == "sqlite:////var/b.db"


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://x", 3])
def test_not_stores(text):
    """A store is a file."""
    with pytest.raises(ValidationError):
        TypeAdapter(StoreUrl).validate_python(text)


@pytest.mark.parametrize("kind", [FilePath, StoreUrl])
def test_no_file_has_nul_in_its_name(kind):
    """It could not even be looked for."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("sqlite:///a\0b")
