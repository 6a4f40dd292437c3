"""Results on this machine only: what is shown, to whom, and what is refused."""

import http.client
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from maps.operate.local_server import Watch, serving
from maps.web.selfcontained import content_policy

PAGE = (
    '<!DOCTYPE html><head><meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;">'
    "</head><p>Ærø</p>"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    (out / "sheets").mkdir(parents=True)
    (out / "index.html").write_text(PAGE, encoding="utf-8")
    (out / "sheets" / "index.html").write_text(PAGE, encoding="utf-8")
    (out / "figure.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    (out / ".klyngekort").write_text("hidden", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (out / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return out


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    with serving(folder, 0) as address:
        yield int(address.split(":")[2].split("/")[0])


def ask(
    port: int, path: str, *, method: str = "GET", host: str | None = None
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    told = (
        answer.status,
        answer.read().decode("utf-8"),
        {name.title(): value for name, value in answer.getheaders()},
    )
    connection.close()
    return told


@pytest.mark.parametrize("path", ["/", "/index.html", "/index.html?x=1", "/sheets/"])
def test_pages_are_shown(port: int, path: str) -> None:
    status, text, headers = ask(port, path)
    assert status == 200
    assert "Ærø" in text
    assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//../secret.txt",
        "/leak.txt",
        "/.klyngekort",
        "/nothing.html",
        "/index.html%00.txt",
    ],
)
def test_what_lies_outside_or_is_hidden_is_not_shown(port: int, path: str) -> None:
    status, text, _ = ask(port, path)
    assert status == 404
    assert "secret" not in text.replace("secret.txt", "")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil"]
)
def test_another_name_for_this_machine_is_refused(port: int, host: str) -> None:
    status, text, _ = ask(port, "/", host=host)
    assert status == 421
    assert "Ærø" not in text


def test_localhost_is_this_machine(port: int) -> None:
    assert ask(port, "/", host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(port: int, method: str) -> None:
    assert ask(port, "/index.html", method=method)[0] == 501


@pytest.mark.parametrize("path", ["/index.html", "/figure.svg", "/nothing"])
def test_every_answer_forbids_the_rest(port: int, path: str) -> None:
    _, _, headers = ask(port, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Python" not in headers.get("Server", "")


def test_a_page_keeps_its_own_policy(folder: Path) -> None:
    policy = content_policy(["go()"], ["p {}"])
    page = folder / "own.html"
    page.write_text(f'<meta http-equiv="Content-Security-Policy" content="{policy}">', encoding="utf-8")
    with serving(folder, 0) as address:
        _, _, headers = ask(int(address.split(":")[2].split("/")[0]), "/own.html")
    assert headers["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"


def test_only_this_machine_can_ask(folder: Path) -> None:
    with serving(folder, 0) as address:
        assert address.startswith("http://127.0.0.1:")


def test_a_change_is_seen_once(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text("a = 1", encoding="utf-8")
    watch = Watch(lambda: [file])
    assert watch.changed() == []
    file.write_text("a = 22", encoding="utf-8")
    assert watch.changed() == [file]
    assert watch.changed() == []
    file.unlink()
    assert watch.changed() == []
    file.write_text("a = 333", encoding="utf-8")
    os.utime(file, (1, 1))
    assert watch.changed() == [file]
