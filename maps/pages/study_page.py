"""What every map page of a study shares: notes, sources, the corner, background and Bornholm button."""

from dataclasses import dataclass

from maps.credits import border_credit, study_credits
from maps.naming import Names
from maps.pages.cluster_layers import bornholm_aside
from maps.quality import quality_section
from maps.web.frame import Frame
from maps.web.page import Background, MapPage, page_html
from maps.web.parts import Feature, Layer, Link, Ranking, Section, Table, Text, View
from maps.web.topology import Topology
from pipeline.messages import msg


@dataclass(frozen=True, slots=True)
class StudyPage:
    """What is a map page's own.

    Parameters
    ----------
    file
        The page's file name.
    title, subtitle
        Headings.
    notes
        What is not measured, told at the top.
    reading
        The section that tells how to read the map; data quality follows it.
    topology, features, layers, tables, views, view, view_title, steps, step, step_title, more,
    style, ranking
        See `maps.web.page.MapPage`.
    """

    file: str
    title: Text
    subtitle: Text
    notes: tuple[Text, ...]
    reading: Section
    topology: Topology
    features: tuple[Feature, ...]
    layers: tuple[Layer, ...]
    tables: tuple[Table, ...]
    views: tuple[View, ...] = ()
    view: str = ""
    view_title: Text = ""
    steps: tuple[View, ...] = ()
    step: str = ""
    step_title: Text = ""
    more: str = ""
    style: str = ""
    ranking: Ranking | None = None


def study_page_html(names: Names, page: StudyPage, links: tuple[Link, ...] = ()) -> str:
    """Write one map page of a study in its language.

    Parameters
    ----------
    names
        The study's result and its names.
    page
        What is the page's own.
    links
        The pages of the study, for the navigation.

    Returns
    -------
    str
        One self-contained HTML file.
    """
    result = names.result
    maps = result.settings.maps
    return page_html(
        MapPage(
            frame=Frame(
                lang=names.lang,
                study=result.settings.study.title,
                title=page.title,
                subtitle=page.subtitle,
                notes=page.notes,
                links=links,
                here=page.file,
                sections=(page.reading, quality_section(names)),
                credits=study_credits(result),
                footer=msg(
                    "Made with Klyngekort from the sources above. Check the marked figures before you decide."
                ),
            ),
            topology=page.topology,
            features=page.features,
            layers=page.layers,
            tables=page.tables,
            views=page.views,
            view=page.view,
            view_title=page.view_title,
            steps=page.steps,
            step=page.step,
            step_title=page.step_title,
            more=page.more,
            style=page.style,
            ranking=page.ranking,
            background=Background(maps.background_url, maps.background_credit or "")
            if maps.background_url
            else None,
            attribution=border_credit(result),
            aside=bornholm_aside(names),
        )
    )
