"""Joins the parts: settings become a Tool, rooms become one Flask application."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from lti_tool import blobs, logs, tool
from lti_tool.badges import agreement_views as badge_agreement
from lti_tool.badges import issuer_views as badge_issuers
from lti_tool.badges import machine_views as badge_files
from lti_tool.badges import office_views as badge_office
from lti_tool.badges import picture_views as badges
from lti_tool.badges import stack_views as stacks
from lti_tool.badges import verifying_views as verifying
from lti_tool.catalog import approval_views as approvals
from lti_tool.catalog import exchange_views as exchange
from lti_tool.catalog import views as catalog
from lti_tool.connection import lms_views as lms
from lti_tool.connection import views as connection
from lti_tool.database import Database
from lti_tool.district import support_views as support
from lti_tool.district import views as district
from lti_tool.district.cohorts import community_views as community
from lti_tool.district.cohorts import views as cohorts
from lti_tool.district.pay import batch_views as pay_batches
from lti_tool.district.pay import office_views as pay_office
from lti_tool.district.pay import own_views as pay_own
from lti_tool.district.pay import rule_views as pay_rules
from lti_tool.district.pay import views as pay
from lti_tool.district.pay.service import reverse
from lti_tool.district.reports import views as reports
from lti_tool.district.skills import views as skills
from lti_tool.evidence import views as evidence
from lti_tool.grading import roster_views as roster
from lti_tool.grading import views as grading
from lti_tool.grading.outcomes import overturn, settle
from lti_tool.home import views as home
from lti_tool.http import HttpClient
from lti_tool.keeping import views as keeping
from lti_tool.launch import views as launch
from lti_tool.linking import views as linking
from lti_tool.notices import views as notices
from lti_tool.platforms import views as platforms
from lti_tool.review import anchor_views as anchors
from lti_tool.review import calibration_views as calibration
from lti_tool.review import coordinating_views as coordinating
from lti_tool.review import reviewer_views as reviewers
from lti_tool.review import views as review
from lti_tool.review.appeal_service import sent_again
from lti_tool.review.seats import fill_seats
from lti_tool.secrets_box import Box
from lti_tool.settings import Settings, load_settings
from lti_tool.web import frames, health, limits, outside, pages

_FORM_BYTES = 2 * 1024 * 1024


def build_tool(settings: Settings, *, clock: tool.Clock = tool.utc_now) -> tool.Tool:
    """The effects of one process, connected: what an outcome sets off, and how the worker is woken."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # evidence and the SQLite file are nobody else's on this machine
    here = tool.Tool(
        settings=settings,
        database=Database(settings.sqlalchemy_url),
        http=HttpClient(development=settings.development),
        box=Box(settings),
        blobs=blobs.connect(settings),
        clock=clock,
    )
    here.submitted = lambda session, submission_id: _submitted(session, here, submission_id)
    here.settle = lambda session, submission_id: settle(session, here, submission_id)
    here.overturned = lambda session, submission_id: overturn(session, here, submission_id)
    here.revoked = lambda session, award_id: reverse(session, here, award_id)
    return here


def _submitted(session: Session, here: tool.Tool, submission_id: UUID) -> None:
    sent_again(session, here, submission_id)
    fill_seats(session, here, submission_id)


class _Application(Flask):
    """Flask without async views: asking each function whether it is one takes longer than many of them run."""

    def ensure_sync(self, func: Any) -> Any:
        """As it is."""
        return func


def create_app(settings: Settings | None = None, *, here: tool.Tool | None = None) -> Flask:
    """The web application. Tests give their own tool; otherwise it is built from the settings."""
    here = here or build_tool(settings or load_settings())
    logs.connect(here.settings)
    app = _Application(__name__)
    app.extensions["lti_tool"] = here
    app.config.update(
        SECRET_KEY=here.box.signing_key,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=_FORM_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    frames.connect(app)
    pages.connect(app)
    csrf = CSRFProtect(app)
    for bp in (health.bp, launch.bp, platforms.bp, notices.public_bp):
        app.register_blueprint(bp)
        csrf.exempt(bp)  # no session stands behind these: the launch's state, the invite's and the e-mail's token prove the sender
    csrf.exempt(verifying.bp)  # for anybody; it changes nothing
    for bp in (
        home.bp,
        catalog.bp,
        approvals.bp,
        exchange.bp,
        stacks.bp,
        evidence.bp,
        review.bp,
        review.holds_bp,
        coordinating.bp,
        reviewers.bp,
        calibration.bp,
        anchors.bp,
        review.agreement_bp,
        review.desk_bp,
        review.appeals_bp,
        keeping.bp,
        badges.bp,
        badge_files.bp,
        badge_agreement.bp,
        badge_office.bp,
        badge_issuers.bp,
        verifying.bp,
        district.bp,
        support.bp,
        pay.bp,
        pay_rules.bp,
        pay_office.bp,
        pay_batches.bp,
        pay_own.bp,
        reports.bp,
        skills.bp,
        cohorts.bp,
        community.bp,
        grading.bp,
        roster.bp,
        connection.bp,
        lms.bp,
        evidence.files_bp,
        evidence.uploads_bp,
        linking.bp,
        linking.public_bp,
        notices.bp,
    ):
        app.register_blueprint(bp)
    limits.connect(app)
    wsgi: Any = outside.guard(app.wsgi_app, here)
    if here.settings.trusted_proxies:
        count = here.settings.trusted_proxies
        wsgi = ProxyFix(wsgi, x_for=count, x_proto=count, x_host=count)
    app.wsgi_app = WhiteNoise(wsgi, root=app.static_folder, prefix="static/")  # type: ignore[method-assign]
    return app
