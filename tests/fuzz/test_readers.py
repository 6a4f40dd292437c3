"""Readers given damaged files: a result, or a refusal in words; never a crash, a hang or a flood of memory."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pipeline.errors import KlyngekortError
from tests.fuzz.damage import changes, damaged
from tests.fuzz.doors import DOORS

EXAMPLES = int(os.environ.get("KLYNGEKORT_FUZZ", "0"))
"""So many damaged files for each reader, or a few."""

ALWAYS_THE_SAME = "FUZZ_RUNS" not in os.environ
"""Others are drawn in each run only where somebody looks for more."""

MOST_SECONDS = 20
MOST_MEMORY = 6_000_000_000  # bytes of this process, libraries included

pytestmark = pytest.mark.filterwarnings("ignore")  # GDAL's remarks on a broken file are no fault of ours

fuzzed = settings(
    max_examples=EXAMPLES or 8,
    derandomize=ALWAYS_THE_SAME,
    database=None,
    deadline=MOST_SECONDS * 1000,
    phases=(Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, before)


@pytest.mark.parametrize("name", DOORS)
def test_a_sound_file_is_read(name: str, tmp_path: Path) -> None:
    door = DOORS[name]
    path = door.make(tmp_path)
    try:
        door.read(path)
    except KlyngekortError as error:
        if name not in {"record", "settings-gp-coverage"}:  # these name other files, which are not here
            raise AssertionError(str(error)) from error


@pytest.mark.parametrize("name", DOORS)
def test_a_damaged_file_is_read_or_refused_in_words(name: str, tmp_path: Path) -> None:
    door = DOORS[name]
    path = door.make(tmp_path)
    sound = path.read_bytes()

    @fuzzed
    @given(drawn=changes)
    def try_it(drawn: list[tuple[str, float, int, bytes]]) -> None:
        path.write_bytes(damaged(sound, drawn))
        try:
            door.read(path)
        except KlyngekortError as error:
            assert str(error).strip()  # noqa: PT017

    try_it()
