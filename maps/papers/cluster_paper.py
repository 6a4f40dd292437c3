"""What the two-page sheet of a cluster says: key figures, GP gaps, houses, satellite sites, sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd

from maps.credits import study_credits
from maps.naming import Names, groups_of, rows_of
from maps.paper.model import (
    Block,
    Bullets,
    Credits,
    Heading,
    KeyFigures,
    Notes,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
)
from maps.quality import data_notes
from maps.telling.access_words import access_notes
from maps.telling.cluster_words import MODELLED, SPLIT_RULES
from maps.telling.gp_words import SHORT
from maps.web.parts import Column, Field, Text
from maps.words import HOSPITAL_ROLES, HOUSE_ROLES, word
from pipeline.coverage.robustness import certainty_words
from pipeline.evidence import EVIDENCE
from pipeline.messages import msg, translator
from pipeline.site_words import SUITABLE, VERDICTS

MOST_GAPS: Final = 6
MOST_HOUSES: Final = 8
MOST_SITES: Final = 8
"""Rows of a sheet's tables; what is left out is counted below them."""

_MOST_FUNCTIONS: Final = 12
_ACUTE_MIN: Final = 30


@dataclass(frozen=True)
class ClusterPapers:
    """Writes the sheets of the shown scheme's clusters.

    Parameters
    ----------
    names
        The study's result and its names.
    tables
        Result tables by name (`maps.results.result_tables`).
    """

    names: Names
    tables: Mapping[str, pd.DataFrame]

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Clusters of the shown scheme with their key figures, by id."""
        frame = pd.DataFrame(self.names.result.clusters.drop(columns="geometry"))
        shown = frame[frame["scheme"] == self.names.result.shown_scheme]
        return shown.sort_values("cluster_id").set_index("cluster_id", drop=False)

    @cached_property
    def _members(self) -> dict[Any, pd.DataFrame]:
        members = self.names.result.cluster_members
        return groups_of(members[members["scheme"] == self.names.result.shown_scheme], "cluster_id")

    @cached_property
    def _pairs(self) -> dict[Any, pd.DataFrame]:
        pairs = self.names.result.facility_clusters
        return groups_of(pairs[pairs["scheme"] == self.names.result.shown_scheme], "cluster_id")

    def gaps(self, cluster_id: str) -> pd.DataFrame:
        """GP gaps (hard to reach a GP) with most of their people in the cluster, most people first."""
        if "gp_gaps" not in self.tables:
            return pd.DataFrame({"people": []})
        found = self.tables["gp_gaps"]
        codes = self._members[cluster_id]["municipality_code"]
        mine = found[(found["kind"] == "access") & found["municipality_code"].isin(codes)]
        return mine.sort_values(["people", "gap_id"], ascending=[False, True])

    def sites(self, cluster_id: str) -> pd.DataFrame:
        """Find the best site of each function within the cluster, those that help most people first."""
        if "site_evaluation" not in self.tables:
            return pd.DataFrame({"site_id": []})
        found = self.tables["site_evaluation"]
        codes = self._members[cluster_id]["municipality_code"]
        mine = found[found["municipality_code"].isin(codes) & found["verdict"].isin(SUITABLE)]
        best = mine.sort_values(["function_id", "rank"]).drop_duplicates("function_id")
        return best.sort_values(["people_newly_within", "function_id"], ascending=[False, True])

    def paper(self, cluster_id: str) -> Paper:
        """Write the sheet of a cluster; its picture is still empty.

        Raises
        ------
        KeyError
            The shown scheme has no such cluster.
        """
        result, scheme = self.names.result, self.names.result.shown_scheme
        row = next(rows_of(self.clusters.loc[[cluster_id]]))
        alt = msg(
            "Map of {name}: its municipalities, hospitals and health houses, and where people lack a GP. The "
            "same is told in the tables.",
            name=row.name,
        )
        blocks: list[Block] = [
            KeyFigures(tuple(self._figures(row))),
            Paragraph(msg("Municipalities: {names}.", names=self._towns(cluster_id))),
            Picture(alt, 1.0, 1.0),
            Notes((*data_notes(result), *access_notes(result))),
            PageBreak(),
            *self._gap_blocks(cluster_id),
            *self._house_blocks(cluster_id),
            *self._site_blocks(cluster_id),
            *self._method(row),
        ]
        return Paper(
            lang=self.names.lang,
            title=str(row.full_name),
            subtitle=msg(
                "{unit} · {region} · {scheme}, as on {day}",
                unit=self.names.units[scheme],
                region=row.region,
                scheme=self.names.schemes[scheme],
                day=self.names.days[scheme],
            ),
            study=result.settings.study.title,
            footer=msg("Data as on {day}", day=self.names.days[scheme]),
            blocks=tuple(blocks),
        )

    def _figures(self, row: Any) -> Iterator[Field]:  # noqa: ANN401
        yield Field(msg("people"), row.population, mark=self._split(row))
        yield Field(msg("{count:|municipality|municipalities}", count=row.municipalities), row.municipalities)
        rough = row.precision == "approximate"
        yield Field(msg("area"), row.area_km2, "km²", mark=msg("approximate") if rough else "", caution=rough)
        modelled = row.gps_precision == "modelled"
        yield Field(
            msg("general practitioners"), row.gps, mark=MODELLED if modelled else "", caution=modelled
        )
        yield Field(
            msg("{count:|acute hospital|acute hospitals}", count=row.acute_hospitals), row.acute_hospitals
        )
        yield Field(
            msg("{count:|open health house known|open health houses known}", count=row.health_houses),
            row.health_houses,
        )
        yield from self._access(row)
        yield from self._coverage(row)

    def _split(self, row: Any) -> Text:  # noqa: ANN401
        return SPLIT_RULES[self.names.result.settings.study.split_shared] if row.shared_municipalities else ""

    def _access(self, row: Any) -> Iterator[Field]:  # noqa: ANN401
        found = self.tables["acute_access"]
        mine = found[
            (found["scheme"] == row.scheme) & (found["level"] == "cluster") & (found["key"] == row.cluster_id)
        ]
        column = f"share_within_{_ACUTE_MIN}_minutes"
        for share in mine[column].dropna() if column in mine else ():
            label = msg("of the people reach an acute hospital in {minutes:n} min", minutes=_ACUTE_MIN)
            yield Field(label, 100 * share, "%", mark=msg("approximate"), caution=True)

    def _coverage(self, row: Any) -> Iterator[Field]:  # noqa: ANN401
        if "gp_coverage_by_cluster" not in self.tables:
            return
        found = self.tables["gp_coverage_by_cluster"]
        mine = found[(found["scheme"] == row.scheme) & (found["cluster_id"] == row.cluster_id)]
        for each in rows_of(mine):
            modelled = each.precision == "modelled"
            mark = MODELLED if modelled else ""
            yield Field(
                msg("of the people lack a GP within reach"),
                100 * each.share_any,
                "%",
                1,
                mark,
                caution=modelled,
            )

    def _towns(self, cluster_id: str) -> str:
        say = translator(self.names.lang)
        members = self._members[cluster_id].sort_values("municipality_name")
        return ", ".join(
            say(msg("{name} (shared)", name=row.municipality_name)) if row.shared else row.municipality_name
            for row in rows_of(members)
        )

    def _gap_blocks(self, cluster_id: str) -> Iterator[Block]:
        if "gp_gaps" not in self.tables:
            return
        say = translator(self.names.lang)
        gaps = self.gaps(cluster_id)
        yield Heading(msg("Where people lack a GP"))
        if gaps.empty:
            yield Paragraph(msg("No gaps on reaching a practice were found."))
            return
        columns = (
            Column(msg("Gap")),
            Column(msg("Municipality")),
            Column(msg("People"), "number"),
            Column(msg("Rules broken")),
            Column(msg("Nearest practice, min"), "number"),
            Column(msg("How sure")),
            Column(msg("Best place of a new practice")),
        )
        rows = tuple(
            (
                str(row.name),
                "" if pd.isna(row.municipality) else str(row.municipality),
                round(row.people),
                ", ".join(say(SHORT[rule]) for rule in str(row.rules).split("|") if rule in SHORT),
                msg("not reached") if pd.isna(row.nearest_min) else round(row.nearest_min),
                "" if pd.isna(row.certainty) else certainty_words(row.certainty, str(row.depends_on)),
                "" if pd.isna(row.close_place) else str(row.close_place),
            )
            for row in rows_of(gaps.drop(columns="geometry").head(MOST_GAPS))
        )
        rest = gaps.iloc[MOST_GAPS:]
        note = (
            msg(
                "{count:n} more {count:|gap|gaps} with {people:n} {people:|person|people} "
                "{count:|stands|stand} in the table gp_gaps.",
                count=len(rest),
                people=float(rest["people"].sum()),
            )
            if len(rest)
            else ""
        )
        yield Table("", columns, rows, note)

    def _house_blocks(self, cluster_id: str) -> Iterator[Block]:
        yield Heading(msg("Hospitals, health houses and their functions"))
        ids = set(self._pairs[cluster_id]["facility_id"]) if cluster_id in self._pairs else set()
        mine = [row for key, row in self.names.facilities.items() if key in ids]
        hospitals = [self._facility(row) for row in mine if row.kind == "hospital"]
        houses = [row for row in mine if row.kind != "hospital"]
        if hospitals:
            yield Paragraph(msg("Hospitals: {names}.", names="; ".join(hospitals)))
        if not houses:
            yield Paragraph(msg("No health house is known in the cluster."))
            return
        houses.sort(key=lambda row: (row.role != "open", str(row.name)))
        rows = tuple(
            (
                str(row.name),
                "" if pd.isna(row.town) else str(row.town),
                word(HOUSE_ROLES, self.names.roles[self.names.result.shown_scheme, row.facility_id]),
                self._functions(str(row.facility_id).removeprefix("house-")),
            )
            for row in houses[:MOST_HOUSES]
        )
        columns = (
            Column(msg("Health house")),
            Column(msg("Town")),
            Column(msg("Kind")),
            Column(msg("Functions")),
        )
        rest = len(houses) - len(rows)
        note = msg("More health houses in the register: {count:n}.", count=rest) if rest else ""
        yield Table("", columns, rows, note)

    def _facility(self, row: Any) -> str:  # noqa: ANN401
        role = self.names.roles[self.names.result.shown_scheme, row.facility_id]
        say = translator(self.names.lang)
        told = say(HOSPITAL_ROLES[role]) if role in HOSPITAL_ROLES else str(role)
        return f"{row.name} ({told[:1].lower()}{told[1:]})"

    def _functions(self, house_id: str) -> str | None:
        say = translator(self.names.lang)
        held = self.names.result.house_functions
        mine = held[(held["house_id"] == house_id) & (held["status"] != "past")]
        told = []
        for row in rows_of(mine):
            name = self.names.functions[row.function_id]
            told.append(say(msg("{name} (planned)", name=name)) if row.status == "planned" else name)
        if len(told) > _MOST_FUNCTIONS:
            rest = say(msg("and {count:n} more", count=len(told) - _MOST_FUNCTIONS))
            told = [*told[:_MOST_FUNCTIONS], rest]
        return ", ".join(told) or None

    def _site_blocks(self, cluster_id: str) -> Iterator[Block]:
        result = self.names.result
        if result.sites is None:
            return
        yield Heading(msg("Best sites of satellite functions"))
        sites = self.sites(cluster_id)
        if sites.empty:
            yield Paragraph(msg("No candidate in the cluster suits any function."))
            return
        functions = {each.id: each.name.text(self.names.lang) for each in result.sites.functions}
        columns = (
            Column(msg("Function")),
            Column(msg("Place")),
            Column(msg("Verdict")),
            Column(msg("Rank in the country"), "number"),
            Column(msg("People newly within the limit"), "number"),
            Column(msg("Minutes saved per visit"), "number", 1),
        )
        rows = tuple(
            (
                functions[row.function_id],
                str(row.name),
                word(VERDICTS, row.verdict),
                None if pd.isna(row.rank) else int(row.rank),
                round(row.people_newly_within),
                None if pd.isna(row.saved_per_visit_min) else float(row.saved_per_visit_min),
            )
            for row in rows_of(sites.head(MOST_SITES))
        )
        note = msg(
            "The best candidate of each function within the cluster, judged by rules and modelled visits; a "
            "hospital must confirm quality and staff."
        )
        rest = len(sites) - len(rows)
        more = msg(
            "{note} {count:n} more {count:|function has|functions have} a suitable one.",
            note=note,
            count=rest,
        )
        yield Table("", columns, rows, more if rest else note)

    def _method(self, row: Any) -> Iterator[Block]:  # noqa: ANN401
        result = self.names.result
        yield Heading(msg("Method and sources"))
        lines: list[Text] = [
            msg("People are counted once: {rule}.", rule=self._split(row)) if self._split(row) else "",
            msg("Travel times are free-flow car times by road, with the wait for ferries."),
        ]
        if result.coverage is not None:
            lines.append(
                msg(
                    "A gap is an area whose people break a rule on reaching a practice: too far, too little "
                    "choice, closed, or only by ferry."
                )
            )
        lines.append(msg("The weakest evidence for a membership: {evidence}.", evidence=self._evidence(row)))
        yield Bullets(tuple(lines))
        yield Credits(study_credits(result))

    def _evidence(self, row: Any) -> Text:  # noqa: ANN401
        return word(EVIDENCE, row.evidence) or "–"
