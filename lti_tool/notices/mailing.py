"""What an e-mail looks like: plain text and simple HTML, nothing from outside, one link to stop it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from jinja2 import Environment, PackageLoader, select_autoescape

from lti_tool import language
from lti_tool.notices import words
from lti_tool.notices.words import one_line

_LONGEST = 254  # RFC 5321, 4.5.3.1.3
_USER = re.compile(r"""[^\s@<>()\[\],;:\\".]+(\.[^\s@<>()\[\],;:\\".]+)*""")
_HOST = re.compile(r"([A-Za-z0-9-]+\.)+[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*")
_TEMPLATES = Environment(loader=PackageLoader("lti_tool"), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True)
language.teach(_TEMPLATES)


@dataclass(frozen=True)
class Item:
    """One notice as it is told, and the course where it is to be seen (empty where that does not matter)."""

    subject: str
    text: str
    course: str = ""


@dataclass(frozen=True)
class Letter:
    """Everything that a mail says. `name` and `address` are the person's; `link` leads to the LMS, empty where that is not known.

    `link_is_course`: it leads to the course itself. `locale`: how the person is spoken to; `items` are said so already.
    """

    mail_id: UUID
    name: str
    address: Address
    items: Sequence[Item]
    lms: str
    district: str
    link: str
    link_is_course: bool
    stop_url: str
    at: datetime
    locale: str = ""


def address_of(given: str, name: str) -> Address | None:
    """A person's address; None for what is none. The name of a host in other letters is written as DNS has it (RFC 5890).

    Addresses that need quotes (RFC 5321, 4.1.2) count as none: they are hardly ever anybody's, and good for attacks.
    """
    user, _, host = given.strip().rpartition("@")
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return None
    fits = _USER.fullmatch(user) and user.isprintable() and _HOST.fullmatch(host) and len(user) + 1 + len(host) <= _LONGEST
    return Address(display_name=one_line(name), username=user, domain=host) if fits else None


def compose(letter: Letter, *, product: str, sender: str, answers_to: str, host: str) -> EmailMessage:
    """The message. Its id stays the same however often it is sent, so that many mail systems show a second one only once."""
    with language.speaking(language.locale_of(letter.locale)):
        return _composed(letter, product, sender, answers_to, host)


def _composed(letter: Letter, product: str, sender: str, answers_to: str, host: str) -> EmailMessage:
    message = EmailMessage()
    several = len(letter.items) > 1
    subject = words.SEVERAL.format(count=len(letter.items), product=product) if several else letter.items[0].subject
    message["Subject"] = one_line(subject)
    message["From"] = Address(display_name=one_line(f"{product}, {letter.district}"), addr_spec=sender)
    message["To"] = letter.address
    if (contact := address_of(answers_to, "")) is not None:
        message["Reply-To"] = contact
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.mail_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Unsubscribe"] = f"<{letter.stop_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    said = _said(letter, product)
    message.set_content(_TEMPLATES.get_template("notices/mail.txt").render(said))
    message.add_alternative(_TEMPLATES.get_template("notices/mail.html").render(said), subtype="html")
    return message


def _said(letter: Letter, product: str) -> dict[str, object]:
    name, facts = one_line(letter.name), {"lms": one_line(letter.lms), "product": product, "district": one_line(letter.district)}
    courses = {item.course for item in letter.items}
    where = words.WHERE_SEVERAL if len(letter.items) > 1 else words.WHERE if letter.items[0].course else words.WHERE_IN_LMS
    return {
        "greeting": words.GREETING.format(name=name) if name else str(words.GREETING_WITHOUT_NAME),
        "items": letter.items,
        "where": where.format(course=one_line(next(iter(courses))), **facts),
        "link": letter.link,
        "link_label": (words.TO_COURSE if letter.link_is_course else words.TO_LMS).format(**facts),
        "signed": words.SIGNED.format(**facts),
        "why": words.WHY.format(**facts),
        "stop": str(words.STOP),
        "language": str(language.spoken()).replace("_", "-"),
        "stop_url": letter.stop_url,
    }
