"""Content items of work that is handed in and of cards that are embedded (LTI Deep Linking 2.0, 3)."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime
from uuid import UUID

from markupsafe import Markup

from lti_tool.badges import addresses
from lti_tool.badges.queries import AwardView
from lti_tool.catalog.placing import ContentItem, card_item, link_item
from lti_tool.catalog.queries import Version
from lti_tool.language import _, _n
from lti_tool.linking.queries import OwnFile, OwnSubmission

_ICON_PIXELS = 120


def file_item(file: OwnFile, *, url: str, expires_at: datetime) -> ContentItem:
    """A `file` (3.2): the LMS fetches it from `url` until `expires_at`. Canvas takes the name from title and text, with its extension."""
    name = file.filename if "." in file.filename else file.filename + (mimetypes.guess_extension(file.media_type) or "")
    ends = expires_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return ContentItem("file", name, text=name, url=url, mediaType=file.media_type, expiresAt=ends)


def submission_item(work: OwnSubmission, *, launch_url: str) -> ContentItem:
    """A link that opens exactly this submission. Named in the address as well, for some LMSs keep nothing else of a link."""
    return link_item(
        url=submission_url(work.id, launch_url=launch_url),
        title=_("%(title)s, attempt %(attempt)s", title=work.title, attempt=work.attempt),
        text=_("A teacher’s submission for a microcredential."),
        custom={"submission": str(work.id)},
    )


def submission_url(submission_id: UUID, *, launch_url: str) -> str:
    """The launch address that names a submission."""
    return f"{launch_url}?submission={submission_id}"


def card(version: Version, kind: str, *, base_url: str) -> ContentItem:
    """A microcredential's card as `kind`: live, as text with a picture, or as a link to its public card."""
    if kind == "ltiResourceLink":
        return card_item(version, launch_url=f"{base_url}/lti/launch")
    content, page = version.content, card_url(base_url, version.activity_key)
    facts = _n(
        "About %(count)s hour of work. For: %(audience)s.",
        "About %(count)s hours of work. For: %(audience)s.",
        content.hours,
        audience=content.audience,
    )
    if kind == "link":
        return _link(content.title, f"{content.competency} {facts}", page, card_picture_url(base_url, version.activity_key))
    html = Markup(
        '<div><p><img src="{}" alt="" width="{}" height="{}"></p><h3>{}</h3><p>{}</p><p>{}</p><p><a href="{}">{}</a></p></div>'
    ).format(
        card_picture_url(base_url, version.activity_key),
        _ICON_PIXELS,
        _ICON_PIXELS,
        content.title,
        content.competency,
        facts,
        page,
        _("What to show, and how to start"),
    )
    return ContentItem("html", content.title, text=content.summary, html=str(html))


def badge(award: AwardView, kind: str, *, base_url: str) -> ContentItem:
    """A public badge as `kind`: text with its picture, or a link. Both lead to its public page and end with it."""
    page, title = addresses.award_url(base_url, award.public_id), _("%(title)s, a badge", title=award.title)
    if kind == "link":
        return _link(title, award.content.summary, page, f"{page}/image.png")
    html = Markup('<div><p><a href="{}"><img src="{}" alt="{}" width="{}" height="{}"></a></p><p><a href="{}">{}</a>, {}</p></div>').format(
        page, f"{page}/image.png", _("Badge"), _ICON_PIXELS, _ICON_PIXELS, page, award.title, award.issuer_name
    )
    return ContentItem("html", title, text=award.content.summary, html=str(html))


def _link(title: str, text: str, url: str, picture: str) -> ContentItem:
    icon = {"url": picture, "width": _ICON_PIXELS, "height": _ICON_PIXELS}
    return ContentItem("link", title, text=text, url=url, icon=icon, thumbnail=icon)


def card_url(base_url: str, activity_key: str) -> str:
    """The public card of a version: open to whoever was given its unguessable key."""
    return f"{base_url}/cards/{activity_key}"


def card_picture_url(base_url: str, activity_key: str) -> str:
    """The card's picture."""
    return f"{card_url(base_url, activity_key)}/badge.png"
