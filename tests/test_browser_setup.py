"""The browser set-up installs where it may, and says why where it may not; it never fails a test run."""

import subprocess
from pathlib import Path

import pytest

from tests import browser_setup


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with nothing on its search path, as root, with leave to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM_INSTALL", "1")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    return tmp_path


def _program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_browser_on_the_path_is_taken(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _program(machine, "chromium", "true")
    assert browser_setup.find_chromium() == str(machine / "chromium")
    assert browser_setup.main() == 0
    assert capsys.readouterr().out == ""


def test_a_named_browser_goes_first(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(machine, "chromium", "true")
    _program(machine, "other", "true")
    monkeypatch.setenv("CHROMIUM", "other")
    assert browser_setup.find_chromium() == str(machine / "other")


def test_without_leave_nothing_is_installed(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHROMIUM_INSTALL", "0")
    _program(machine, "apt-get", f"touch {machine}/called")
    assert browser_setup.main() == 0
    assert "CHROMIUM_INSTALL is not 1" in capsys.readouterr().out
    assert not (machine / "called").exists()


def test_without_a_package_manager_the_reason_is_told(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert browser_setup.main() == 0
    assert "no apt-get" in capsys.readouterr().out


def test_a_user_who_is_not_root_is_told_so(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(machine, "apt-get", "exit 0")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert browser_setup.main() == 0
    assert "not root" in capsys.readouterr().out


def test_a_failing_installation_is_told_and_does_not_stop(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(machine, "apt-get", "echo 'no network' >&2; exit 100")
    assert browser_setup.main() == 0
    assert "ended with 100: no network" in capsys.readouterr().out


def test_an_installation_that_takes_for_ever_is_given_up(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(machine, "apt-get", "exit 0")

    def too_long(command: list[str], **options: object) -> None:
        raise subprocess.TimeoutExpired(command, 600)

    monkeypatch.setattr(subprocess, "run", too_long)
    assert browser_setup.main() == 0
    assert "timed out" in capsys.readouterr().out


def test_an_installed_browser_is_used(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "case $1 in install) printf '#!/bin/sh\\n' > {0}/chromium; /bin/chmod 755 {0}/chromium;; esac"
    _program(machine, "apt-get", body.format(machine))
    assert browser_setup.main() == 0
    assert "skipped" not in capsys.readouterr().out
    assert browser_setup.find_chromium() == str(machine / "chromium")
