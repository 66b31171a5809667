"""A person at a browser, without the browser: follows redirects and links, keeps cookies, fills in and sends forms, lets forms that
submit themselves do so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urldefrag, urljoin

import lxml.html
import requests
from lxml.html import FormElement, HtmlElement
from requests.cookies import RequestsCookieJar

_SELF_SUBMITTING = ("oidc-login-form", "oidc-response-form", "oidc-error-form")
_MOST_HOPS = 8


class Stuck(Exception):
    """The page does not offer what a person would do next; the message says what was looked for, and what the page said."""


class Page:
    """What the browser shows."""

    def __init__(self, answer: requests.Response) -> None:
        self.url, self.status, self.headers, self.content = answer.url, answer.status_code, answer.headers, answer.content
        is_html = "html" in answer.headers.get("Content-Type", "") and answer.content.strip()
        self.tree: HtmlElement | None = lxml.html.fromstring(answer.content, base_url=answer.url) if is_html else None

    @property
    def text(self) -> str:
        """The words of the page, white space folded."""
        if self.tree is None:
            return ""
        main = self.tree.xpath("//main") or [self.tree]
        return " ".join(" ".join(main[0].itertext()).split())

    def all(self, path: str) -> list[Any]:
        """Elements by XPath."""
        return self.tree.xpath(path) if self.tree is not None else []

    def one(self, path: str, what: str) -> Any:
        """The first element. Raises Stuck."""
        found = self.all(path)
        if not found:
            raise Stuck(f"no {what} on {self.url} (status {self.status}): {self.text[:300]}")
        return found[0]

    def test(self, name: str) -> Any:
        """The first element with this `data-test`."""
        return self.one(f"//*[@data-test='{name}']", name)

    def form(self, ending: str) -> FormElement:
        """The first form whose address ends so, without its query."""
        for form in self.all("//form"):
            if urljoin(self.url, form.get("action") or self.url).split("?")[0].endswith(ending):
                return form
        raise Stuck(f"no form to …{ending} on {self.url} (status {self.status}): {self.text[:300]}")


class Browser:
    """One person's cookies and where they are."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        # On one machine everything is plain http; a browser keeps Secure cookies there for localhost all the same.
        jar = RequestsCookieJar(policy=DefaultCookiePolicy(secure_protocols=("https", "http")))
        self._session.cookies = jar
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """What is shown now. Raises Stuck before anything was opened."""
        if self._page is None:
            raise Stuck("nothing is open yet")
        return self._page

    def _show(self, answer: requests.Response) -> Page:
        if answer.status_code >= 500:
            raise Stuck(f"{answer.url} answered {answer.status_code}")
        self._page = Page(answer)
        for _ in range(_MOST_HOPS):
            self_submitting = [
                form for form in self.page.all("//form") if form.get("data-test") in _SELF_SUBMITTING or "data-auto-submit" in form.attrib
            ]
            if self_submitting:
                self._page = Page(self._send(self_submitting[0]))
            elif onward := self.page.all("//meta[@http-equiv='refresh']/@content"):
                self._page = Page(self._session.get(urljoin(self.page.url, onward[0].partition("url=")[2]), timeout=30))
            else:
                break
        return self.page

    def get(self, url: str, **kwargs: Any) -> Page:
        """Open an address."""
        return self._show(self._session.get(urldefrag(url)[0], timeout=30, **kwargs))

    def click(self, element: HtmlElement) -> Page:
        """Follow a link, or open what a frame shows."""
        target = element.get("href") or element.get("src")
        if not target:
            raise Stuck(f"nothing to follow on {self.page.url}")
        return self.get(urljoin(self.page.url, target))

    def _send(
        self, form: FormElement, values: Mapping[str, Any] | None = None, button: str | None = None, files: Mapping[str, Any] | None = None
    ) -> requests.Response:
        fields: list[tuple[str, str]] = [(str(k), str(v)) for k, v in form.form_values() if not values or k not in values]
        for name, value in (values or {}).items():
            fields += [(name, str(one)) for one in (value if isinstance(value, list) else [value])]
        if button:
            name, _, value = button.partition("=")
            fields.append((name, value or "1"))
        target = urljoin(self.page.url, form.get("action") or self.page.url)
        if (form.get("method") or "get").lower() == "get":
            return self._session.get(target, params=fields, timeout=30)
        return self._session.post(target, data=fields, files=files, timeout=60, headers={"Referer": self.page.url})

    def submit(
        self,
        form: FormElement,
        values: Mapping[str, Any] | None = None,
        *,
        button: str | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Page:
        """Fill in and send a form. `button` is name or name=value of the one pressed."""
        return self._show(self._send(form, values, button, files))

    def wait_for(self, look: Callable[[Page], bool], url: str, seconds: float, pause: Callable[[], None], what: str) -> Page:
        """Reload until the page shows it. Raises Stuck."""
        tries = max(1, int(seconds / 0.25))
        for _ in range(tries):
            if look(page := self.get(url)):
                return page
            pause()
        raise Stuck(f"{what} did not appear on {url}")
