"""Data flows one way: no room of the house leads back to one that leads to it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from pipeline.settings import PROJECT


def imported(path: Path) -> Iterator[str]:
    """Full names of this project's modules that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def rooms(house: str) -> dict[str, set[str]]:
    """For each folder or module right under a package, which others of them it imports."""
    folder = PROJECT / house
    names = {
        path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    leads: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("*.py")):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == house and len(parts) > 1 and parts[1] in names - {room}:
                leads[room].add(parts[1])
    return dict(leads)


@pytest.mark.parametrize("house", ["pipeline", "maps"])
def test_no_room_leads_back(house: str) -> None:
    leads = rooms(house)
    assert len(leads) > 5
    try:
        list(TopologicalSorter(leads).static_order())
    except CycleError as error:
        pytest.fail(f"{house}: {' imports '.join(reversed(error.args[1]))}")


def test_the_pipeline_knows_nothing_of_the_maps() -> None:
    modules = sorted((PROJECT / "pipeline").rglob("*.py"))
    assert modules
    assert not [f"{path}: {name}" for path in modules for name in imported(path) if name.startswith("maps")]
