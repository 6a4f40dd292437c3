"""Settings: every fault at once, and a reference that does not drift."""

import datetime as dt
from pathlib import Path

import pytest

from pipeline.address_keys import keys_in, without_keys
from pipeline.digests import file_digest
from pipeline.errors import InputError, MissingInputError, SettingsError
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings, parse_settings
from pipeline.settings.reference import reference_text, setting_rows

GOOD = {"study": {"name": "x", "title": "X", "as_of": dt.date(2018, 12, 31)}}


@pytest.mark.parametrize("name", ["denmark.toml", "own-data.toml"])
def test_the_shipped_settings_are_in_order(name: str) -> None:
    settings = load_settings(PROJECT / "config" / name)
    assert settings.study.language == "da"


def test_every_key_of_the_example_is_a_real_key() -> None:
    known = {key for key, *_ in setting_rows()}
    section, seen = "", []
    for line in (PROJECT / "config" / "own-data.toml").read_text(encoding="utf-8").splitlines():
        text = line.lstrip("# ")
        if text.startswith("[") and text.endswith("]") and "=" not in text:
            section = text.strip("[]")
        elif "=" in text and text.split("=")[0].strip().isidentifier():
            seen.append(f"{section}.{text.split('=')[0].strip()}")
    assert len(seen) > 15
    assert [key for key in seen if key not in known] == []


def test_all_faults_are_told_at_once_with_key_value_and_mend(tmp_path: Path) -> None:
    raw = {
        "study": {"name": "Not a slug", "titel": 3, "as_of": "soon"},
        "boundaries": {"file": "missing.gpkg"},
        "maps": {"workers": "many", "figure_formats": ["tif"], "background_url": "http://plain.example"},
        "tabels": {},
    }
    with pytest.raises(SettingsError) as caught:
        parse_settings(raw, source="my.toml", folder=tmp_path)
    where = {str(fault.where) for fault in caught.value.faults}
    assert where == {
        "study.name",
        "study.title",
        "study.titel",
        "study.as_of",
        "boundaries.file",
        "maps.workers",
        "maps.figure_formats.0",
        "maps.background_url",
        "tabels",
    }
    text = caught.value.text("en")
    assert "did you mean title?" in text
    assert "did you mean tables?" in text
    assert str(tmp_path / "missing.gpkg") in text
    danish = caught.value.text("da")
    assert "mente du title?" in danish
    assert "et helt tal" in danish


HIDDEN = "hemmelig7"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("https://tiles.example/{z}/{x}/{y}.png?token=hemmelig7", ["token"]),
        ("https://tiles.example/{z}/{x}/{y}.png?style=a&apiKey=hemmelig7", ["apiKey"]),
        ("https://tiles.example/wmts?username=hemmelig7&password=hemmelig7", ["username", "password"]),
        ("https://tiles.example/{z}?X-Amz-Signature=hemmelig7", ["X-Amz-Signature"]),
        ("https://tiles.example/{z}?access_token={key}hemmelig7", ["access_token"]),
        ("https://tiles.example/{z}?pass%77ord=hemmelig7", ["password"]),
        ("https://user:hemmelig7@tiles.example/{z}/{x}/{y}.png", ["@"]),
    ],
)
def test_a_key_in_an_address_is_found_masked_and_refused_when_settings_are_read(address, names, tmp_path):
    assert keys_in(address) == names
    raw = {"study": {"name": "x", "title": "X", "as_of": dt.date(2018, 12, 31)}}
    with pytest.raises(SettingsError) as caught:
        parse_settings({**raw, "maps": {"background_url": address}}, source="my.toml", folder=tmp_path)
    (fault,) = caught.value.faults
    assert fault.where == "maps.background_url"
    assert f"a key in the address ({', '.join(names)})" in caught.value.text("en")
    assert "write {key} in its place" in caught.value.text("en")
    assert HIDDEN not in caught.value.text("en") + caught.value.text("da")
    assert HIDDEN not in without_keys(address)
    with pytest.raises(SettingsError) as caught:
        parse_settings({**raw, "fetch": {"addresses": {"sor": address}}}, source="my.toml", folder=tmp_path)
    assert HIDDEN not in caught.value.text("en")


@pytest.mark.parametrize(
    "address",
    [
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}.png?token={key}&v=2",
        "https://tiles.example/{z}/{x}/{y}.png?design=7&keywords=a&passage=1#key",
    ],
)
def test_an_address_without_a_key_is_let_through_as_it_is(address, tmp_path):
    raw = {
        "study": {"name": "x", "title": "X", "as_of": dt.date(2018, 12, 31)},
        "maps": {"background_url": address},
    }
    assert parse_settings(raw, source="my.toml", folder=tmp_path).maps.background_url == address
    assert without_keys(address) == address


def test_paths_start_from_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "areas.gpkg").write_bytes(b"x")
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\nname = "x"\ntitle = "X"\nas_of = 2018-12-31\n[boundaries]\nfile = "data/areas.gpkg"\n',
        encoding="utf-8",
    )
    assert load_settings(path).boundaries.file == tmp_path / "data" / "areas.gpkg"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[study\n", "not valid TOML"),
        ("[study]\ntitle = 'Ærø'".encode("cp1252"), "not UTF-8"),
        (b"", "study"),
    ],
)
def test_a_broken_file_is_told_apart(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=expected) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_names_the_example(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"own-data\.toml"):
        load_settings(tmp_path / "nowhere.toml")


def test_settings_do_not_change_after_reading(tmp_path: Path) -> None:
    settings = parse_settings(GOOD, source="x", folder=tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.study.name = "other"


def test_the_reference_stands_as_the_code_says() -> None:
    written = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == reference_text(), "run: python -m pipeline.settings.reference"
    assert "Undefined" not in written


def test_every_setting_is_described() -> None:
    assert [key for key, _, _, description in setting_rows() if not description] == []


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('[study]\nname = "a"\ntitle = "A"\nas_of = 2022-01-01\n[sites]\ncandidates = "."\n')
    with pytest.raises(SettingsError, match="is a folder") as told:
        load_settings(path)
    (fault,) = told.value.faults
    assert fault.where == "sites.candidates"
    assert "PosixPath" not in str(told.value)


def test_a_path_is_told_as_it_is_written(tmp_path: Path) -> None:
    raw = {**GOOD, "boundaries": {"file": Path("nowhere.gpkg")}}
    with pytest.raises(InputError, match=r"the value 'nowhere\.gpkg'"):
        parse_settings(raw, source="x", folder=tmp_path)


def test_the_digest_of_a_folder_is_that_of_the_files_in_it(tmp_path: Path) -> None:
    for name in ("one.gdb", "two.gdb", "three.gdb"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_bytes(b"a" if name != "three.gdb" else b"b")
    one, two, three = (file_digest(tmp_path / f"{name}.gdb") for name in ("one", "two", "three"))
    assert one == two != three
