"""Secrets of the installation: the key that signs, and the keys that encrypt private keys and tokens at rest."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from lti_tool.settings import Settings


class SecretLost(Exception):
    """Something encrypted can't be read with the keys that this installation has."""


def _keep(path: Path, make: str) -> str:
    """The secret in this file; made on first use, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(make)
    try:
        os.link(part, path)  # whole or not at all: another process that starts now never reads half a secret
    except FileExistsError:
        pass
    finally:
        part.unlink()
    kept = path.read_text().strip()
    if not kept:
        raise SecretLost(f"{path.name} is empty")
    return kept


class Box:
    """Encrypts and decrypts (Fernet) and makes keyed hashes. The first encryption key seals, all of them open."""

    def __init__(self, settings: Settings) -> None:
        self.signing_key = settings.secret_key or _keep(settings.data_dir / "secret.key", secrets.token_urlsafe(48))
        keys = settings.encryption_keys or _keep(settings.data_dir / "encryption.key", Fernet.generate_key().decode()).split()
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, plain: str) -> str:
        """Encrypt."""
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt. Raises SecretLost."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretLost("sealed with a key that is not configured") from error

    def reseal(self, sealed: str) -> str:
        """The same, encrypted with the first key. Raises SecretLost."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretLost("sealed with a key that is not configured") from error

    def mark(self, *parts: str) -> str:
        """A keyed hash (hex HMAC-SHA-256) of the parts: proves that we made it, tells nothing."""
        return hmac.new(self.signing_key.encode(), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret with 256 random bits: its SHA-256 in hex. Takes whatever a stranger sends, also half characters."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
