"""Everything an operator can set, read once at start. `LTI_TOOL_*` in the environment wins over the TOML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


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

    base_url: str = "http://127.0.0.1:8000"
    evidence_url: str = ""
    data_dir: Path = Path("var")
    database_url: str = ""
    development: bool = False
    demo: bool = False
    product_name: str = "Microcredentials"
    contact_email: str = ""
    secret_key: str = Field(default="", description="signs form tokens and links; made and kept in the data folder when empty")
    encryption_keys: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list, description="Fernet keys, newest first; made and kept in the data folder when empty"
    )
    max_upload_bytes: int = Field(default=100 * 1024 * 1024, gt=0)
    session_hours: int = Field(default=8, ge=1, le=24)
    enrollment_days: int = Field(default=365, ge=1)
    review_days: int = Field(default=14, ge=1)
    max_attempts: int = Field(default=3, ge=1)
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
        path = Path(os.environ.get("LTI_TOOL_CONFIG", "config/default.toml"))
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, path)) if path.exists() else sources

    @model_validator(mode="before")
    @classmethod
    def _unknown_variables(cls, values: Any) -> Any:
        known = {f"LTI_TOOL_{name.upper()}" for name in cls.model_fields} | {"LTI_TOOL_CONFIG"}
        unknown = sorted(name for name in os.environ if name.startswith("LTI_TOOL_") and name not in known)
        if unknown:
            raise ValueError(f"unknown settings in the environment: {', '.join(unknown)}")
        return values

    @model_validator(mode="after")
    def _urls(self) -> Settings:
        faults = []
        for name in ("base_url", "evidence_url"):
            value = getattr(self, name)
            parts = urlsplit(value)
            if not value and name == "evidence_url":
                continue
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
                faults.append(f"{name} must be an origin such as https://tool.example.org, without a path")
            elif parts.scheme == "http" and not self.development:
                faults.append(f"{name} must be https (http is for LTI_TOOL_DEVELOPMENT=1)")
        if self.demo and not self.development:
            faults.append("demo works in development only")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def evidence_origin(self) -> str:
        """Origin that serves uploaded files."""
        return self.evidence_url or self.base_url

    @property
    def sqlalchemy_url(self) -> str:
        """Where the data is: the given database, or SQLite in the data folder."""
        url = self.database_url or f"sqlite:///{self.data_dir.resolve() / 'lti_tool.db'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)


def load_settings(**given: Any) -> Settings:
    """Read the settings. Raises SettingsError with every fault."""
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [
            f"LTI_TOOL_{'_'.join(str(part) for part in e['loc']).upper()}: {e['msg']}"
            if e["loc"]
            else e["msg"].removeprefix("Value error, ")
            for e in error.errors()
        ]
        raise SettingsError(faults) from error
