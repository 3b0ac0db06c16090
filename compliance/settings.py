"""Settings: one TOML file, then the environment (`COMPLIANCE_...`), then the command line.

Secrets never stand here: keys are files, and settings name them.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


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
