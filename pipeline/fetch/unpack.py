"""Take one file out of a zip archive that nobody vouches for.

An archive is refused as a whole when a name in it leads outside its folder, when it is locked with a
password, holds too many files, or grows too much. What a member claims of its size is not believed: bytes are
counted as they come, and a file is there whole or not at all.
"""

import fnmatch
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.errors import Fault, FetchError
from pipeline.messages import Message, msg
from pipeline.settings.fetch import FetchSettings

GB: Final = 1_000_000_000
BLOCK: Final = 1 << 20
SMALL: Final = 10_000_000
"""A file this small may grow by any factor, bytes: text that repeats itself packs well."""

BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_ENCRYPTED: Final = 0x1


def take_from_archive(
    archive: Path,
    pattern: str,
    target: Path,
    limits: FetchSettings,
    *,
    source: str,
    room: Callable[[int], None] = lambda _: None,
) -> str:
    """Unpack the one file that a pattern names.

    Parameters
    ----------
    archive
        The zip file.
    pattern
        Pattern of the member's path, such as ``*/table_*.csv``.
    target
        File to write; removed again where anything is wrong.
    limits
        Most bytes, growth and files.
    source
        The layer, as messages name it.
    room
        Is asked before each block whether the disk has room for that many bytes more; raises where not.

    Returns
    -------
    str
        The member's path in the archive.

    Raises
    ------
    FetchError
        The archive is damaged or unsafe, or none or several of its files fit the pattern.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            member = _chosen(opened, pattern, limits, source)
            most = int(min(limits.unpacked_gb * GB, max(SMALL, member.compress_size * limits.unpacked_ratio)))
            whole = _copy(opened, member, target, most, room)
    except BROKEN as error:
        target.unlink(missing_ok=True)
        raise _refused(source, msg("a damaged zip archive"), msg("a whole zip archive")) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if not whole:
        target.unlink()
        found = msg("a file that unpacks to more than {most:n} MB", most=most // 1_000_000)
        raise _refused(source, found, msg("no more than the settings under fetch allow"))
    return member.filename


def _refused(source: str, found: Message, expected: Message) -> FetchError:
    mend = msg("nothing was unpacked; see that the archive comes from its publisher, and fetch it again")
    return FetchError(Fault(source, msg("zip archive"), found, expected, mend))


def _chosen(opened: zipfile.ZipFile, pattern: str, limits: FetchSettings, source: str) -> zipfile.ZipInfo:
    """Find the one member that fits, after a look at all of them."""
    members = [info for info in opened.infolist() if not info.is_dir()]
    if len(members) > limits.unpacked_files:
        found, most = msg("{count:n} {count:|file|files}", count=len(members)), limits.unpacked_files
        raise _refused(source, found, msg("at most {most:n} files", most=most))
    for info in members:
        if not _inside(info):
            found = msg("a file that leads outside the folder: “{name}”", name=info.filename[:120])
            raise _refused(source, found, msg("plain names of files"))
    fit = [info for info in members if fnmatch.fnmatchcase(f"/{info.filename}", _anywhere(pattern))]
    if len(fit) != 1:
        listed = ", ".join(info.filename for info in (fit or members)[:8])
        found = msg("files in the archive: {names}", names=listed or "–")
        raise _refused(source, found, msg("one file like {pattern}", pattern=pattern))
    if fit[0].flag_bits & _ENCRYPTED:
        locked = msg("a file locked with a password")
        raise _refused(source, locked, msg("a file that opens without a password"))
    return fit[0]


def _anywhere(pattern: str) -> str:
    """Let a pattern without folder fit at any depth."""
    return pattern if pattern.startswith("*") else f"*/{pattern}"


def _inside(info: zipfile.ZipInfo) -> bool:
    name = info.filename
    path = PurePosixPath(name)
    link = stat.S_ISLNK(info.external_attr >> 16)
    odd = "\\" in name or ":" in name or "\x00" in info.orig_filename
    return bool(name) and not (path.is_absolute() or ".." in path.parts or odd or link)


def _copy(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most: int, room: Callable[[int], None]
) -> bool:
    """Copy a member block by block; False where it passes the most. The archive's checksum is checked."""
    written = 0
    with opened.open(info) as packed, target.open("wb") as file:
        while block := packed.read(BLOCK):
            written += len(block)
            if written > most:
                return False
            room(len(block))
            file.write(block)
    return True
