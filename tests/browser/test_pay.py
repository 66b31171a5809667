"""Recognition in Chromium: pages accessible and never too wide, and the way from a rule to a paid batch by what people see."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.database import new_id
from lti_tool.district.pay import service
from tests.browser.pages import enter, look
from tests.conftest import Clock
from tests.integration.district.pay.conftest import Office, office
from tests.integration.district.pay.test_batches import make
from tests.integration.district.pay.test_stacks import Shelf

__all__ = ["office"]

NAMES = ("Wilhelmina Featherstonehaugh-Cholmondeley", "Bea Potter", "Cy Young")


def crowd(there: Office, clock: Clock) -> None:
    """Two contract years with everything that happens in them."""
    rule = there.rule(over_cap="carry", budget=2_000_00, name="Microcredential stipend")
    there.rule(name="Professional hours", unit="hours", amount=12_50, cap=None)
    for name in NAMES:
        person = there.world.person(there.registration, name, email=f"{name.split()[0].lower()}@district.example")
        there.earn(person)
        if name.startswith("Bea"):
            there.employee(person, "E-20", "Teachers")
    awards = [there.earn(version=there.version(f"Asking good questions, part {n}")) for n in range(4)]
    there.employee(group="Teachers")
    make(there)
    with there.tool.database.unit() as session:
        service.adjust(
            session, there.tool, district_id=there.ada.district_id, person_id=there.ada.id, series_id=rule.id, year=None, amount=-50_00,
            reason="Paid by her school in August already.", actor_id=there.paula.id, once=str(new_id()),
        )  # fmt: skip
    there.revoke(awards[1])
    clock.now = datetime(2027, 7, 2, 12, tzinfo=UTC)
    service.turn_years(there.tool)
    there.earn()
    activity = there.world.activity(there.context, there.version("Wait time"))
    there.world.submission(there.world.enrollment(activity, there.ada), state="in_review")


def test_pages_of_recognition(office: Office, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    empty = enter(context, url, office.payroll())
    for path, name in (("/pay/", "pay-empty"), ("/pay/ledger", "pay-ledger-empty"), ("/pay/batches/", "pay-batches-empty")):
        look(page, empty + path, name)
    look(page, empty + "/pay/mine", "pay-mine-empty")
    crowd(office, clock)
    own = enter(context, url, office.payroll())
    look(page, own + "/pay/", "pay")
    look(page, own + "/pay/ledger", "pay-ledger")
    look(page, own + "/pay/people", "pay-people")
    look(page, own + f"/pay/people/{office.ada.id}", "pay-person")
    look(page, own + "/pay/batches/", "pay-batches")
    batch = make(office, "hours")
    look(page, own + f"/pay/batches/{batch.id}", "pay-batch")
    look(page, own + "/pay/rules/new", "pay-rule-new")
    teacher = enter(context, url, office.teacher())
    look(page, teacher + "/pay/mine", "pay-mine")
    look(page, teacher + "/home", "pay-home")
    spanish = office.world.browser(office.ada, "earner", context=office.context, launch={"locale": "es"})
    look(page, enter(context, url, spanish) + "/pay/mine", "pay-mine-es")


def test_a_rule_that_is_still_credited(office: Office, url: str, context: BrowserContext, page: Page) -> None:
    for n in range(12):  # two more than are credited at once
        office.award(office.world.person(office.registration, f"Teacher {n}"))
    rule = office.rule()
    own = enter(context, url, office.payroll())
    look(page, own + f"/pay/rules/{rule.id}", "pay-rule-crediting")
    expect(page.get_by_text("10 of 12 teachers so far")).to_be_visible()
    look(page, own + "/pay/", "pay-crediting")
    expect(page.get_by_text("Past awards are being credited")).to_be_visible()


def test_rules_that_name_a_stack(office: Office, url: str, context: BrowserContext, page: Page) -> None:
    shelf = Shelf(office)
    both = (shelf.id, shelf.parts[0].microcredential_id)
    rule = office.rule(name="Classroom talk bonus", amount=250_00, extent="named", microcredentials=both)
    office.rule(name="Stipend", extent="except", microcredentials=(office.version("Safety at school").microcredential_id,))
    shelf.earn(0)
    shelf.earn(1)
    office.world.submission(office.world.enrollment(office.world.activity(office.context, shelf.parts[2]), office.ada))
    teacher = enter(context, url, office.teacher())
    look(page, teacher + "/pay/mine", "pay-mine-stack-coming")
    expect(page.get_by_role("heading", name="On its way: Classroom talk bonus")).to_be_visible()
    shelf.earn(2)
    own = enter(context, url, office.payroll())
    look(page, own + f"/pay/rules/{rule.id}", "pay-rule-stack")
    look(page, own + "/pay/ledger", "pay-ledger-stack")
    spanish = office.world.browser(office.paula, "earner", context=office.context, launch={"locale": "es"})
    look(page, enter(context, url, spanish) + "/pay/rules/new", "pay-rule-new-stack-es")


def test_from_a_rule_to_a_paid_batch(office: Office, url: str, context: BrowserContext, page: Page) -> None:
    office.award(version=office.version("Asking good questions"))
    page.goto(enter(context, url, office.coordinator()) + "/pay/")
    page.get_by_role("link", name="Write a rule").click()
    page.get_by_label("Name").fill("Stipend")
    page.get_by_label("For each microcredential").fill("two hundred")
    page.get_by_label("At most in a contract year").fill("600")
    page.get_by_label("Holds from").fill("2026-07-01")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Write an amount like 200 or 12.50.")
    page.get_by_label("For each microcredential").fill("200")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("region", name="What it would have done")).to_contain_text("$200.00")
    look(page, page.url.partition("?")[0], "pay-rule-draft")
    page.get_by_role("button", name="Put it in force").click()
    page.get_by_role("dialog").get_by_role("button", name="Put it in force").click()
    expect(page.get_by_text("The rule is in force. From now on")).to_be_visible()
    look(page, page.url.partition("?")[0], "pay-rule")
    page.set_viewport_size({"width": 1280, "height": 760})
    page.goto(enter(context, url, office.payroll()) + "/home")
    page.get_by_role("link", name="Payroll").click()
    page.get_by_role("link", name="Batches").click()
    expect(page.get_by_text("is held back")).to_be_visible()
    page.get_by_role("link", name="Whose they are").click()
    page.get_by_role("link", name="Adabella Lovelace").click()
    page.get_by_label("Employee number").fill("E-17")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("What was held back can go into the next batch.")).to_be_visible()
    page.get_by_role("link", name="Pay and recognition").click()
    page.get_by_role("link", name="To the batches").click()
    page.get_by_role("button", name="Make a batch").click()
    expect(page.get_by_text("Control total")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").click()
    assert "E-17,,200.00,usd,credit,award,2026" in waiting.value.path().read_text()
    page.get_by_role("button", name="Payroll has paid it").click()
    page.get_by_role("dialog").get_by_role("button", name="Payroll has paid it").click()
    expect(page.get_by_text("Teachers see that it was paid.")).to_be_visible()
    page.goto(enter(context, url, office.teacher()) + "/home")
    page.get_by_role("link", name="What I get for it").click()
    expect(page.get_by_text("Confirmed by payroll")).to_be_visible()
