"""One log file per run, a JSON object a line: what was asked, each step with time and memory, how it ended.

Logs lie beside the results (``out/.logs/``) and never in them, so that results stay the same byte for byte. A
log that cannot be written costs the log, not the run.
"""

import cProfile
import datetime as dt
import io
import json
import logging
import os
import platform
import pstats
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final

from maps.files.provenance import plain

FOLDER: Final = ".logs"
KEEP: Final = 20
"""So many logs are kept of each study; older ones are removed when a run begins."""

PROFILE_LINES: Final = 80
_MB: Final = 1024  # kB
_STATUS: Final = Path("/proc/self/status")
_FORGET: Final = Path("/proc/self/clear_refs")
_FORGET_PEAK: Final = "5"  # Linux: the peak is measured anew from here

logger = logging.getLogger(__name__)


def peak_memory_mb() -> float | None:
    """Give the most memory held since the last `forget_peak`; since the start where the system cannot forget.

    Returns
    -------
    float or None
        MB of this process; None where the system does not tell.
    """
    try:
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / _MB, 1)
    except (OSError, ValueError):
        pass
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (_MB if sys.platform != "darwin" else _MB**2), 1)


def forget_peak() -> None:
    """Let the peak be measured anew, where the system can."""
    with suppress(OSError):
        _FORGET.write_text(_FORGET_PEAK, encoding="ascii")


class RunLog:
    """The log of one run.

    Parameters
    ----------
    out
        Folder that the results of all studies go to; logs go to ``.logs`` in it.
    study
        Short name of the study.
    command
        What was asked, for example ``maps``.
    facts
        What else a reader of the log should know: settings file, language.
    profile
        Measure which functions took the time, too.
    """

    def __init__(
        self, out: Path, study: str, command: str, facts: Mapping[str, Any], *, profile: bool = False
    ) -> None:
        started = dt.datetime.now(tz=dt.UTC)
        name = f"{study}-{started:%Y%m%dT%H%M%SZ}-{os.getpid()}"
        self.path: Path = (out / FOLDER / f"{name}.jsonl").resolve()
        self.steps: list[dict[str, Any]] = []
        self._file: IO[str] | None = None
        self._begun = self._step_begun = time.perf_counter()
        self._running: str | None = None
        self._handler = _Handler(self)
        self._profile = cProfile.Profile() if profile else None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _remove_old(out, study)
            self._file = self.path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            logger.debug("no log is kept in %s: %s", self.path.parent, error)
        self.tell(
            "run",
            command=command,
            study=study,
            version=version("klyngekort"),
            python=platform.python_version(),
            system=platform.platform(),
            cores=os.cpu_count(),
            folder=str(Path.cwd()),
            **facts,
        )
        logging.getLogger().addHandler(self._handler)
        forget_peak()
        if self._profile is not None:
            self._profile.enable()

    @property
    def kept(self) -> bool:
        """Whether the log could be written so far."""
        return self._file is not None

    def tell(self, event: str, **facts: Any) -> None:  # noqa: ANN401
        """Write one line; it is on disk when this returns, so that a killed run leaves its last step."""
        if self._file is None:
            return
        now = dt.datetime.now(tz=dt.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **plain(facts)}, ensure_ascii=False)
        try:
            self._file.write(f"{line}\n")
            self._file.flush()
        except OSError:
            self._drop()

    def step(self, name: str) -> None:
        """End the running step and begin the next."""
        self.end_step()
        self._running, self._step_begun = name, time.perf_counter()
        forget_peak()
        self.tell("step", name=name)

    def end(self, exit_code: int | None) -> None:
        """End the run: the steps in one record, and the profile where one was asked for."""
        if self._profile is not None:
            self._profile.disable()
            self._write_profile(self._profile)
        self.end_step()
        logging.getLogger().removeHandler(self._handler)
        seconds = round(time.perf_counter() - self._begun, 3)
        peaks = [step["peak_mb"] for step in self.steps if step["peak_mb"] is not None]
        self.tell(
            "end",
            exit_code=exit_code,
            seconds=seconds,
            peak_mb=max(peaks, default=peak_memory_mb()),
            steps=self.steps,
        )
        self._drop()

    def end_step(self) -> None:
        """End the running step, if one runs."""
        if self._running is None:
            return
        seconds = round(time.perf_counter() - self._step_begun, 3)
        done = {"name": self._running, "seconds": seconds, "peak_mb": peak_memory_mb()}
        self.steps.append(done)
        self._running = None
        self.tell("step_done", **done)

    def _write_profile(self, profile: cProfile.Profile) -> None:
        text = io.StringIO()
        figures = pstats.Stats(profile, stream=text).sort_stats("cumulative")
        figures.print_stats(PROFILE_LINES)
        figures.sort_stats("tottime").print_stats(PROFILE_LINES)
        try:
            self.path.with_suffix(".profile.txt").write_text(text.getvalue(), encoding="utf-8")
            profile.dump_stats(self.path.with_suffix(".prof"))
        except OSError as error:
            self.tell("log", level="WARNING", name=__name__, text=f"no profile is kept: {error}")

    def _drop(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()


class _Handler(logging.Handler):
    """Copies what the code logs into the run's log."""

    def __init__(self, log: RunLog) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.tell(
            "log", level=record.levelname, name=record.name, text=record.getMessage(), process=record.process
        )


def logs_of(out: Path, study: str) -> list[Path]:
    """List the logs of a study that are kept in a folder of results, the oldest first."""
    name = re.compile(rf"{re.escape(study)}-\d{{8}}T\d{{6}}Z-\d+\.jsonl")
    return sorted(path for path in (out / FOLDER).glob("*.jsonl") if name.fullmatch(path.name))


def _remove_old(out: Path, study: str) -> None:
    logs = logs_of(out, study)
    for old in logs[: max(len(logs) - KEEP + 1, 0)]:
        for path in (old, old.with_suffix(".profile.txt"), old.with_suffix(".prof")):
            path.unlink(missing_ok=True)
