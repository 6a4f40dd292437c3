"""The smallest study that goes the whole way: bundled tables, no figures, no GP coverage, no satellite functions."""

import shutil
from pathlib import Path

from maps.commands.making import Making
from maps.commands.maps import make_results
from maps.operate.run_log import RunLog
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings

TEXT = """
[study]
name = "tiny"
title = "{title}"
as_of = 2024-01-01
[tables]
settlements = "settlements.csv"
[maps]
figures = false
sheets = false
[coverage]
choice = {{ enabled = false }}
time = {{ enabled = false }}
capacity = {{ enabled = false }}
closed = {{ enabled = false }}
fragile = {{ enabled = false }}
island = {{ enabled = false }}
[sites]
enabled = false
"""


def settings_file(folder: Path, title: str = "Lille") -> Path:
    """Write the study's settings, with a table of its own that a test may change; kept if already there."""
    path = folder / "study" / "tiny.toml"
    if not path.exists():
        path.parent.mkdir(parents=True)
        path.write_text(TEXT.format(title=title), encoding="utf-8")
        shutil.copy(PROJECT / "geodata" / "settlements.csv", path.parent)
    return path


def written(folder: Path) -> Path:
    """Make the study's results; gives their folder."""
    config = settings_file(folder)
    settings = load_settings(config)
    log = RunLog(folder / "out", settings.study.name, "maps", {"config": str(config)})
    results, _ = make_results(settings, Making(config, folder / "out", log.step))
    log.end(0)
    return results
