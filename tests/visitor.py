"""Opens pages in a browser the way a reader with no network does, and notes everything that goes wrong."""

from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route

LOCAL = ("file:", "data:", "blob:", "about:")
DESKTOP = (1440, 900)
PHONE = (390, 844)


def wait_until(page: Page, expression: str) -> None:
    """Wait for an expression; Playwright's own way needs eval, which the pages' policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


class Visitor:
    """Opens pages; `problems` holds console errors, exceptions and requests that left the page."""

    def __init__(self, browser: Browser, artefacts: Path) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._browser = browser
        self._artefacts = artefacts
        self._contexts: list[BrowserContext] = []

    def __call__(
        self, path: Path, *, size: tuple[int, int] = DESKTOP, fragment: str = "", **options: Any
    ) -> Page:
        """Open a file and wait until its script is done."""
        width, height = size
        context = self._browser.new_context(viewport={"width": width, "height": height}, **options)
        self._contexts.append(context)
        context.set_default_timeout(30_000)
        context.route("**/*", self._route)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on(
            "dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.on("request", self._request)
        page.goto(path.resolve().as_uri() + fragment)
        if page.locator(".with-map").count():
            page.wait_for_selector("html[data-ready=yes]")
        return page

    @staticmethod
    def findings(page: Page) -> list[str]:
        """What axe finds on a page; only what it calls minor is let pass."""
        return [
            f"{found['impact']} {found['id']}: {node['html'][:140]}"
            for found in Axe().run(page)["violations"]
            if found["impact"] != "minor"
            for node in found["nodes"]
        ]

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> Path:
        """Keep a picture of the page among the test artefacts."""
        self._artefacts.mkdir(parents=True, exist_ok=True)
        path = self._artefacts / f"{name}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        return path

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()

    def _route(self, route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            route.abort()

    def _request(self, request: Request) -> None:
        if not request.url.startswith(LOCAL):
            self.requests.append(request.url)
            self.problems.append(f"request: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console {message.type}: {message.text}")
