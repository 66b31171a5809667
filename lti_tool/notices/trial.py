"""One e-mail to try the mail server with, for whoever runs the tool."""

from __future__ import annotations

from email.message import EmailMessage

from lti_tool.notices.mailing import address_of
from lti_tool.notices.smtp import Fate, Server, ServerDown
from lti_tool.settings import Settings


def trial(settings: Settings, address: str) -> str:
    """Send it. Returns what is wrong, in words; empty when the server has taken it."""
    to = address_of(address, "")
    if not settings.smtp_host:
        return "No mail server is set: LTI_TOOL_SMTP_HOST and LTI_TOOL_SMTP_FROM."
    if to is None:
        return "This is no address that the tool would write to."
    message = EmailMessage()
    message["Subject"] = f"E-mail from {settings.product_name} works"
    message["From"], message["To"] = settings.smtp_from, to
    message.set_content("Whoever runs the tool has sent this to try the mail server.\n")
    try:
        with Server(settings) as server:
            receipt = server.send(message, to.addr_spec)
    except ServerDown as down:
        return f"The mail server can't be used: {down}."
    return "" if receipt.fate is Fate.SENT else f"The mail server did not take it: {receipt.fate}, status {receipt.status}."
