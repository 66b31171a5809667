"""The mail server of the settings: one connection for several messages, and what an answer means (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from lti_tool.settings import Settings

SECONDS = 20.0
"""How long to wait for each answer."""
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_NOT_AN_ADDRESS = 553  # RFC 5321, 4.2.3: mailbox name not allowed
_WANTS_LOGIN = (530, 534, 535, 538)
_FINER = re.compile(r"5\.(\d)\.\d{1,3}\b")


class ServerDown(Exception):
    """The server takes nothing from us now. `kind`: unreachable, tls, login, sender, busy."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


class Fate(StrEnum):
    """What became of a message."""

    SENT = "sent"
    NO_SUCH_ADDRESS = "no_such_address"
    LATER = "later"
    REJECTED = "rejected"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Receipt:
    """What the server said of a message; `status` is its code, 0 where it said nothing."""

    fate: Fate
    status: int = 0


class Server:
    """A connection, made on entering. Raises ServerDown when the server can't be used at all."""

    def __init__(self, settings: Settings, *, seconds: float = SECONDS) -> None:
        self._settings, self._seconds = settings, seconds
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        settings, name = self._settings, urlsplit(self._settings.base_url).hostname or "localhost"
        port = settings.smtp_port or _PORTS[settings.smtp_security]
        smtp: smtplib.SMTP | None = None
        try:
            context = ssl.create_default_context()
            if settings.smtp_security == "tls":
                smtp = smtplib.SMTP_SSL(settings.smtp_host, port, local_hostname=name, timeout=self._seconds, context=context)
            else:
                smtp = smtplib.SMTP(settings.smtp_host, port, local_hostname=name, timeout=self._seconds)
            smtp.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                smtp.starttls(context=context)
                smtp.ehlo()
            if settings.smtp_user:
                smtp.login(settings.smtp_user, settings.smtp_password)
        except smtplib.SMTPAuthenticationError as error:
            raise self._down(smtp, "login", f"status {error.smtp_code}") from error
        except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
            raise self._down(
                smtp, "tls" if not settings.smtp_user or isinstance(error, ssl.SSLError) else "login", str(error)[:200]
            ) from error
        except smtplib.SMTPResponseException as error:
            raise self._down(smtp, "busy", f"status {error.smtp_code}") from error
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise self._down(smtp, "unreachable", type(error).__name__) from error
        self._smtp = smtp
        return self

    def _down(self, smtp: smtplib.SMTP | None, kind: str, detail: str) -> ServerDown:
        if smtp is not None:
            smtp.close()
        return ServerDown(kind, detail)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()

    def send(self, message: EmailMessage, to: str) -> Receipt:
        """Hand one message over. Raises ServerDown when the server takes nothing more; the message has surely not arrived then."""
        smtp = self._smtp
        assert smtp is not None, "entered"  # noqa: S101
        international = not to.isascii()
        try:
            smtp.ehlo_or_helo_if_needed()
            if international and not smtp.has_extn("smtputf8"):
                return Receipt(Fate.NO_SUCH_ADDRESS, _NOT_AN_ADDRESS)
            status, _ = smtp.mail(self._settings.smtp_from, ["SMTPUTF8", "BODY=8BITMIME"] if international else [])
            if not _taken(status):
                raise ServerDown("sender" if status >= 500 else "busy", f"status {status}")
            status, said = smtp.rcpt(to)
            if not _taken(status):
                fate = recipient_fate(status, said.decode("utf-8", "replace"))
                smtp.rset()
                return Receipt(fate, status)
        except (OSError, smtplib.SMTPException) as error:
            raise ServerDown("unreachable", type(error).__name__) from error
        try:
            status, _ = smtp.data(message.as_bytes(policy=SMTPUTF8 if international else SMTP))
        except smtplib.SMTPDataError as error:  # it did not want to hear the message at all
            return Receipt(Fate.LATER if error.smtp_code < 500 else Fate.REJECTED, error.smtp_code)
        except (OSError, smtplib.SMTPException):
            return Receipt(Fate.UNSURE)
        if _taken(status):
            return Receipt(Fate.SENT, status)
        return Receipt(Fate.LATER if 400 <= status < 500 else Fate.REJECTED if status >= 500 else Fate.UNSURE, max(status, 0))


def _taken(status: int) -> bool:
    return 200 <= status < 300


def recipient_fate(status: int, said: str) -> Fate:
    """What a refused recipient means. Servers refuse for reasons of their own with the same numbers, so the finer code (RFC 3463) counts.

    Raises ServerDown where it is about us and not about the address.
    """
    if status in _WANTS_LOGIN or status < 400:
        raise ServerDown("login" if status in _WANTS_LOGIN else "busy", f"status {status}")
    if status < 500:
        return Fate.LATER
    finer = _FINER.match(said)
    subject = int(finer[1]) if finer else 1 if status in (550, 551, 553) else 7
    return {0: Fate.NO_SUCH_ADDRESS, 1: Fate.NO_SUCH_ADDRESS, 7: Fate.REJECTED, 6: Fate.REJECTED}.get(subject, Fate.LATER)
