"""
A real browser against a live server: Debian's Chromium, driven by Playwright.

The `page` fixture watches while the test works: a request to another host, a breach of the Content-Security-Policy,
an error in the console or in a script fails the test, whatever it came for. Tests open addresses with
`site.open("/")`, log in with `site.log_in(user)` and may declare a status they expect (`site.expect(404)`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
OFFICE_SCREEN = {"width": 1366, "height": 768}
LAPTOP_AT_125_PERCENT = {"width": 1093, "height": 614}
PASSWORD = "yi-ge-hen-chang-de-mima"

# Playwright's own loop runs in this thread; Django takes it for asynchronous code and would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@dataclass
class Watch:
    """What went wrong in the browser while a test worked."""

    home: str
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def request(self, request: Request) -> None:
        """A page asks another host for something: never."""
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.home:
            self.faults.append(f"asked another host: {request.url}")

    def response(self, response: Response) -> None:
        """Something of the page is missing or broken."""
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} for {response.url}")

    def console(self, message: ConsoleMessage) -> None:
        """The console complains; a status that was expected is said there, too."""
        expected = any(f"status of {status}" in message.text for status in self.expected)
        if message.type == "error" and not expected:
            self.faults.append(f"console: {message.text} {message.location.get('url', '')}".rstrip())

    def crash(self, error: Any) -> None:
        """A script of the page broke."""
        self.faults.append(f"script: {error}")


@dataclass
class Site:
    """The portal in the browser, as somebody sees it."""

    page: Page
    address: str
    watch: Watch

    def open(self, path: str) -> Page:
        """Open a page of the portal and wait until it stands."""
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    def expect(self, *statuses: int) -> None:
        """These statuses are what the test is about."""
        self.watch.expected.update(statuses)

    def log_in(self, username: str, password: str = PASSWORD) -> Page:
        """Log in through the form, as a person does."""
        page = self.open("/accounts/login/")
        page.locator("input[name=login]").fill(username)
        page.locator("input[name=password]").fill(password)
        page.locator("main button[type=submit]").click()
        page.wait_for_load_state("load")
        return page

    def scrolls_sideways(self) -> bool:
        """Whether the page as a whole is wider than the window."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        return int(wide) > int(window)

    def picture(self, name: str) -> None:
        """Keep a picture where SCREENSHOTS names a folder; for looking at, never compared."""
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(LAUNCH))
        yield chromium
        chromium.close()


@contextmanager
def watched(browser: Browser, address: str) -> Iterator[Callable[..., Site]]:
    """Open fresh windows on the portal at `address`; what went wrong in any of them fails at the end."""
    opened: list[Site] = []

    def begin(**options: Any) -> Site:
        settings = {"viewport": OFFICE_SCREEN, "locale": "zh-CN", "accept_downloads": True, **options}
        page = browser.new_context(**settings).new_page()
        watch = Watch(home=urlsplit(address).netloc)
        page.on("request", watch.request)
        page.on("response", watch.response)
        page.on("console", watch.console)
        page.on("pageerror", watch.crash)
        opened.append(Site(page, address, watch))
        return opened[-1]

    yield begin
    for site in opened:
        site.page.context.close()
    faults = [fault for site in opened for fault in site.watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def open_site(browser: Browser, live_server: Any) -> Iterator[Callable[..., Site]]:
    """Open the portal in a fresh window: `open_site(viewport=…, java_script_enabled=False, …)`; watched to the end."""
    with watched(browser, live_server.url) as begin:
        yield begin


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    """The portal in an ordinary window of 1366 by 768."""
    return open_site()
