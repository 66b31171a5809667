"""The whole job, from registration to the badge, by HTTP as browsers would do it, at both faces of the practice LMS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from lti_tool.badges.baking import unbake
from lti_tool.badges.signing import verify
from lti_tool.catalog.samples import Sample, load_samples
from lti_tool.demo import linking
from lti_tool.demo.browser import Browser, Page, Stuck
from lti_tool.demo.stage import Stage

SAMPLE = "formative-assessment"
_PLACEMENT = {"canvas": "module_index_menu_modal", "moodle": "ContentArea"}
_SOON = 20.0


class StepFailed(Exception):
    """A step of the walk could not be done; the message names it and says what was missing."""


@dataclass
class Walk:
    """One school's story. `report` gets a line for each step done."""

    stage: Stage
    face: str
    report: Callable[[str], None]
    people: dict[str, Browser] = field(default_factory=dict)

    @property
    def sample(self) -> Sample:
        """The microcredential that Ada earns."""
        return next(sample for sample in load_samples() if sample.key == SAMPLE)

    def url(self, path: str) -> str:
        """An address of this school."""
        return f"{self.stage.lms_url}/{self.face}{path}"

    def be(self, person: str) -> Browser:
        """The browser of this person, signed in to the LMS."""
        if person not in self.people:
            browser = Browser()
            page = browser.get(self.url("/people"))
            for form in page.all(f"//form[.//*[@data-test='be-{person}']]"):  # none: the LMS begins as this person
                browser.submit(form)
            self.people[person] = browser
        return self.people[person]

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """Name a step: reported when done, named when it fails."""
        started = time.monotonic()
        try:
            yield
        except Exception as error:
            raise StepFailed(f"{self.face}: {words}: {type(error).__name__}: {error}") from error
        self.report(f"✓ {self.face:6} {words} ({time.monotonic() - started:.1f} s)")

    def run(self) -> None:
        """All steps. Raises StepFailed."""
        with self.step("the admin registers the tool and turns it on"):
            self.register()
        with self.step("the designer places a microcredential and a review desk"):
            self.place()
        with self.step("the teacher says yes to the pilot that she is invited to"):
            self.join()
        with self.step("the teacher starts, assesses herself, gathers evidence and sends it in"):
            self.earn()
        if self.face == "canvas":
            with self.step("a card stands in a page; a file and the submission are handed in to an assignment, and open"):
                linking.embed(self)
                linking.hand_in(self)
        with self.step("the designer names three reviewers from the course list"):
            self.name_reviewers()
        first, second, _ = self.reviewers()
        if self.face == "canvas":
            with self.step("both reviewers find something not met: the work comes back with feedback"):
                self.judge(first, unmet=True)
                self.judge(second, unmet=True)
            with self.step("the teacher improves it and sends it in again"):
                self.submit_again()
            first, second, _ = self.reviewers()
            with self.step("two reviewers judge the second attempt, each alone"):
                self.judge(first)
                self.judge(second)
        else:
            with self.step("two reviewers judge, each alone, and differ"):
                self.judge(first)
                self.judge(second, unmet=True)
            with self.step("a third settles only what they differ on"):
                self.judge(self.reviewers()[0], disputed_only=True)
        with self.step("the score arrives in the gradebook by itself"):
            self.score()
        with self.step("the badge is shown to the public, verifies, and a changed one does not"):
            self.badge()
        with self.step("her district credits what it gives for the badge"):
            self.pay()
        with self.step("the LMS found nothing to complain about"):
            self.no_violations()

    # -- the admin

    def register(self) -> None:
        """Paste the invitation, look, register, confirm; then switch the app on in the LMS."""
        alex = self.be("alex")
        page = alex.get(self.url("/admin"))
        page = alex.click(page.test("add-app"))
        page = alex.submit(page.test("add-app-form"), {"registration_url": self.stage.invites[self.face]})
        done = urljoin(page.url, page.test("registration-close").get("href"))
        page = alex.click(page.test("registration-frame"))
        page = alex.submit(page.one("//form", "register button"))
        page = alex.submit(page.one("//form", "confirm button"))
        if page.status != 200 or "connected" not in page.text:
            raise Stuck(f"not confirmed: {page.text[:200]}")
        page = alex.get(done)
        page = alex.submit(page.test("decide-form"), button="deed=enable")
        if chooser := page.all("//form[.//*[@data-test='show-in-chooser']]"):
            alex.submit(chooser[0], button="deed=chooser")

    # -- the designer

    def _course(self, browser: Browser) -> Page:
        page = browser.get(self.url("/"))
        return browser.click(page.one(f"//a[contains(@href, '/{self.face}/courses/')]", "course"))

    def place(self) -> None:
        """Pick from the catalog by deep linking; save what came back."""
        dana = self.be("dana")
        for pick in (self.sample.content.title, "Review desk"):
            page = self._course(dana)
            page = dana.click(page.test(f"add-{_PLACEMENT[self.face]}"))
            page = self._into_frame(dana, page)
            value = page.one(f"//label[contains(., '{pick}')]/preceding-sibling::input", f"{pick} in the picker").get("value")
            page = dana.submit(page.form("/pick"), {"pick": value}, button="do=place")
            if saving := page.all("//form[@data-test='save-items']"):
                dana.submit(saving[0])
            else:
                dana.click(page.test("return-to-course"))
        self.publish(dana)

    def publish(self, browser: Browser) -> None:
        """Canvas keeps new items unpublished until somebody publishes them."""
        while forms := self._course(browser).all("//form[.//button[@data-test='publish-item' and starts-with(., 'Publish')]]"):
            browser.submit(forms[0])

    def _into_frame(self, browser: Browser, page: Page) -> Page:
        return browser.click(page.test("tool-frame")) if page.all("//*[@data-test='tool-frame']") else page

    def open(self, person: str, title: str) -> Page:
        """Open an activity of the course as this person."""
        browser = self.be(person)
        page = self._course(browser)
        link = page.one(f"//a[starts-with(@data-test, 'activity-')][contains(., '{title}')]", f"activity {title}")
        return self._into_frame(browser, browser.click(link))

    # -- the teacher

    def join(self) -> None:
        """Read the invitation where the tool tells of it, and accept."""
        ada = self.be("ada")
        page = self.open("ada", self.sample.content.title)
        page = ada.get(self._inside(page, "/cohorts/mine"))
        page = ada.submit(page.one("//form[.//input[@name='answer'][@value='accepted']]", "invitation"))
        if "Takes part" not in page.text:
            raise Stuck(f"she does not take part: {page.text[:300]}")

    @staticmethod
    def _inside(page: Page, path: str) -> str:
        """Another page of the visit that a page belongs to."""
        before, _, after = page.url.partition("/s/")
        return f"{before}/s/{after.partition('/')[0]}{path}"

    def earn(self) -> None:
        """Start, then fill in every part and send it in."""
        ada, example = self.be("ada"), self.sample.example
        page = self.open("ada", self.sample.content.title)
        page = ada.submit(page.form("/evidence/start"))
        work = page.url
        page = ada.get(f"{work}/self-assess")
        values: dict[str, Any] = {}
        for key, own in example.self_assessment.items():
            values |= {f"level_{key}": own.level, f"text_{key}": own.note}
        ada.submit(page.form("/self-assess"), values, button="next")
        for part, questions in (
            ("overview", self.sample.content.overview_questions),
            ("reflection", self.sample.content.reflection_questions),
        ):
            page = ada.get(f"{work}/answers/{part}")
            ada.submit(page.form(f"/answers/{part}"), {f"text_{q.key}": example.answers[q.key] for q in questions}, button="next")
        for piece in example.evidence:
            page = ada.get(f"{work}/requirement/{piece.requirement}")
            page = ada.click(
                page.one(f"//a[contains(@href, '/{piece.kind}')][contains(@href, '{piece.requirement}')]", f"add a {piece.kind}")
            )
            form = page.one("//form[.//input[@name='title']]", f"form for a {piece.kind}")
            values = {"title": piece.title, "text": piece.text, "students": piece.students}
            if piece.students == "identifiable":
                values |= {"consent_form": "district", "consent_students": "24", "consent_place": "Binder in the school office"}
            files = {"file": (piece.filename, piece.content.encode(), "text/plain")} if piece.kind == "file" else None
            if piece.kind == "link":
                values["url"] = piece.url
            ada.submit(form, values, files=files)
        self.send_in(work)

    def send_in(self, work: str) -> None:
        """Check and submit."""
        ada = self.be("ada")
        page = ada.get(f"{work}/check")
        form = page.form("/submit")
        boxes = {box.get("name"): "y" for box in page.all("//input[@type='checkbox']")}
        page = ada.submit(form, boxes)
        if page.status != 200:
            raise Stuck(f"not sent in: {page.text[:300]}")

    def submit_again(self) -> None:
        """Open the activity, read that it is not yet met, change an answer, send it in again."""
        ada = self.be("ada")
        page = self.open("ada", self.sample.content.title)
        if "Not yet" not in page.text:
            raise Stuck(f"no feedback shown: {page.text[:300]}")
        page = ada.click(page.one("//a[contains(@href, '/evidence/work/')]", "continue"))
        work = page.url
        question = self.sample.content.reflection_questions[0].key
        page = ada.get(f"{work}/answers/reflection")
        ada.submit(page.form("/answers/reflection"), {f"text_{question}": "I changed the plan after the feedback. " * 6}, button="next")
        self.send_in(work)

    # -- reviews

    def name_reviewers(self) -> None:
        """Read the course list, add three colleagues."""
        dana = self.be("dana")
        page = self.open("dana", self.sample.content.title)
        page = dana.click(page.one("//a[contains(@href, '/review/people')]", "name reviewers"))
        page = dana.submit(page.form("/scores/roster"))
        for name in ("Ruth", "Raj", "Rosa"):
            page = dana.submit(page.one("//form[@role='search']", "find a person"), {"find": name})
            page = dana.submit(page.form("/people/add"))

    def reviewers(self) -> tuple[str, ...]:
        """The three reviewers, those who have something to judge first."""
        return tuple(sorted(("ruth", "raj", "rosa"), key=lambda person: not self._waiting(person)))

    def _waiting(self, person: str) -> list[Any]:
        return self.open(person, "Review desk").all("//a[contains(@href, '/review/')][contains(., 'Begin') or contains(., 'Continue')]")

    def judge(self, person: str, *, unmet: bool = False, disputed_only: bool = False) -> None:
        """Score every criterion, with words, and seal it. `unmet`: the first criterion stays below what is needed."""
        browser = self.be(person)
        if not (links := self._waiting(person)):
            raise Stuck(f"nothing to review for {person}")
        page = browser.click(links[0])
        hidden = [word for word in ("Ada", "ada@") if word in page.text]
        if hidden:
            raise Stuck("the desk shows whose work it is")
        criteria = [c for c in self.sample.content.criteria if page.all(f"//input[@name='level-{c.key}']")]
        if disputed_only and len(criteria) != 1:
            raise Stuck(f"the third reviewer should judge one criterion, not {len(criteria)}")
        values: dict[str, Any] = {}
        for place, criterion in enumerate(criteria):
            level = criterion.required_level - 1 if unmet and place == 0 else criterion.required_level
            values |= {
                f"level-{criterion.key}": level,
                f"feedback-{criterion.key}": f"Seen in the plan and the recording: {criterion.title}.",
            }
        form = page.one("//form[.//input[starts-with(@name, 'level-')]]", "criteria to judge")
        page = browser.submit(form, values, button="finish")
        if page.status != 200 or "sealed" not in page.text:
            raise Stuck(f"not sealed: {page.text[:300]}")

    # -- the end

    def score(self) -> None:
        """Ada sees it in her grades, and in the tool."""
        ada = self.be("ada")
        ada.wait_for(
            lambda page: any("100" in " ".join(cell.itertext()) for cell in page.all("//*[@data-test='my-score']")),
            f"{self._course(ada).url}/grades",
            _SOON,
            lambda: time.sleep(0.25),
            "the score",
        )
        hub = self.open("ada", self.sample.content.title)
        ada.wait_for(
            lambda page: "Earned" in page.text and "Arrived" in page.text, hub.url, _SOON, lambda: time.sleep(0.25), "word of its arrival"
        )

    def pay(self) -> None:
        """Ada reads what she got, and for what."""
        ada = self.be("ada")
        page = ada.get(self._inside(self.open("ada", self.sample.content.title), "/pay/mine"))
        if "$200.00" not in page.text or self.sample.content.title not in page.text:
            raise Stuck(f"nothing was credited: {page.text[:300]}")

    def badge(self) -> None:
        """Turn the public page on; read page, credential and picture as a stranger; verify them."""
        ada, stranger = self.be("ada"), Browser()
        page = self.open("ada", self.sample.content.title)
        hub = page.url
        page = ada.wait_for(
            lambda page: bool(page.all("//a[contains(@href, '/badges/')]")), hub, _SOON, lambda: time.sleep(0.25), "the badge"
        )
        page = ada.click(page.one("//a[contains(@href, '/badges/')]", "badge"))
        page = ada.submit(page.one("//form[.//input[@name='public'] or .//button[@name='public']]", "share switch"), {"public": "yes"})
        public = next(link for link in page.all("//a/@href | //code/text()") if link.startswith(f"{self.stage.tool_url}/badges/"))
        public = public.removesuffix(".json").removesuffix(".png")
        if stranger.get(public).status != 200:
            raise Stuck("the public page does not open")
        signed = stranger.get(f"{public}.json").content
        document = json.loads(signed)
        did = self._did_document(stranger, document)
        if not verify(signed, did).valid:
            raise Stuck("the credential does not verify")
        document["credentialSubject"]["achievement"]["name"] = "Something else"
        if verify(json.dumps(document).encode(), did).valid:
            raise Stuck("a changed credential verifies")
        if json.loads(unbake(stranger.get(f"{public}.png").content)) != json.loads(signed):
            raise Stuck("the picture holds another credential")

    def _did_document(self, browser: Browser, document: dict[str, Any]) -> dict[str, Any]:
        issuer = document["issuer"]["id"]
        place = issuer.removeprefix("did:web:").split(":")
        url = f"http://{place[0].replace('%3A', ':')}/{'/'.join(place[1:])}/did.json"
        found: dict[str, Any] = json.loads(browser.get(url).content)
        return found

    def no_violations(self) -> None:
        """The practice LMS keeps a list of broken rules; it is empty."""
        violations = json.loads(Browser().get(f"{self.stage.lms_url}/control/{self.face}/inspect").content)["violations"]
        if violations:
            raise Stuck(f"{len(violations)} violations, first: {violations[0]}")
