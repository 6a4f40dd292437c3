"""How the benchmark measures: each tool in a process of its own, on a machine that is named."""

import os
import platform
import subprocess  # only this project's own modules and command are run
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process printed, how long it took and the most memory it had."""

    output: str
    seconds: float
    peak_mb: float


def run_alone(arguments: Sequence[str]) -> Ran:
    """Run a Python module or command in a process of its own and watch it.

    Raises
    ------
    subprocess.CalledProcessError
        It failed; its words are in ``stderr``.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(arguments, stdout=out, stderr=err, text=True)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments, out.read(), err.read())
        return Ran(out.read(), seconds, usage.ru_maxrss / 1024)


def machine() -> str:
    """Name the machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        )
        if Path("/proc/cpuinfo").exists()
        else iter(()),
        platform.processor() or platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB memory, {platform.system()} {platform.machine()}"
    )


def versions(names: Sequence[str]) -> str:
    """List installed versions."""
    told = []
    for name in names:
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} –")
    return ", ".join(told)
