"""Secrets, the master key and the store that it seals, as the configuration writes them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator, ValidationInfo, WithJsonSchema

from proxy.sealing import BadMasterKey, MasterKey
from proxy.secret import Secret
from proxy.settings.master_key import read_master_key
from proxy.settings.sources import Source
from proxy.settings.values import InWords, fault, found


def _store(value: object, info: ValidationInfo) -> str:
    wanted = "sqlite:///PATH, with a fourth slash where the path is absolute"
    if not isinstance(value, str) or not value.startswith("sqlite:///"):
        raise found(value, wanted)
    path = value.removeprefix("sqlite:///")
    if not path or path.startswith(":") or "?" in path or "\0" in path:
        raise found(value, wanted + ", and nothing after it")
    return f"sqlite:///{(Path(info.context or '.') / path).absolute()}"


StoreUrl = Annotated[
    str,
    BeforeValidator(_store),
    InWords("`sqlite:///` URL"),
    WithJsonSchema({"type": "string", "pattern": "^sqlite:///"}),
]


def read_secret(value: object) -> Secret:
    """Give a secret that is written out or comes from elsewhere."""
    match value:
        case Source(secret=Secret() as secret):
            return secret
        case Source():
            raise fault(value.fault or "found an empty secret")
        case str() if value:
            return Secret(value.encode())
        case str() | None:
            raise fault("found an empty secret")
        case _:
            raise fault("found no text, wanted text in quotes, or !file, !env or !credential")


SecretText = Annotated[
    Secret,
    PlainValidator(read_secret),
    InWords("secret"),
    WithJsonSchema(
        {
            "type": "string",
            "description": "Written out, or !file PATH, !env NAME, !credential NAME.",
        }
    ),
]


@dataclass(frozen=True, slots=True)
class MasterKeySource:
    """The master key, or the file that is to hold it."""

    key: MasterKey | None
    """None: *file* does not exist yet."""
    file: Path | None
    """None: it does not come from a file."""


def _master_key(value: object) -> MasterKeySource:
    if isinstance(value, Source) and value.missing and value.tag == "!file":
        return MasterKeySource(None, value.file)
    file = value.file if isinstance(value, Source) and value.tag == "!file" else None
    reread = None if file is None else partial(read_master_key, file)
    try:
        return MasterKeySource(MasterKey.parse(read_secret(value).reveal(), reread), file)
    except BadMasterKey as error:
        raise fault(f"{error}: `countersign key create` makes one") from None


MasterKeyText = Annotated[
    MasterKeySource,
    PlainValidator(_master_key),
    InWords("secret"),
    WithJsonSchema({"type": "string"}),
]
