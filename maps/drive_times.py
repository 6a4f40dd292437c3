"""Modelled against known drive times: as a table, in one sentence and as a figure."""

import math
from pathlib import Path

from matplotlib.figure import Figure

from maps import theme
from maps.figures.figure_files import save_figure
from pipeline.access.calibration import Calibration
from pipeline.messages import Message, Translator, msg

INCHES = (6.3, 6.3)  # 160 mm, the text width of an A4 page


def drive_time_titles(say: Translator) -> tuple[str, ...]:
    """Head the columns of `drive_time_rows`."""
    return tuple(
        say(title)
        for title in (msg("From"), msg("To"), msg("Known, min"), msg("Here, min"), msg("Difference, %"))
    )


def drive_time_rows(found: Calibration, say: Translator) -> list[tuple[str, ...]]:
    """Write each pair of towns with both times; a dash where there is no modelled one."""
    table = found.table
    return [
        (
            str(start),
            str(end),
            say.number(known),
            "–" if math.isnan(here) else say.number(here, 1),
            "–" if math.isnan(here) else say.number(100 * share, 1),
        )
        for start, end, known, here, share in zip(
            table["from_town"],
            table["to_town"],
            table["minutes"].astype(float),
            table["model_min"].astype(float),
            table["error_share"].astype(float),
            strict=True,
        )
    ]


def drive_time_summary(found: Calibration) -> Message:
    """Sum the comparison up in one sentence."""
    return msg(
        "{count:n} of {all:n} pairs compared: bias {bias:n1} %, median error {median:n1} %, "
        "90th percentile {p90:n1} %, worst {worst:n1} %",
        count=found.compared,
        all=len(found.table),
        bias=100 * found.bias_share,
        median=100 * found.median_share,
        p90=100 * found.p90_share,
        worst=100 * found.worst_share,
    )


def draw_drive_times(found: Calibration, path: Path, say: Translator) -> Path:
    """Draw the comparison with the band of ±10 % that the known times have themselves.

    Parameters
    ----------
    found
        Result of `pipeline.access.calibration.compare_times`.
    path
        File to write; its ending (``.png``, ``.svg``, ``.pdf``) says the format.
    say
        Language of the labels.

    Returns
    -------
    Path
        The file.
    """
    rows = found.table.dropna(subset="model_min")
    figure = Figure(figsize=INCHES, layout="constrained")
    axes = figure.add_subplot()
    longest = 1.08 * max(rows["minutes"].max(), rows["model_min"].max(), 1.0)
    line = [0.0, float(longest)]
    axes.fill_between(line, [0.9 * x for x in line], [1.1 * x for x in line], color=theme.SEA, zorder=1)
    axes.plot(line, line, color=theme.MUTED, linewidth=1, zorder=2)
    axes.scatter(
        rows["minutes"], rows["model_min"], s=26, color=theme.ACCENT, edgecolor=theme.PAPER, zorder=3
    )
    for row in rows[rows["error_share"].abs() > 0.1].itertuples(index=False):
        axes.annotate(
            f"{row.from_town} – {row.to_town}",
            (row.minutes, row.model_min),
            textcoords="offset points",
            xytext=(6, -3),
            fontsize=theme.TYPE_PT["label"],
            color=theme.INK,
            parse_math=False,
        )
    axes.set_xlabel(say(msg("Known, min")))
    axes.set_ylabel(say(msg("Here, min")))
    axes.set_xlim(0, longest)
    axes.set_ylim(0, longest)
    axes.set_aspect("equal")
    axes.set_title(
        say(msg("Drive times between towns: median error {median:n1} %", median=100 * found.median_share)),
        loc="left",
        fontsize=theme.TYPE_PT["title"],
    )
    ending = path.suffix.lstrip(".").lower() or "png"
    return save_figure(figure, path.parent, path.stem, (ending,))[0]
