"""Files that stand beside a page, listed in groups: what each shows, and the formats it is there in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maps.web.frame import strings, templates
from maps.web.parts import Link, Text, plain
from pipeline.messages import Translator, msg

TEXTS = {"downloads": msg("Files for further work")}


@dataclass(frozen=True, slots=True)
class Download:
    """One thing to fetch: what it is called, and a link for each format."""

    title: Text
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Downloads:
    """Things of one kind."""

    title: Text
    files: tuple[Download, ...]


def files_of(
    folder: Path,
    title: Text,
    place: str,
    formats: Mapping[str, Text],
    named: Callable[[str], Text] = str,
) -> Downloads:
    """List the files of a folder, those that are the same in several formats as one.

    Parameters
    ----------
    folder
        Where the page stands.
    title
        What the files are.
    place
        Their folder below, or a pattern for several.
    formats
        How their names end → what the format is called. The longest ending counts, and the formats stand in
        this order.
    named
        Gives what a file is called from its path below `folder` without the ending; the path itself when left
        out.
    """
    longest = sorted(formats, key=len, reverse=True)
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob(f"{place}/*")):
        ending = next((each for each in longest if path.name.endswith(each)), None)
        if ending is not None and path.is_file():
            name = path.relative_to(folder).as_posix()
            found.setdefault(name.removesuffix(ending), {})[ending] = name
    return Downloads(
        title,
        tuple(
            Download(
                named(name),
                tuple(Link(text, there[ending]) for ending, text in formats.items() if ending in there),
            )
            for name, there in found.items()
        ),
    )


def downloads_part(groups: Sequence[Downloads], say: Translator) -> str:
    """Write the list as HTML; nothing where there is no file."""
    shown = plain(tuple(group for group in groups if group.files), say)
    return templates().get_template("downloads.html.jinja").render(t=strings(TEXTS, say), groups=shown)
