"""A bounded run of the coverage-guided fuzzers, and many more damaged files for each reader."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import PROJECT
from tests.fuzz.doors import DOORS

RUNS = int(os.environ.get("FUZZ_RUNS", "1500"))
EXAMPLES = max(RUNS // 75, 1)
MEMORY_MB = 4096
SECONDS = 30
PATIENCE_S = 600

pytestmark = pytest.mark.fuzz


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is for Linux only")
@pytest.mark.parametrize(
    ("door", "seeds"), [("toml", ("settings-denmark", "scenario")), ("osm", ("roads-osm",))]
)
def test_whatever_is_read_is_taken_or_refused_in_words(
    door: str, seeds: tuple[str, ...], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for seed in seeds:
        (tmp_path / seed).mkdir()
        content = DOORS[seed].make(tmp_path / seed).read_bytes()
        (corpus / seed).write_bytes(b" " + content if door == "osm" else content)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz.guided", door, str(corpus), f"-runs={RUNS}", "-max_len=8192"),
            *(
                f"-timeout={SECONDS}",
                f"-rss_limit_mb={MEMORY_MB}",
                f"-artifact_prefix={tmp_path}/",
                "-seed=1",
            ),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "Done" in run.stderr


def test_many_damaged_files_for_each_reader() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", "damaged", "tests/fuzz/test_readers.py"],
        cwd=PROJECT,
        env={**os.environ, "KLYNGEKORT_FUZZ": str(EXAMPLES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert run.returncode == 0, run.stdout[-5000:]
