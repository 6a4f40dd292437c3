"""Results appear whole or not at all, whatever happens on the way."""

import errno
import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from maps.files import publish
from maps.files.publish import MANIFEST, publishing
from maps.files.tables import Origin
from maps.files.workbook import write_workbook
from pipeline.errors import OutputError


def fill(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def published(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def beside(out: Path) -> set[str]:
    """What stands next to the results, the lock apart."""
    return {path.name for path in out.parent.iterdir()} - {out.name, f".{out.name}.lock"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with earlier results."""
    folder = tmp_path / "out" / "study"
    with publishing(folder) as fresh:
        fill(fresh, index="earlier", gone="only in the earlier run")
    return folder


def test_results_replace_earlier_ones_whole(out: Path) -> None:
    with publishing(out) as fresh:
        (fresh / "tables").mkdir()
        (fresh / "tables" / "a.csv").write_text("new", encoding="utf-8")
        assert published(out) == {"index": "earlier", "gone": "only in the earlier run"}
    assert published(out) == {"tables/a.csv": "new"}
    assert beside(out) == set()


def test_same_results_give_the_same_manifest(out: Path) -> None:
    with publishing(out) as fresh:
        fill(fresh, b="1", a="2")
    first = (out / MANIFEST).read_bytes()
    with publishing(out) as fresh:
        fill(fresh, a="2", b="1")
    assert (out / MANIFEST).read_bytes() == first == b"a\nb\n"


@pytest.mark.parametrize("stop", [ValueError("broken"), KeyboardInterrupt(), SystemExit(1)])
def test_a_stopped_run_leaves_earlier_results(out: Path, stop: BaseException) -> None:
    def run() -> None:
        with publishing(out) as fresh:
            fill(fresh, index="half")
            raise stop

    with pytest.raises(type(stop)):
        run()
    assert published(out) == {"index": "earlier", "gone": "only in the earlier run"}
    assert beside(out) == set()


def test_a_failed_move_brings_earlier_results_back(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(errno.EIO, "input/output error")
        return real(self, target)

    monkeypatch.setattr(publish, "exchange", lambda *_: False)  # a system that cannot do it in one step
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="input/output error"), publishing(out) as fresh:
        fill(fresh, index="new")
    assert published(out)["index"] == "earlier"


KILLED = """
    import os, sys, time
    from pathlib import Path
    from maps.files import publish
    from maps.files.publish import publishing
    out, when = Path(sys.argv[1]), sys.argv[2]
    if when == "between":
        publish.exchange = lambda *_: False  # a system that cannot do it in one step
        real = Path.rename
        def rename(self, target):
            if self.name.endswith(".new"):
                print("here", flush=True)
                time.sleep(60)
            return real(self, target)
        Path.rename = rename
    with publishing(out) as fresh:
        (fresh / "index").write_text("half")
        if when == "mid":
            print("here", flush=True)
            time.sleep(60)
"""


@pytest.mark.parametrize("when", ["mid", "between"])
def test_a_killed_run_is_cleared_away_by_the_next(out: Path, when: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(out), when]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(publish.__file__).parents[2]) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"here\n"
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert beside(out) != set()
    if when == "mid":
        assert published(out)["index"] == "earlier"

    def fail() -> None:
        with publishing(out):
            message = "broken"
            raise ValueError(message)

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert published(out) == {"index": "earlier", "gone": "only in the earlier run"}
    assert beside(out) == set()


def test_two_runs_in_one_folder_are_refused(out: Path) -> None:
    with publishing(out) as fresh:
        fill(fresh, index="first")
        with pytest.raises(OutputError, match="another run"), publishing(out):
            pytest.fail("the second run got in")
        assert (fresh / "index").read_text(encoding="utf-8") == "first"
    assert published(out) == {"index": "first"}


def test_a_folder_of_somebody_elses_files_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, letter="dear me")
    with pytest.raises(OutputError, match="did not write"), publishing(tmp_path):
        pytest.fail("documents would be replaced")
    assert published(tmp_path)["letter"] == "dear me"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, out="a file")
    with pytest.raises(OutputError, match="a file"), publishing(tmp_path / "out"):
        pytest.fail("a file was taken for a folder")
    with pytest.raises(OutputError), publishing(tmp_path / "out" / "study"):
        pytest.fail("a file was taken for a folder")


def test_the_root_of_a_file_system_is_refused() -> None:
    with pytest.raises(OutputError, match="root"), publishing("/"):
        pytest.fail("the root was taken")


def test_own_notes_beside_the_results_are_kept_and_stale_databases_are_not(out: Path) -> None:
    (out / "notes").mkdir()
    fill(out / "notes", mine="keep me")
    (out / "klyngekort.gpkg-wal").write_bytes(b"stale")
    for _ in range(2):
        with publishing(out) as fresh:
            fill(fresh, index="new")
        assert published(out) == {"index": "new", "notes/mine": "keep me"}


@pytest.mark.parametrize("update", [False, True])
def test_own_links_and_empty_folders_are_kept_as_they_are(out: Path, tmp_path: Path, *, update: bool) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    fill(elsewhere, plan="mine")
    links = {"all": elsewhere, "one": elsewhere / "plan", "lost": tmp_path / "nothing", "sub/deep": elsewhere}
    (out / "sub").mkdir()
    (out / "empty" / "inner").mkdir(parents=True)
    for name, goal in links.items():
        (out / name).symlink_to(goal)
    for text in ("second", "third"):
        with publishing(out, update=update) as fresh:
            fill(fresh, index=text)
        assert {name: (out / name).readlink() for name in links} == links
        assert (out / "empty" / "inner").is_dir()
        assert (out / MANIFEST).read_text().splitlines() == (["gone", "index"] if update else ["index"])
    assert (elsewhere / "plan").read_text() == "mine"
    assert beside(out) == set()


def test_an_update_starts_from_the_present_results(out: Path) -> None:
    fill(out, mine="keep me")
    with publishing(out, update=True) as fresh:
        fill(fresh, index="updated")
    assert published(out) == {"index": "updated", "gone": "only in the earlier run", "mine": "keep me"}
    with publishing(out) as fresh:
        fill(fresh, index="new")
    assert published(out) == {"index": "new", "mine": "keep me"}


def test_an_empty_or_absent_folder_is_taken(tmp_path: Path) -> None:
    for name in ("absent/deep/study", "empty"):
        out = tmp_path / name
        if name == "empty":
            out.mkdir()
        with publishing(out, update=True) as fresh:
            fill(fresh, index="new")
        assert published(out) == {"index": "new"}


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "cannot be written"), (errno.EACCES, "cannot be written")],
)
def test_a_writing_failure_is_told_and_leaves_earlier_results(out: Path, number: int, told: str) -> None:
    with pytest.raises(OutputError, match=told) as caught, publishing(out) as fresh:
        raise OSError(number, os.strerror(number), str(fresh / "big.gpkg"))
    assert "fandt" in caught.value.text("da")
    assert published(out)["index"] == "earlier"


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "xlsx"])
@pytest.mark.parametrize("most", [50_000, 100_000])
def test_a_limit_of_file_size_that_a_library_meets_is_told_in_words(
    out: Path, ending: str, most: int
) -> None:
    points = gpd.GeoDataFrame(
        {"text": ["Ærøskøbing"] * 5_000},
        geometry=gpd.points_from_xy(range(5_000), range(5_000)),
        crs="EPSG:25832",
    )

    def write(folder: Path) -> None:
        if ending == "xlsx":
            write_workbook(folder / "a.xlsx", {"a": points.get_coordinates()}, Origin("a", "2020", ()))
        else:
            pyogrio.write_dataframe(points, folder / f"a.{ending}")

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        told = "a file larger than this process may write"
        with pytest.raises(OutputError, match=told) as caught, publishing(out) as fresh:
            write(fresh)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "ulimit -f" in caught.value.text("da")
    assert published(out) == {"index": "earlier", "gone": "only in the earlier run"}
    assert beside(out) == set()
    with pytest.raises((pyogrio.errors.DataSourceError, FileNotFoundError)), publishing(out) as fresh:
        write(fresh / "nowhere")


def test_a_missing_input_is_not_taken_for_a_writing_failure(out: Path) -> None:
    with pytest.raises(PermissionError) as caught, publishing(out):
        raise PermissionError(errno.EACCES, "permission denied", "/data/input.csv")
    assert not isinstance(caught.value, OutputError)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkdir(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(OutputError, match="cannot be written"), publishing(tmp_path / "out" / "study"):
        pytest.fail("a read-only folder was taken")


@pytest.mark.skipif(os.geteuid() == 0, reason="the super-user may write everywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"), publishing(tmp_path / "study"):
        pytest.fail("a read-only folder was taken")


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of one megabyte, or a skip where none may be mounted."""
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("may not mount a small file system")
    yield mount
    subprocess.run(["mount", "-o", "remount,rw", str(mount)], check=True)
    subprocess.run(["umount", str(mount)], check=True)


def test_a_really_full_disk_leaves_earlier_results(small_disk: Path) -> None:
    out = small_disk / "study"
    with publishing(out) as fresh:
        fill(fresh, index="earlier")
    with pytest.raises(OutputError, match="disk is full"), publishing(out) as fresh:
        (fresh / "big").write_bytes(bytes(4_000_000))

    def strange_words() -> None:  # as GDAL or SQLite would put it
        with publishing(out) as fresh:
            try:
                (fresh / "big").write_bytes(bytes(4_000_000))
            except OSError:
                message = "database or disk is full"
                raise RuntimeError(message) from None

    with pytest.raises(OutputError, match="disk is full"):
        strange_words()
    assert published(out) == {"index": "earlier"}
    assert beside(out) == set()


def test_a_really_read_only_disk_leaves_earlier_results(small_disk: Path) -> None:
    out = small_disk / "study"
    with publishing(out) as fresh:
        fill(fresh, index="earlier")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OutputError, match="cannot be written"), publishing(out):
        pytest.fail("a read-only disk was taken")
    assert published(out) == {"index": "earlier"}
