"""What all tests share: where the real test data lie, and a browser whose network is cut."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.browser_setup import find_chromium
from tests.postgis_server import Server, running
from tests.postgis_setup import find_programs
from tests.visitor import Visitor

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
ARTEFACTS = ROOT / "test-artefacts"


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder of real data files, or a skip that says what is missing."""
    folder = Path(os.environ.get("KLYNGEKORT_TESTDATA", "../shared/geodata"))
    folder = folder if folder.is_absolute() else ROOT / folder
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is not a folder (set KLYNGEKORT_TESTDATA)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, or a skip that says how to get one."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium: install the package chromium, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Open pages with the network cut; a console error, an exception or a request from a page fails the test."""
    visitor = Visitor(chromium, ARTEFACTS / re.sub(r"[^\w-]+", "_", request.node.name))
    yield visitor
    visitor.close()
    assert not visitor.problems, "\n".join(visitor.problems)


@pytest.fixture(scope="session")
def postgis() -> Iterator[Server]:
    """A PostgreSQL server that can have PostGIS, or a skip that says how to get one."""
    programs = find_programs()
    if programs is None:
        pytest.skip(
            "no PostgreSQL with PostGIS: install the package postgis, or run tests/postgis_setup.py as root"
        )
    with running(programs) as server:
        yield server
