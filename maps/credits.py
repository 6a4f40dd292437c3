"""Whom to credit for what a study was made from."""

from maps.web.parts import Credit, Text
from pipeline.messages import msg
from pipeline.settings import BUNDLED
from pipeline.study_result import ClusterStudy, StudyResult


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
                credit=_without(source.credit, source.title(lang)),
            ),
            msg("{licence} ({version})", licence=source.licence, version=source.version),
            source.address,
        )
        for source in result.sources.values()
        if _file_name(source.id) in used
    ]
    own = result.settings.boundaries
    if own.credit:
        credits_.append(Credit(own.credit, own.date or ""))
    others = (result.settings.roads.credit, result.settings.demand.credit, result.settings.practices.credit)
    credits_ += [Credit(line) for line in dict.fromkeys(others) if line]
    return tuple(credits_)


def border_credit(result: ClusterStudy) -> Text:
    """Credit the municipal borders in one short line, for the map's corner."""
    own = result.settings.boundaries
    if own.credit:
        return own.credit
    layers = {_file_name(source.id): source for source in result.sources.values()}
    return (
        layers["municipality_areas"].credit if own.file == BUNDLED and "municipality_areas" in layers else ""
    )


def _without(credit: str, title: str) -> str:
    """Drop a credit line's own heading where the title says the same."""
    head, colon, rest = credit.partition(": ")
    return rest if colon and (head in title or title in head) else credit


def _file_name(source_id: str) -> str:
    return source_id.replace("-", "_")
