"""The whole configuration."""

from typing import Literal

from pydantic import Field

from proxy.settings.alerts import AlertsSettings
from proxy.settings.clients import ClientSettings
from proxy.settings.directories import DirectorySettings
from proxy.settings.doors import RadiusSettings, WebSettings
from proxy.settings.eap import EapSettings
from proxy.settings.mail import MailSettings
from proxy.settings.policies import PasskeySettings, PolicySettings, PushSettings, TotpSettings
from proxy.settings.realms import Names
from proxy.settings.secrets import MasterKeyText, StoreUrl
from proxy.settings.section import Section
from proxy.settings.shield import ShieldSettings
from proxy.settings.values import Duration, Name, duration


class LogSettings(Section):
    """What is written on stderr: JSON lines, or plain ones on a terminal."""

    level: Literal["debug", "info", "warn", "error"] = "info"
    """The least that is written. A login's line is info, a discarded packet's warn."""


class Settings(Section):
    """Everything that the operator decides."""

    store: StoreUrl
    """Where accounts, enrolments, approvals and records are: sqlite:///PATH, a relative path
    starting at this file."""
    master_key: MasterKeyText
    """32 random octets in base64; seals every seed and private key in the store.
    `countersign key create` makes it; keep a copy away from this machine."""
    shutdown_grace: Duration = duration("10s", "0s", "5m")
    """How long held logins may go on after SIGTERM."""
    log: LogSettings = Field(default_factory=LogSettings)
    radius: RadiusSettings = Field(default_factory=RadiusSettings)
    web: WebSettings
    directories: dict[Name, DirectorySettings] = Field(min_length=1)
    """By name; the name is part of every account and stays."""
    default_directory: Names | None = Field(default=None, examples=["corp"])
    """Where names without a realm are looked up: one directory, or several in order, the next only
    where one has no such person. Left out: the directories of the policies that the login may come
    under, in the policies' order."""
    shield: ShieldSettings = Field(default_factory=ShieldSettings)
    eap: EapSettings | None = None
    """EAP for clients whose `eap` names methods. Left out: nobody speaks EAP."""
    mail: MailSettings | None = None
    """Telling people by mail what was changed of their second factors."""
    alerts: AlertsSettings = Field(default_factory=AlertsSettings)
    totp: TotpSettings = Field(default_factory=TotpSettings)
    push: PushSettings = Field(default_factory=PushSettings)
    passkey: PasskeySettings = Field(default_factory=PasskeySettings)
    policies: tuple[PolicySettings, ...] = ()
    """The first that matches decides; none matches: Access-Reject."""
    clients: dict[Name, ClientSettings] = Field(default_factory=dict)
    """By name, which phones show."""
