"""What all tests share: where the real test data lie."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder of real data files, or a skip that says what is missing."""
    folder = Path(os.environ.get("KLYNGEKORT_TESTDATA", "../shared/geodata"))
    folder = folder if folder.is_absolute() else ROOT / folder
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is not a folder (set KLYNGEKORT_TESTDATA)")
    return folder
