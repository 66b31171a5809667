"""TLS, logins, and what the operator reads of the mail server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lti_tool import cli
from lti_tool.doctor import examine
from lti_tool.notices.smtp import Server, ServerDown
from lti_tool.settings import Settings, SettingsError, load_settings
from lti_tool.tool import Tool
from tests.integration.notices.conftest import Post, Story, server_tls, use


@dataclass
class Certificate:
    pem: Path
    key: Path


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """One for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)  # the TLS library looks at the real clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
    found.pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    found.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return found


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_only_to_a_server_that_proves_its_name(
    story: Story, post_with: Callable[..., Post], certificate: Certificate, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    context = server_tls(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.pem))
    post = post_with(**({"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}))
    use(story.tool, post, smtp_security=security)
    story.tell()
    story.send()
    assert len(post.taken) == 1
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ServerDown) as down, Server(story.tool.settings):
        pass
    assert down.value.kind == "tls"


def test_never_in_the_open_where_tls_is_wanted(story: Story, post: Post) -> None:
    use(story.tool, post, smtp_security="starttls")
    story.tell()
    story.send()
    assert (post.met, [(one.state, one.last_reason) for one in story.mails()]) == ([], [("queued", "tls")])


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_logging_in(
    story: Story, post_with: Callable[..., Post], certificate: Certificate, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.pem))
    post = post_with(logins=True, tls_context=server_tls(certificate))
    use(story.tool, post, smtp_security="starttls", smtp_user="tool", smtp_password=password)
    story.tell()
    story.send()
    assert post.logins
    assert set(post.logins) == {(b"tool", password.encode())}
    assert len(post.taken) == (password == "right")
    assert [one.last_reason for one in story.mails()] == ["" if password == "right" else "login"]


def check_of(tool: Tool) -> tuple[str, str, str]:
    [found] = [check for report in examine(tool) for check in report.checks if check.key == "mail"]
    return found.state, found.words, found.fix


def test_the_doctor_says_how_e_mail_goes(story: Story, post: Post) -> None:
    assert check_of(story.tool)[0] == "good"
    post.data = ["554 5.7.1 Looks like spam"]
    story.tell()
    story.send()
    state, words, _ = check_of(story.tool)
    assert (state, "given up: 1" in words) == ("attention", True)
    use(story.tool, Post(port=9))
    state, words, fix = check_of(story.tool)
    assert (state, "unreachable" in words, "LTI_TOOL_SMTP_HOST" in fix) == ("bad", True, True)
    use(story.tool, post, smtp_host="", smtp_from="")
    assert "None is set up" in check_of(story.tool)[1]


def test_trying_it_by_command(story: Story, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_settings", lambda: story.tool.settings)
    done = CliRunner().invoke(cli.main, ["mail", "ops@example.org"])
    assert (done.exit_code, post.subjects) == (0, ["E-mail from Microcredentials works"])
    post.recipients["nobody@example.org"] = "550 5.1.1 No such user"
    for address, words in (("nobody@example.org", "no_such_address, status 550"), ("x", "no address")):
        done = CliRunner().invoke(cli.main, ["mail", address])
        assert done.exit_code == 1
        assert words in done.output


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"smtp_host": "mail.example.org"}, "LTI_TOOL_SMTP_FROM"),
        ({"smtp_from": "Tool <no-reply@example.org>"}, "without a name"),
        ({"smtp_from": "a@b.c\r\nBcc: x@y.z"}, "without a name"),
        ({"smtp_user": "tool"}, "LTI_TOOL_SMTP_USER"),
        ({"smtp_user": "tool", "smtp_password": "x", "smtp_security": "none"}, "in the open"),
        ({"smtp_security": "ssl"}, "LTI_TOOL_SMTP_SECURITY"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
        ({"quiet_hours": "8pm-7am"}, "20:00-07:00"),
    ],
)
def test_settings_that_can_not_work_are_named(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_settings(base_url="https://tool.example.org", **given)


def test_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"smtp_user": "tool", "smtp_password": "hush", "s3_access_key": "k", "s3_secret_key": "whisper"}
    monkeypatch.setattr(cli, "_settings", lambda: Settings(base_url="https://tool.example.org", **secret))  # type: ignore[arg-type]
    shown = CliRunner().invoke(cli.main, ["check-config"]).output
    assert "hush" not in shown
    assert "whisper" not in shown
    assert "No e-mail is set up" in shown
