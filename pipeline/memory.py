"""How much memory a job may take and holds, and giving back what it took."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_CONTAINER_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_OWN: Final = Path("/proc/self/statm")
_UNKNOWN: Final = 4_000_000_000
"""Bytes assumed where the system does not tell."""


def usable_memory() -> int:
    """Half of the machine's memory (or of the container's limit), bytes: the rest is left to others."""
    limits = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in _CONTAINER_LIMITS:
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    known = [limit for limit in limits if limit > 0]
    return min(known, default=_UNKNOWN) // 2


def give_back_memory() -> None:
    """Hand memory that lies idle between what is in use back to the system, where the C library can.

    Large jobs leave such gaps; without this they count as this process's memory until it ends.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others have not
        if trim is not None:
            trim(0)


def own_memory() -> int | None:
    """Memory that this process alone holds, bytes: what it shares with others is not counted.

    Returns
    -------
    int or None
        None where the system does not tell.
    """
    try:
        _, held, shared, *_ = _OWN.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return (int(held) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
