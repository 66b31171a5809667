"""Public addresses of badges, as they stand in signed credentials: once issued they must keep working.

What programs read ends in .json, .jwt, .png or .svg, so that a plain file server gives it the right type.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode
from uuid import UUID

from lti_tool.language import _


def issuer_url(base_url: str, slug: str) -> str:
    """The issuer's page; `/did.json` below it is its DID document."""
    return f"{base_url}/issuers/{slug}"


def ob2_issuer_url(base_url: str, slug: str) -> str:
    """The issuer as an Open Badges 2.0 Profile."""
    return f"{issuer_url(base_url, slug)}/ob2.json"


def logo_url(base_url: str, slug: str) -> str:
    """The issuer's logo."""
    return f"{issuer_url(base_url, slug)}/logo.png"


def key_url(base_url: str, slug: str, kid: str) -> str:
    """One RSA key as a JWK: the `kid` of a VC-JWT."""
    return f"{issuer_url(base_url, slug)}/keys/{kid}.json"


def status_list_url(base_url: str, slug: str, number: int) -> str:
    """A block of the issuer's status list, and its id."""
    return f"{issuer_url(base_url, slug)}/status/{number}.json"


def version_url(base_url: str, slug: str, version_id: UUID) -> str:
    """What had to be shown for this version of a microcredential."""
    return f"{issuer_url(base_url, slug)}/microcredentials/{version_id}"


def ob2_version_url(base_url: str, slug: str, version_id: UUID) -> str:
    """The same as an Open Badges 2.0 BadgeClass."""
    return f"{version_url(base_url, slug, version_id)}/ob2.json"


def picture_url(base_url: str, slug: str, version_id: UUID, year: int) -> str:
    """The badge's picture for awards of this year: it names no person."""
    return f"{version_url(base_url, slug, version_id)}/{year}.png"


def award_url(base_url: str, public_id: str) -> str:
    """The page of one award, and its id inside the credential."""
    return f"{base_url}/badges/{public_id}"


def ob2_award_url(base_url: str, public_id: str) -> str:
    """The award as a hosted Open Badges 2.0 Assertion, and its id."""
    return f"{award_url(base_url, public_id)}/ob2.json"


def formats(base_url: str, public_id: str) -> dict[str, str]:
    """Where each form of a public award lies: json, jwt, png, svg (Open Badges 3.0), ob2_json, ob2_png, ob2_svg (2.0)."""
    award = award_url(base_url, public_id)
    return {
        **{kind: f"{award}.{kind}" for kind in ("json", "jwt", "png", "svg")},
        **{f"ob2_{kind}": f"{award}/ob2.{kind}" for kind in ("json", "png", "svg")},
    }


def linkedin_url(*, title: str, issuer_name: str, awarded_at: datetime, page: str, public_id: str, until: datetime | None = None) -> str:
    """LinkedIn's form "add license or certification", filled in: a plain link, nothing is sent before the person follows it.

    `until`: when the badge expires, None if it does not.
    """
    values: dict[str, str | int] = {
        "startTask": "CERTIFICATION_NAME",
        "name": title,
        "organizationName": issuer_name,
        "issueYear": awarded_at.year,
        "issueMonth": awarded_at.month,
        "certUrl": page,
        "certId": public_id,
    }
    if until is not None:
        values |= {"expirationYear": until.year, "expirationMonth": until.month}
    return f"https://www.linkedin.com/profile/add?{urlencode(values)}"


def preview_url(base_url: str, public_id: str) -> str:
    """The picture that networks show beside a link to the award (Open Graph, 1200 by 630)."""
    return f"{award_url(base_url, public_id)}/preview.png"


def embed_url(base_url: str, public_id: str) -> str:
    """The small page of the award that stands in frames of other sites."""
    return f"{award_url(base_url, public_id)}/embed"


def networks(page: str, title: str) -> tuple[tuple[str, str], ...]:
    """Where else to tell of it: name and address of a form that is filled in. Nothing is sent before somebody follows one."""
    words = _("I earned “%(title)s”", title=title)
    return (
        (_("Post on LinkedIn"), f"https://www.linkedin.com/sharing/share-offsite/?{urlencode({'url': page})}"),
        ("Bluesky", f"https://bsky.app/intent/compose?{urlencode({'text': f'{words} {page}'})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': page})}"),
        ("X", f"https://x.com/intent/post?{urlencode({'text': words, 'url': page})}"),
        (_("E-mail"), f"mailto:?{urlencode({'subject': words, 'body': page}, quote_via=quote)}"),
    )
