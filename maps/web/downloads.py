"""Files that stand beside a page, listed in groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maps.web.frame import strings, templates
from maps.web.parts import Link, Text, plain
from pipeline.messages import Translator, msg

TEXTS = {"downloads": msg("Files for further work")}


@dataclass(frozen=True, slots=True)
class Downloads:
    """Files of one kind."""

    title: Text
    links: tuple[Link, ...]


def files_of(folder: Path, title: Text, *patterns: str, but: str = "") -> Downloads:
    """List the files of a folder that match patterns, by name; none that end with `but`."""
    found = [
        path.relative_to(folder).as_posix() for pattern in patterns for path in sorted(folder.glob(pattern))
    ]
    kept = [name for name in found if not but or not name.endswith(but)]
    return Downloads(title, tuple(Link(name.rpartition("/")[2], name) for name in kept))


def downloads_part(groups: Sequence[Downloads], say: Translator) -> str:
    """Write the list as HTML; nothing where there is no file."""
    shown = plain(tuple(group for group in groups if group.links), say)
    return templates().get_template("downloads.html.jinja").render(t=strings(TEXTS, say), groups=shown)
