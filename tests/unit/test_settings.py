from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from lti_tool.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and a folder without config/default.toml."""
    for name in [name for name in os.environ if name.startswith("LTI_TOOL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"LTI_TOOL_{name.upper()}", value)


def faults() -> dict[str, str]:
    """Variable to words, of every fault that is listed."""
    with pytest.raises(SettingsError) as caught:
        load_settings()
    listed = [fault.split(": ", 1) for fault in caught.value.faults]
    assert len(dict(listed)) == len(listed)
    return dict(listed)


def test_every_fault_is_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        base_url="http://tool.example.org",
        evidence_url="ftp://files.example.org",
        demo="1",
        database_url="mysql://somewhere/else",
        encryption_keys=f"{Fernet.generate_key().decode()} short",
        max_attempts="none",
        session_hours="25",
        log_level="LOUD",
        colour="teal",
    )
    found = faults()
    assert set(found) == {
        f"LTI_TOOL_{name}"
        for name in (
            "BASE_URL", "EVIDENCE_URL", "DEMO", "DATABASE_URL", "ENCRYPTION_KEYS", "MAX_ATTEMPTS", "SESSION_HOURS", "LOG_LEVEL", "COLOUR"
        )
    }  # fmt: skip
    assert "number 2" in found["LTI_TOOL_ENCRYPTION_KEYS"]


def test_unknown_variables_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, base_url="https://tool.example.org", databse_url="postgresql://typo")
    assert faults() == {"LTI_TOOL_DATABSE_URL": "no setting has this name"}


def test_unknown_names_in_the_file_are_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('base_url = "https://tool.example.org"\nreview_dayz = 7\n')
    set_all(monkeypatch, config=str(tmp_path / "own.toml"))
    assert faults() == {"LTI_TOOL_REVIEW_DAYZ": "no setting has this name"}


@pytest.mark.parametrize(("content", "words"), [(None, "there is no file"), ("review_days = = 7", "not TOML")])
def test_a_file_that_cannot_be_read_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, words: str) -> None:
    if content:
        (tmp_path / "own.toml").write_text(content)
    set_all(monkeypatch, config=str(tmp_path / "own.toml"), base_url="https://tool.example.org")
    assert words in faults()["LTI_TOOL_CONFIG"]


def test_http_is_for_development_only(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, base_url="http://tool.example.org", evidence_url="http://evidence.example.org")
    assert {name: "must be https" in words for name, words in faults().items()} == {
        "LTI_TOOL_BASE_URL": True,
        "LTI_TOOL_EVIDENCE_URL": True,
    }
    set_all(monkeypatch, development="1")
    assert load_settings().evidence_origin == "http://evidence.example.org"


def test_without_any_setting_it_does_not_start() -> None:
    assert list(faults()) == ["LTI_TOOL_BASE_URL"]


@pytest.mark.parametrize(
    "url", ["https://tool.example.org/", "https://tool.example.org/lti", "https://tool.example.org?a=1", "tool.example.org", "https://"]
)
def test_an_address_is_an_origin(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    set_all(monkeypatch, base_url=url)
    assert "must be an origin" in faults()["LTI_TOOL_BASE_URL"]


def test_a_password_is_not_in_the_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, base_url="https://tool.example.org", database_url="mysql://user:hunter2@host/name", encryption_keys="hunter2")
    assert "hunter2" not in str(faults())


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "default.toml").write_text("review_days = 7\nmax_attempts = 5\n")
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    set_all(monkeypatch, base_url="https://tool.example.org", review_days="21", encryption_keys=", ".join(keys))
    settings = load_settings()
    assert (settings.review_days, settings.max_attempts, settings.encryption_keys) == (21, 5, keys)


def test_where_the_data_is() -> None:
    given = Settings(base_url="https://tool.example.org", data_dir=Path("/srv/tool"))
    assert given.sqlalchemy_url == "sqlite:////srv/tool/lti_tool.db"
    assert given.evidence_origin == "https://tool.example.org"
    grown = Settings(base_url="https://tool.example.org", database_url="postgresql://user@host/name")
    assert grown.sqlalchemy_url == "postgresql+psycopg://user@host/name"


def test_faults_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        base_url="https://tool.example.org",
        s3_bucket="not a bucket",
        s3_endpoint_url="http://store:9000",
        s3_prefix="folder",
        s3_access_key="key",
    )
    found = faults()
    assert set(found) == {f"LTI_TOOL_S3_{name}" for name in ("BUCKET", "PUBLIC_URL", "PREFIX", "SECRET_KEY")}
    assert "https" in found["LTI_TOOL_S3_PUBLIC_URL"]


def test_a_store_inside_that_browsers_reach_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        base_url="https://tool.example.org",
        s3_bucket="evidence",
        s3_endpoint_url="http://store:9000",
        s3_public_url="https://files.example.org",
    )
    assert load_settings().s3_bucket == "evidence"


def test_a_store_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, base_url="https://tool.example.org", s3_bucket="evidence")
    monkeypatch.setattr("lti_tool.settings.find_spec", lambda _name: None)
    assert "lti-tool[s3]" in faults()["LTI_TOOL_S3_BUCKET"]
