"""Everything an operator can set, read once at start. `LTI_TOOL_*` in the environment wins over the TOML file."""

from __future__ import annotations

import logging
import os
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class SettingsError(Exception):
    """The settings can't be used. `faults` lists every one in words."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _split(value: object) -> object:
    return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value


class Settings(BaseSettings):
    """Frozen settings of one process.

    `base_url` is where browsers reach the tool, without a trailing slash; `evidence_url` is a second origin for what teachers
    uploaded, so that a hostile file never runs beside the tool's pages (the same as `base_url` unless set).
    """

    model_config = SettingsConfigDict(env_prefix="LTI_TOOL_", frozen=True, extra="forbid")

    development: bool = False  # first: what others may be depends on it
    demo: bool = False
    base_url: str = "http://127.0.0.1:8000"
    evidence_url: str = ""
    data_dir: Path = Path("var")
    database_url: str = ""
    product_name: str = "Microcredentials"
    contact_email: str = ""
    secret_key: str = Field(default="", description="signs form tokens and links; made and kept in the data folder when empty")
    encryption_keys: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list, description="Fernet keys, newest first; made and kept in the data folder when empty"
    )
    clamd: str = Field(default="", description="ClamAV's daemon: host:port, or the path of its socket; no virus check when empty")
    max_upload_bytes: int = Field(default=100 * 1024 * 1024, gt=0, description="of a plain form, without JavaScript")
    max_file_bytes: int = Field(default=5 * 1024**3, gt=0, description="of a file that is sent in parts")
    max_pending_bytes: int = Field(default=20 * 1024**3, gt=0, description="of one person's unfinished uploads, counted in full")
    pending_days: int = Field(default=7, ge=1, description="an unfinished upload that nobody touched for so long is removed")
    s3_bucket: str = Field(default="", description="evidence goes into this bucket; into the data folder when empty")
    s3_endpoint_url: str = Field(default="", description="of an S3-compatible store; Amazon's own when empty")
    s3_public_url: str = Field(default="", validate_default=True, description="where browsers reach that store, if elsewhere")
    s3_region: str = "us-east-1"
    s3_prefix: str = Field(default="", description="put before every key, such as lti-tool/")
    s3_access_key: str = Field(default="", description="found as boto3 does (role of the machine, profile) when empty")
    s3_secret_key: str = Field(default="", validate_default=True)
    smtp_host: str = Field(default="", description="the mail server; nobody gets e-mail when empty")
    smtp_port: int = Field(default=0, ge=0, lt=65536, description="587, 465 or 25, as LTI_TOOL_SMTP_SECURITY is, when 0")
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: str = Field(default="", validate_default=True)
    smtp_from: str = Field(default="", validate_default=True, description="the address that e-mails come from")
    timezone: str = Field(default="UTC", description="of the districts, such as America/New_York: for days in e-mails and quiet hours")
    quiet_hours: str = Field(default="20:00-07:00", description="no e-mail leaves between these times; at all times when empty")
    roster_hours: int = Field(default=24, ge=0, description="how often a course list that somebody has read is read again; 0: by hand only")
    session_hours: int = Field(default=8, ge=1, le=24)
    enrollment_days: int = Field(default=365, ge=1)
    review_days: int = Field(default=14, ge=1)
    max_attempts: int = Field(default=3, ge=1)
    appeal_days: int = Field(default=30, ge=0, description="after the final outcome; only then the time of retention begins")
    appeal_panel: int = Field(default=2, ge=1, le=7, description="how many reviewers answer an appeal")
    retention_days: int = Field(default=90, ge=0, description="files in which students can be recognized are deleted after so many days")
    retention_background: bool = Field(default=False, description="also files in which students are in the background")
    web_threads: int = Field(default=8, ge=1)
    trusted_proxies: int = Field(default=0, ge=0, description="reverse proxies in front that set X-Forwarded-*")
    log_level: str = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit arguments, then the environment, then the TOML file."""
        del dotenv_settings, file_secret_settings
        path = Path(os.environ.get("LTI_TOOL_CONFIG", "config/default.toml"))
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, path)) if path.exists() else sources

    @field_validator("base_url", "evidence_url")
    @classmethod
    def _is_origin(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "evidence_url":
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise ValueError("must be an origin such as https://tool.example.org, without a path")
        if parts.scheme == "http" and not info.data.get("development"):
            raise ValueError("must be https (http is for LTI_TOOL_DEVELOPMENT=1)")
        return value

    @field_validator("demo")
    @classmethod
    def _demo_is_development(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("development"):
            raise ValueError("works in development only")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        try:
            known = not value or make_url(value).get_backend_name() in ("sqlite", "postgresql")
        except ArgumentError:
            known = False
        if not known:
            raise ValueError("must look like postgresql://user:password@host/name or sqlite:////folder/file.db")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, value: list[str]) -> list[str]:
        for number, key in enumerate(value, 1):
            try:
                Fernet(key)
            except ValueError:
                raise ValueError(f"number {number} is not a Fernet key (32 bytes in URL-safe base64)") from None
        return value

    @field_validator("clamd")
    @classmethod
    def _is_clamd(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if value and not value.startswith("/") and not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError("must look like 127.0.0.1:3310 or /run/clamav/clamd.ctl")
        return value

    @field_validator("s3_bucket")
    @classmethod
    def _is_bucket(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}", value):
            raise ValueError("is not a bucket's name")
        if value and find_spec("boto3") is None:
            raise ValueError("needs boto3: install lti-tool[s3]")
        return value

    @field_validator("s3_endpoint_url", "s3_public_url")
    @classmethod
    def _is_store(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query):
            raise ValueError("must be an origin such as https://s3.example.org, without a path")
        reached = value or info.data.get("s3_endpoint_url", "")
        if info.field_name == "s3_public_url" and reached.startswith("http:") and not info.data.get("development"):
            raise ValueError("browsers send large files there, so it must be https (http is for LTI_TOOL_DEVELOPMENT=1)")
        return value

    @field_validator("s3_prefix")
    @classmethod
    def _is_prefix(cls, value: str) -> str:
        if not re.fullmatch(r"([A-Za-z0-9._-]+/)*", value):
            raise ValueError("must be folders such as lti-tool/, with a slash at the end")
        return value

    @field_validator("s3_secret_key")
    @classmethod
    def _is_pair(cls, value: str, info: ValidationInfo) -> str:
        if bool(value) != bool(info.data.get("s3_access_key")):
            raise ValueError("goes with LTI_TOOL_S3_ACCESS_KEY: set both or neither")
        return value

    @field_validator("smtp_password")
    @classmethod
    def _is_login(cls, value: str, info: ValidationInfo) -> str:
        if bool(value) != bool(info.data.get("smtp_user")):
            raise ValueError("goes with LTI_TOOL_SMTP_USER: set both or neither")
        if value and info.data.get("smtp_security") == "none" and not info.data.get("development"):
            raise ValueError("would travel in the open: set LTI_TOOL_SMTP_SECURITY to starttls or tls")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _is_sender(cls, value: str, info: ValidationInfo) -> str:
        if value and not re.fullmatch(r"[^\s@<>\"(),:;]+@[A-Za-z0-9.-]+", value):
            raise ValueError("must be an address such as no-reply@example.org, without a name")
        if info.data.get("smtp_host") and not value:
            raise ValueError("goes with LTI_TOOL_SMTP_HOST: it is the address that e-mails come from")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, KeyError, OSError) as error:
            raise ValueError("must be the name of a time zone, such as America/New_York") from error
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError("must look like 20:00-07:00")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value.upper() not in logging.getLevelNamesMapping():
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value

    @property
    def evidence_origin(self) -> str:
        """Origin that serves uploaded files."""
        return self.evidence_url or self.base_url

    @property
    def sqlalchemy_url(self) -> str:
        """Where the data is: the given database, or SQLite in the data folder."""
        url = self.database_url or f"sqlite:///{self.data_dir.resolve() / 'lti_tool.db'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _strangers() -> list[str]:
    """What is wrong with the variables themselves: unknown names, a file that is not there."""
    known = {f"LTI_TOOL_{name.upper()}" for name in Settings.model_fields} | {"LTI_TOOL_CONFIG"}
    found = [f"{name}: no setting has this name" for name in sorted(os.environ) if name.startswith("LTI_TOOL_") and name not in known]
    if (named := os.environ.get("LTI_TOOL_CONFIG")) and not Path(named).is_file():
        found.append(f"LTI_TOOL_CONFIG: there is no file {named}")
    return found


def load_settings(**given: Any) -> Settings:
    """Read the settings. Raises SettingsError with every fault."""
    faults = _strangers()
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults += [f"LTI_TOOL_{'_'.join(str(part) for part in e['loc']).upper()}: {_words(e)}" for e in error.errors()]
    except tomllib.TOMLDecodeError as error:
        faults.append(f"LTI_TOOL_CONFIG: the file is not TOML: {error}")
    if faults:
        raise SettingsError(faults)
    return settings


def _words(error: ErrorDetails) -> str:
    return "no setting has this name" if error["type"] == "extra_forbidden" else error["msg"].removeprefix("Value error, ")
