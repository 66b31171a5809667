"""The whole check, from what somebody handed in to a report in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from lti_tool.badges.verifying import reading, version2, version3
from lti_tool.badges.verifying.fetching import NotReached, Visit
from lti_tool.badges.verifying.findings import Finding, Report, Unreadable
from lti_tool.badges.verifying.holders import holder
from lti_tool.language import _


def judge(visit: Visit, data: bytes, *, now: datetime, ours: Callable[[str], bool], email: str = "") -> Report:
    """Check a badge: a document, a token, a picture that holds one, or the address of any of these.

    `ours` says whether an identifier is that of an issuer here. Raises Unreadable.
    """
    handed = reading.read(data)
    for _step in range(3):  # an address may lead to a page that names the badge's file, or to a picture that holds an address
        if handed.kind != "address":
            break
        data = _fetched(visit, handed.text)
        page = reading.address_in_page(data)
        handed = reading.Handed("address", page) if page else reading.read(data)
    if handed.kind == "address":
        raise Unreadable(_("This leads nowhere"), _("The address leads to another address, and so on, but to no badge."))
    report = _of(visit, handed, now)
    report = replace(report, facts=replace(report.facts, carrier=handed.carrier))
    findings = _in_order([*report.findings, _trust(report, ours), holder(report.identities, email)])
    return replace(report, findings=tuple(findings))


def _fetched(visit: Visit, url: str) -> bytes:
    try:
        return visit.badge(url)
    except NotReached as failure:
        raise Unreadable(
            _("The badge could not be fetched"), _("It should be at %(host)s, but %(words)s.", host=failure.host, words=failure.words)
        ) from failure


def _of(visit: Visit, handed: reading.Handed, now: datetime) -> Report:
    if handed.kind == "token":
        try:
            return version3.of_token(visit, handed.text, now)
        except Unreadable:
            return version2.of_token(visit, handed.text, now)
    document = reading.parse(handed.text)
    if version2.is_one(document):
        return version2.of_document(visit, handed.text, now)
    return version3.of_document(visit, handed.text, now)


def _trust(report: Report, ours: Callable[[str], bool]) -> Finding:
    """What speaks for the issuer, beside the signature."""
    signer = report.finding("signer")
    if signer is None or signer.state != "good":
        return Finding(
            "trust", "note", _("Who its issuer is can’t be said from here"), _("The name in it is only what the badge says of itself.")
        )
    if ours(report.facts.issuer_id):
        return Finding(
            "trust", "good", _("%(issuer)s is known here", issuer=report.facts.issuer or _('Its issuer')),
            _(
                "It is a district that works with this tool. Its badges are judged by two reviewers who do not know the teacher’s name; "
                "a badge that the district gave by exception says so itself."
            ),
        )  # fmt: skip
    return Finding(
        "trust", "note", _("Its issuer is not one that this page knows"),
        _("That means nothing bad: anybody can check any issuer’s badges here. Whether you trust them is for you to say."),
    )  # fmt: skip


def _in_order(findings: list[Finding]) -> list[Finding]:
    order = ("signer", "unchanged", "revoked", "time", "trust", "holder")
    return sorted(findings, key=lambda finding: order.index(finding.about))
