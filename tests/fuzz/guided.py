"""Fuzzing guided by coverage (atheris), for the two doors that open files of any origin: settings and roads.

Run as a program: ``python -m tests.fuzz.guided toml -runs=5000``; further words go to libFuzzer. What is not a
refusal in words ends the run with the input that did it.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipeline", "tomllib"], enable_loader_override=False):
    from pipeline.errors import KlyngekortError
    from pipeline.roads.osm import read_osm
    from pipeline.scenarios.file import load_scenario
    from pipeline.settings.file import load_settings
    from pipeline.settings.roads import RoadSettings
    from pipeline.sources import load_sources

FOLDER = Path(tempfile.mkdtemp(prefix="klyngekort-fuzz-"))


def toml(content: bytes) -> None:
    """Read as settings, as a scenario and as a list of sources."""
    path = FOLDER / "a.toml"
    path.write_bytes(content)
    for read in (load_settings, load_scenario, load_sources):
        try:
            read(path)
        except KlyngekortError:
            continue


def osm(content: bytes) -> None:
    """Read as an extract: as XML, or in the packed form where the first byte is odd."""
    path = FOLDER / ("a.osm.pbf" if content[:1] and content[0] % 2 else "a.osm")
    path.write_bytes(content[1:])
    try:
        read_osm(path, RoadSettings())
    except KlyngekortError:
        return


def main() -> None:
    """Fuzz the door named first."""
    name, *words = sys.argv[1:]
    atheris.Setup([sys.argv[0], *words], {"toml": toml, "osm": osm}[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
