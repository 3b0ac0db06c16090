"""Settings: one TOML file, then the environment (`COMPLIANCE_...`), then the command line.

Secrets never stand here: keys are files, and settings name them.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FilePath, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_PATH = r"^/[^\x00-\x1f]*$"
"""An absolute path without control characters."""

Purpose = Literal[
    "paid-stay",
    "open-stay",
    "unpaid-charge",
    "subscriber",
    "blacklist",
    "incident-hold",
    "video",
    "card-room",
]
"""What number plates and recordings are kept for; each has its own retention, by country and decision."""


class ScanSettings(BaseModel):
    """How hosts are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts_at_once: int = Field(
        default=16, ge=1, le=512, description="How many hosts are looked at side by side."
    )
    timeout_seconds: float = Field(
        default=5.0, gt=0, le=120, description="How long one answer of a host may take."
    )
    deadline_seconds: float = Field(
        default=300.0, gt=0, le=7200, description="How long one scanner may look at a host."
    )
    resolvers: tuple[str, ...] = Field(
        default=(), description="DNS resolvers to ask, as 192.0.2.53 or [::1]:5353; empty means the system's."
    )
    excluded: tuple[str, ...] = Field(
        default=(), description="Addresses, networks and names that are never touched."
    )
    spared_ports: str = Field(
        default="", description="TCP ports that are never connected to, as 9100-9107,20007."
    )
    pace_by_role: dict[str, Literal["gentle", "normal", "brisk"]] = Field(
        default={"payment-terminal": "gentle", "gate-controller": "gentle", "anpr-camera": "gentle"},
        description="How gently hosts of a role are met; what a host declares itself comes first.",
    )
    rate: float = Field(
        default=3000.0, ge=1, le=50_000, description="New connections a second to all hosts together."
    )
    host_rate: float = Field(
        default=500.0, ge=1, le=50_000, description="New connections a second to one host of normal pace."
    )
    window: str = Field(default="", description="Hours in which scans may begin, as 22:00-05:00.")
    timezone: str = Field(default="UTC", description="IANA time zone of the window.")


class JumpSettings(BaseModel):
    """A jump host, and for which hosts it is the way: those of a site, of a zone, or of these names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    via: str = Field(pattern=r"^[A-Za-z0-9_.:-]{1,253}$")
    login: str = Field(pattern=r"^[A-Za-z0-9_.@-]{1,64}$")
    port: int = Field(default=22, ge=1, le=65535)
    site: str = ""
    zone: str = ""
    hosts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_for_whom(self) -> Self:
        if not (self.site or self.zone or self.hosts):
            raise ValueError("say for whom it is the way: site, zone or hosts")
        return self


class SshSettings(BaseModel):
    """How hosts are logged in to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int = Field(default=22, ge=1, le=65535, description="TCP port of sshd.")
    keys: tuple[Path, ...] = Field(
        default=(), description="Private key files; empty means the agent's and those in ~/.ssh."
    )
    known_hosts: Path | None = Field(
        default=None, description="File of pinned host keys; absent means ~/.ssh/known_hosts."
    )
    sudo: bool = Field(
        default=True, description="Run the collector by `sudo -n` where sudo asks for no password."
    )
    jump: tuple[JumpSettings, ...] = Field(
        default=(), description="Jump hosts: via, login, port, and site, zone or hosts; the first that fits."
    )
    host_keys: Literal["strict", "tofu"] = Field(
        default="strict",
        description="strict refuses a host whose key is not pinned; tofu pins the first one that it shows.",
    )


class TlsSettings(BaseModel):
    """How certificates are judged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    own_roots: FilePath | None = Field(
        default=None, description="PEM file of authorities of your own, trusted beside the public ones."
    )


class ReachSettings(BaseModel):
    """How it is tried what hosts can reach of others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flows: FilePath | None = Field(
        default=None, description="File of declared zones and of the flows between them (flows/v1)."
    )
    egress_probes: tuple[str, ...] = Field(
        default=(),
        description="Addresses outside that were set up to be tried from inside, as 192.0.2.9:443.",
    )
    excluded: tuple[str, ...] = Field(
        default=(), description="Names or addresses of hosts that are never tried from others."
    )
    most_paths: int = Field(
        default=256, ge=1, le=1000, description="How many connections are tried from one host."
    )


class FolderSettings(BaseModel):
    """A folder of images or records, and how long its purpose lets them be kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(pattern=_PATH)
    purpose: Purpose
    days: int | None = Field(default=None, ge=0, le=36500)


class DiscoverySettings(BaseModel):
    """How the files of a host are searched, where that is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roots: tuple[Annotated[str, Field(pattern=_PATH)], ...] = Field(
        default=(), description="Folders to search; empty means logs, homes, /srv, /opt, /tmp and the like."
    )
    megabytes: int = Field(
        default=2048, ge=1, le=1_000_000, description="Most that one scan reads of a host."
    )
    files: int = Field(default=200_000, ge=1, le=10_000_000, description="Most files that one scan reads.")
    seconds: int = Field(default=240, ge=5, le=7200, description="Most seconds that one scan searches.")
    canary: tuple[Annotated[str, Field(pattern=_PATH)], ...] = Field(
        default=(), description="Files with a published test number, planted on every host that is searched."
    )
    folders: tuple[FolderSettings, ...] = Field(
        default=(), description="Folders of images or records, each with path, purpose and days."
    )
    retention: dict[Purpose, Annotated[int, Field(ge=0, le=36500)]] = Field(
        default={}, description="Days that a purpose lets images and records be kept; unset is unknown."
    )


class HttpSettings(BaseModel):
    """Which web pages take payments, and what may run on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payment_pages: tuple[str, ...] = Field(
        default=(), description="Addresses of payment pages, as https://HOST/checkout."
    )
    authorised: FilePath | None = Field(
        default=None, description="TOML file of the scripts and headers that may stand on payment pages."
    )


class Settings(BaseSettings):
    """Everything that an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="COMPLIANCE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: str = Field(
        default_factory=lambda: f"sqlite:///{state_folder() / 'compliance.db'}",
        description="SQLAlchemy URL of the database.",
    )
    rule_folders: tuple[Path, ...] = Field(
        default=(), description="Folders with rule packs of your own, read after the shipped ones."
    )
    profile_folders: tuple[Path, ...] = Field(
        default=(), description="Folders with profiles of your own, read after the shipped ones."
    )
    waiver_folders: tuple[Path, ...] = Field(
        default=(), description="Folders with waivers: failures that somebody accepts for a time."
    )
    organisation: str = Field(default="", description="Whose hosts they are; stands on the reports.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least level that is logged."
    )
    scan: ScanSettings = Field(default_factory=ScanSettings)
    ssh: SshSettings = Field(default_factory=SshSettings)
    tls: TlsSettings = Field(default_factory=TlsSettings)
    reach: ReachSettings = Field(default_factory=ReachSettings)
    discovery: DiscoverySettings = Field(default_factory=DiscoverySettings)
    http: HttpSettings = Field(default_factory=HttpSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line before environment before file; `.env` files are not read."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=settings_cls.model_config.get("toml_file"))
        return init_settings, env_settings, file


def state_folder() -> Path:
    """Where the database lies by default: /var/lib/compliance for root, else the user's XDG state folder."""
    named = os.environ.get("COMPLIANCE_STATE")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/compliance")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "compliance"


def read_settings(file: Path | None) -> Settings:
    """The settings in force; `file` is the TOML file, or None for /etc/compliance.toml if it is there."""
    standard = Path("/etc/compliance.toml")
    chosen = file or (standard if standard.exists() else None)

    class Sourced(Settings):
        """The settings, read from the chosen file."""

        model_config = SettingsConfigDict(toml_file=chosen)

    return Sourced()
