"""The record of what results were made from."""

import datetime as dt
import enum
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from maps.files.provenance import (
    InputFile,
    MadeBy,
    package_versions,
    plain,
    provenance,
    write_provenance,
)
from pipeline.digests import file_digest
from pipeline.messages import msg


@pytest.fixture
def towns(tmp_path: Path) -> InputFile:
    path = tmp_path / "data" / "byer.csv"
    path.parent.mkdir()
    path.write_text("navn\nÆrøskøbing\n", encoding="utf-8")
    return InputFile("towns", path, publisher="GeoNames", credit="GeoNames (CC BY 4.0)", version="2026")


def record(towns: InputFile, **more: object) -> dict[str, object]:
    given = {
        "inputs": [towns],
        "settings": {"b": 1, "a": towns.path},
        "counts": {"clusters": np.int64(22)},
        "warnings": [msg("{name} is odd", name="Ærø")],
        "credit_lines": ["Danmarks Statistik"],
        "root": towns.path.parents[1],
    }
    return provenance(**{**given, **more})


def test_digest_is_that_of_the_bytes(towns: InputFile) -> None:
    assert file_digest(towns.path) == hashlib.sha256(towns.path.read_bytes()).hexdigest()


def test_record_names_inputs_settings_counts_and_credits(towns: InputFile, tmp_path: Path) -> None:
    found = json.loads(write_provenance(tmp_path, record(towns)).read_text(encoding="utf-8"))
    assert found["inputs"] == [
        {
            "layer": "towns",
            "path": "data/byer.csv",
            "publisher": "GeoNames",
            "credit": "GeoNames (CC BY 4.0)",
            "version": "2026",
            "bytes": towns.path.stat().st_size,
            "sha256": file_digest(towns.path),
        }
    ]
    assert found["settings"] == {"a": "data/byer.csv", "b": 1}
    assert found["counts"] == {"clusters": 22}
    assert found["warnings"] == ["Ærø is odd"]
    assert found["credits"] == ["Danmarks Statistik", "GeoNames (CC BY 4.0)"]
    assert found["software"]["packages"]["geopandas"]
    assert "made_by" not in found


def test_same_run_gives_the_same_bytes_whatever_the_order(towns: InputFile, tmp_path: Path) -> None:
    other = InputFile("areas", towns.path)
    first = write_provenance(tmp_path, record(towns, inputs=[towns, other])).read_bytes()
    again = record(towns, inputs=[other, towns], settings={"a": towns.path, "b": 1})
    assert write_provenance(tmp_path, again).read_bytes() == first
    assert first.endswith(b"}\n")
    assert "Ærø".encode() in first


def test_a_changed_input_changes_the_record(towns: InputFile) -> None:
    before = record(towns)
    towns.path.write_text("navn\nMarstal\n", encoding="utf-8")
    assert record(towns) != before


def test_the_command_is_told_with_what_it_was_given(towns: InputFile) -> None:
    told = record(towns, made_by=MadeBy("sites", {"must": ["Ærø"], "k": 3}, ("towns",)))["made_by"]
    assert told == {"command": "sites", "options": {"k": 3, "must": ["Ærø"]}, "files": ["towns"]}


def test_folders_outside_the_root_and_keys_in_addresses_are_not_told(towns: InputFile) -> None:
    settings = {
        "file": Path("/home/somebody/private/areas.gpkg"),
        "background": "https://tiles.example/{z}?style=1&api_key=hemmelig&v=2",
        "wmts": "https://tiles.example/wmts?REQUEST=GetTile&username=ABCDEF&password=hemmelig",
    }
    assert record(towns, settings=settings)["settings"] == {
        "background": "https://tiles.example/{z}?style=1&api_key=***&v=2",
        "file": "areas.gpkg",
        "wmts": "https://tiles.example/wmts?REQUEST=GetTile&username=***&password=***",
    }


class Section(BaseModel):
    day: dt.date = dt.date(2018, 7, 1)
    file: Path = Path("a.csv")


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Section(), {"day": "2018-07-01", "file": "a.csv"}),
        ({"z": float("nan"), "a": pd.NA, "n": np.float64(1.5)}, {"a": None, "n": 1.5, "z": None}),
        ({3, 1, 2}, [1, 2, 3]),
        ((True, np.array([1, 2])), [True, [1, 2]]),
        (Colour.RED, "red"),
        (dt.datetime(2020, 1, 2, 3, 4, tzinfo=dt.UTC), "2020-01-02T03:04:00+00:00"),
        (float("inf"), None),
        (complex(1, 2), "(1+2j)"),
    ],
)
def test_values_become_plain(value: object, expected: object) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_versions_are_those_needed_to_run() -> None:
    found = package_versions()
    assert {"klyngekort", "libgdal", "matplotlib", "shapely"} <= set(found)
    assert "pytest" not in found
    assert list(found) == sorted(found)
