"""What the pages of one award say: the public one, the small one for other sites, and the teacher's own."""

from __future__ import annotations

import segno
from flask import render_template
from markupsafe import Markup

from lti_tool import tool
from lti_tool.badges import addresses, results
from lti_tool.badges.forms import ShareForm
from lti_tool.badges.preview import HEIGHT, WIDTH
from lti_tool.badges.queries import AwardView
from lti_tool.badges.signing import Verdict
from lti_tool.badges.standing import standing
from lti_tool.language import _


def qr_svg(address: str) -> Markup:
    """The address as a QR code that needs no other file; the words for it stand beside it."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr__code"))  # noqa: S704  # segno draws it


def public_page(view: AwardView, verdict: Verdict) -> str:
    """The award for strangers: what was shown, how it was judged, whether it counts, and how to check it."""
    here = tool.current()
    base, levels = here.settings.base_url, dict[str, int]()
    if view.tells_results:
        with here.database.read() as session:
            levels = results.results_of(session, view.enrollment_id)
    page_url = addresses.award_url(base, view.public_id)
    return render_template(
        "badges/page.html",
        award=view,
        standing=standing(view, here.clock()),
        levels=levels,
        brand_name=view.issuer_name,
        page_url=page_url,
        issuer_url=addresses.issuer_url(base, view.issuer_slug),
        preview_url=addresses.preview_url(base, view.public_id),
        preview_size=(WIDTH, HEIGHT),
        embed_url=addresses.embed_url(base, view.public_id),
        verdict=verdict,
        qr=qr_svg(page_url),
    )


def own_page(view: AwardView, form: ShareForm) -> str:
    """The award for its teacher: what others see, the switches, the ways to show it and to take it along."""
    here = tool.current()
    base = here.settings.base_url
    page_url, stands = addresses.award_url(base, view.public_id), standing(view, here.clock())
    linkedin = addresses.linkedin_url(
        title=view.title,
        issuer_name=view.issuer_name,
        awarded_at=view.awarded_at,
        page=page_url,
        public_id=view.public_id,
        until=stands.until,
    )
    return render_template(
        "badges/share.html",
        award=view,
        standing=stands,
        form=form,
        page_url=page_url,
        linkedin_url=linkedin,
        networks=addresses.networks(page_url, view.title),
        snippets=snippets(view, base),
        qr=qr_svg(page_url),
    )


def snippets(view: AwardView, base: str) -> tuple[tuple[str, str], ...]:
    """What a teacher pastes into a site of their own: a live frame, or a picture with a link, where frames are not taken."""
    page, embed = addresses.award_url(base, view.public_id), addresses.embed_url(base, view.public_id)
    about = _("Badge: %(title)s, %(issuer_name)s", title=view.title, issuer_name=view.issuer_name)
    frame = Markup('<iframe src="{}" title="{}" width="420" height="160" loading="lazy" frameborder="0"></iframe>')
    picture = Markup('<a href="{}"><img src="{}/small.png" alt="{}" width="128" height="128"></a>')
    return (
        (_("A live card, which always says whether the badge is valid"), str(frame.format(embed, about))),
        (_("A picture with a link, for sites that take no frames"), str(picture.format(page, page, about))),
    )
