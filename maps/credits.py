"""Whom to credit for what a study was made from."""

import re
from collections.abc import Iterable
from typing import Final

from maps.web.parts import Credit, Text
from pipeline.messages import msg
from pipeline.settings import BUNDLED
from pipeline.study_result import ClusterStudy, StudyResult

YEAR: Final = re.compile(r"\b(?:19|20)\d\d(?:-\d\d){0,2}\b")
"""A year, month or day in a credit."""


def study_credits(result: StudyResult) -> tuple[Credit, ...]:
    """List the sources of the files that a study used, each once, then the credits of the reader's own files.

    Returns
    -------
    tuple of Credit
        In the order of the sources list.
    """
    lang = result.settings.study.language
    used = {file.name for file in result.files if file.bundled}
    credits_ = [
        Credit(
            msg(
                "{title}: {credit}",
                title=source.title(lang),
                credit=_without(source.credited(lang), source.title(lang)),
            ),
            source.terms(lang),
            source.address,
        )
        for source in result.sources.values()
        if source.layer in used
    ]
    settings = result.settings
    own = [(settings.boundaries.credit or "", settings.boundaries.date or "")]
    own += [(part.credit or "", "") for part in (settings.roads, settings.demand, settings.practices)]
    return (*credits_, *(Credit(line, detail) for line, detail in each_once(own)))


def each_once(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Name each of the reader's own sources once.

    Parameters
    ----------
    lines
        Credit, which may name several sources with semicolons between them, and what is told of it besides,
        such as its date.

    Returns
    -------
    list of tuple
        Every source by itself, in their order. Two ways to write one credit (with © or (c), with the licence
        or without, contributors or *bidragsydere*) are one, and the one that says its year stands for one
        that does not; different years are different sources.
    """
    kept: dict[tuple[str, str], tuple[str, str]] = {}
    for line, detail in lines:
        for part in filter(None, map(str.strip, line.split(";"))):
            year = " ".join(YEAR.findall(f"{part} {detail}"))
            meaning = _meaning(part)
            same = [known for known in kept if known[0] == meaning and (not year or known[1] in ("", year))]
            if not same:
                kept[meaning, year] = part, detail
            elif year and not same[0][1]:
                kept = {
                    (meaning, year) if key == same[0] else key: (part, detail) if key == same[0] else told
                    for key, told in kept.items()
                }
    return list(kept.values())


def _meaning(credit: str) -> str:
    plain = YEAR.sub("", credit.casefold().replace("(c)", "").replace("odbl", ""))
    words = re.findall(r"\w+", plain.replace("bidragsydere", "contributors"))
    return " ".join(word for word in words if not word.isdigit())


def border_credit(result: ClusterStudy) -> Text:
    """Credit the municipal borders in one short line, for the map's corner."""
    own = result.settings.boundaries
    if own.credit:
        return own.credit
    layers = {source.layer: source for source in result.sources.values()}
    if own.file != BUNDLED or "municipality_areas" not in layers:
        return ""
    return layers["municipality_areas"].credited(result.settings.study.language)


def _without(credit: str, title: str) -> str:
    """Drop a credit line's own heading where the title says the same, and the word that it is a source."""
    head, colon, rest = credit.partition(": ")
    return rest if colon and (head in {"Kilde", "Source"} or head in title or title in head) else credit
