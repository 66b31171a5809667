"""What recognition is called: units, amounts, contract years, kinds of entries and why they are there."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from lti_tool.district.pay.models import PayRule
from lti_tool.language import N_, _, money, number

UNITS = {
    "usd": N_("Dollars"),
    "hours": N_("Hours"),
    "credits": N_("Board credits"),
    "points": N_("Relicensure points"),
}
KINDS = {
    "credit": N_("Credit"),
    "capped": N_("Over the cap"),
    "carried": N_("Carried over"),
    "reversal": N_("Taken back"),
    "adjustment": N_("Adjustment"),
    "exported": N_("Given to payroll"),
    "confirmed": N_("Confirmed by payroll"),
    "taken_back": N_("Batch taken back"),
}
TAGS = {"credit": "good", "carried": "good", "capped": "attention", "reversal": "problem", "adjustment": "progress"}
_REASONS = {
    "award": N_("Earned."),
    "repeat": N_("This microcredential was recognized before. The same one counts once, whatever its version."),
    "waits": N_("The cap of the year was reached. This waits for the next contract year."),
    "forfeit": N_("The cap of the year was reached. What is over it is not paid."),
    "again": N_("Paid again, for the badge was active when the contract year began."),
    "waited": N_("From the year before, where the cap was reached."),
    "revoked": N_("The badge was revoked, so what was credited for it is taken back."),
    "hand": N_("Entered by payroll."),
    "batch": N_("In a batch for payroll."),
}
_EACH = {
    "one": N_("%(amount)s for each microcredential"),
    "stack": N_("%(amount)s for each stack"),
    "both": N_("%(amount)s for each microcredential or stack"),
}
_EACH_CAPPED = {
    "one": N_("%(amount)s for each microcredential, at most %(cap)s in a contract year"),
    "stack": N_("%(amount)s for each stack, at most %(cap)s in a contract year"),
    "both": N_("%(amount)s for each microcredential or stack, at most %(cap)s in a contract year"),
}
OVER = {"forfeit": N_("is forfeited"), "carry": N_("waits for the next contract year")}
STATES = {"made": N_("Waits for confirmation"), "confirmed": N_("Confirmed"), "taken_back": N_("Taken back")}
STATE_TAGS = {"made": "attention", "confirmed": "good", "taken_back": "neutral"}


def amount(value: int, unit: str) -> str:
    """An amount in hundredths, with its unit."""
    if unit == "usd":
        return money(value)
    shown, one = number(value / 100, 2), value == 100
    if unit == "hours":
        return _("%(amount)s hour", amount=shown) if one else _("%(amount)s hours", amount=shown)
    if unit == "credits":
        return _("%(amount)s credit", amount=shown) if one else _("%(amount)s credits", amount=shown)
    return _("%(amount)s point", amount=shown) if one else _("%(amount)s points", amount=shown)


def titled(title: str, *, stack: bool, retired: bool = False) -> str:
    """A microcredential's title; that of a stack says so."""
    if not stack:
        return title
    return _("Stack: %(title)s (retired)", title=title) if retired else _("Stack: %(title)s", title=title)


def gives(rule: PayRule, stacks: Collection[UUID]) -> str:
    """What a rule gives, in a sentence. `stacks`: which of the ids that rules name are those of stacks."""
    named = [UUID(one) in stacks for one in rule.microcredentials] if rule.extent == "named" else [False]
    what = "both" if any(named) and not all(named) else "stack" if any(named) else "one"
    given = amount(rule.amount, rule.unit)
    if rule.cap is None:
        return _(_EACH[what], amount=given)
    return _(_EACH_CAPPED[what], amount=given, cap=amount(rule.cap, rule.unit))


def year(first: int, starts: tuple[int, int]) -> str:
    """A contract year: 2026–27, or 2026 where it is a calendar year."""
    return str(first) if starts == (1, 1) else f"{first}–{(first + 1) % 100:02}"


def reason(cause: str, amount: int = 1) -> str:
    """Why an entry is there, in a sentence."""
    if cause == "award" and not amount:
        return _("Earned when nothing was left under the cap.")
    return _(_REASONS.get(cause, ""))
