"""Who holds what: health houses × functions, and clusters × functions of the catalogue, as plain cells."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd

from maps.naming import Names, groups_of, rows_of
from maps.telling.house_words import NOT_STATED, STATUS_WORDS, danish_key, fact_text
from maps.words import SECTORS, text_or_none, word
from pipeline.clusters.houses import with_broader_functions
from pipeline.evidence import EVIDENCE
from pipeline.messages import Message, Translator, msg, translator

_SURE: Final = frozenset({"sourced", "source"})


@dataclass(frozen=True, slots=True)
class FunctionColumn:
    """A function as a column; `extra` ones stand outside the catalogue, `start` begins its group."""

    key: str
    title: str
    extra: bool
    start: bool


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """The columns of one sector, in the catalogue or outside it."""

    title: str
    span: int
    extra: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one function in one row.

    Parameters
    ----------
    state
        ``present``, ``planned``, ``past`` or empty for not stated.
    text
        The same in words, for those who do not see the mark.
    shown
        A number inside the mark, if any.
    hint
        What the source says in its own words, or by which case the function is held.
    weak
        Whether the statement is inferred or weakly supported.
    """

    state: str
    text: str
    shown: str = ""
    hint: str = ""
    weak: bool = False


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row; `key` is the id of a house or cluster, `count` the functions known to be present."""

    key: str
    name: str
    detail: str
    count: int
    cells: tuple[Cell, ...]
    planned: int = 0
    tag: str = ""
    status: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A readable matrix; `totals` tells for each column in how many rows the function is present."""

    key: str
    groups: tuple[ColumnGroup, ...]
    columns: tuple[FunctionColumn, ...]
    rows: tuple[MatrixRow, ...]
    totals: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Register:
    """The register of a study with what several of its tables need."""

    names: Names

    @cached_property
    def say(self) -> Translator:
        """Translator of the page's language."""
        return translator(self.names.lang)

    @cached_property
    def houses(self) -> pd.DataFrame:
        """Houses in Danish alphabetical order."""
        frame = self.names.result.houses
        return frame.sort_values(
            ["name", "house_id"], key=lambda texts: texts.map(danish_key), ignore_index=True
        )

    @cached_property
    def held(self) -> pd.DataFrame:
        """Functions of each house, counted as their broader function too."""
        result = self.names.result
        stated = result.house_functions.drop_duplicates(["house_id", "function_id"])
        counted = with_broader_functions(result.house_functions, result.functions)
        own = ["house_id", "function_id", "stated_as", "evidence"]
        return counted.merge(stated[own], on=own[:2], how="left")

    @cached_property
    def functions(self) -> pd.DataFrame:
        """Functions by sector, those of the catalogue first; others only where a house names them."""
        frame = self.names.result.functions
        named = frame["function_id"].isin(self.held["function_id"])
        order = {sector: place for place, sector in enumerate(SECTORS)}
        kept = frame[frame["in_catalogue"].astype(bool) | named]
        keys = pd.DataFrame(
            {"sector": kept["sector"].map(order), "extra": ~kept["in_catalogue"].astype(bool)}
        )
        return kept.loc[keys.sort_values(["sector", "extra"], kind="stable").index].reset_index(drop=True)

    @cached_property
    def clusters_of(self) -> dict[str, dict[str, list[str]]]:
        """Clusters of each house by scheme: house id → scheme → cluster ids."""
        pairs = self.names.result.facility_clusters
        found: dict[str, dict[str, list[str]]] = {}
        for row in rows_of(pairs.sort_values(["facility_id", "scheme", "cluster_id"])):
            kind, _, house = str(row.facility_id).partition("-")
            if kind == "house":
                found.setdefault(house, {}).setdefault(str(row.scheme), []).append(str(row.cluster_id))
        return found

    @cached_property
    def regions(self) -> dict[tuple[str, str], str]:
        """Region of each scheme and cluster."""
        frame = self.names.result.clusters
        keys = zip(frame["scheme"].astype(str), frame["cluster_id"].astype(str), strict=True)
        return dict(zip(keys, frame["region"].astype(str), strict=True))

    def regions_of(self, house_id: str) -> dict[str, list[str]]:
        """Regions of a house's clusters by scheme: health councils have other regions than clusters had."""
        return {
            scheme: sorted({self.regions[scheme, cluster_id] for cluster_id in ids}, key=danish_key)
            for scheme, ids in self.clusters_of.get(house_id, {}).items()
        }

    def municipality(self, house: Any) -> str | None:  # noqa: ANN401 - a row of a frame
        """Name the municipality that a house was placed in, else the one that its row states."""
        facility = self.names.facilities.get(f"house-{house.house_id}")
        code = house.municipality_code if facility is None else facility.municipality_code
        return self.names.municipalities.get(str(code))

    def place(self, house: Any) -> str:  # noqa: ANN401 - a row of a frame
        """Name a house's town, and its municipality where that is another."""
        parts = [text_or_none(house.town), self.municipality(house)]
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def status_tag(self, house: Any) -> str:  # noqa: ANN401 - a row of a frame
        """Tell the status of a house that is not open, with the year of the plan, grant or replacement."""
        told = None if house.status == "open" else fact_text("status", house._asdict(), self.say)
        return told or ""


def matrix_columns(register: Register) -> tuple[tuple[ColumnGroup, ...], tuple[FunctionColumn, ...]]:
    """Give the functions as columns, grouped by sector and catalogue."""
    columns: list[FunctionColumn] = []
    groups: list[ColumnGroup] = []
    extra = ~register.functions["in_catalogue"].astype(bool)
    for (sector, outside), rows in register.functions.groupby(
        [register.functions["sector"], extra], sort=False
    ):
        told: Message = SECTORS[str(sector)]
        title = msg("{sector}, beyond the catalogue", sector=told) if outside else told
        groups.append(ColumnGroup(register.say(title), len(rows), bool(outside)))
        columns += [
            FunctionColumn(key, register.names.functions[key], bool(outside), start=place == 0)
            for place, key in enumerate(rows["function_id"])
        ]
    return tuple(groups), tuple(columns)


def house_matrix(register: Register) -> Matrix:
    """Spread the register out as houses × functions; an empty cell is *not stated*, never *no*."""
    groups, columns = matrix_columns(register)
    held = {(row.house_id, row.function_id): row for row in rows_of(register.held)}
    stated = register.names.result.house_functions.drop_duplicates(["house_id", "function_id"])
    counts = stated.groupby(["house_id", "status"]).size()
    rows = tuple(
        MatrixRow(
            key=str(house.house_id),
            name=str(house.name),
            detail=register.place(house),
            count=int(counts.get((house.house_id, "present"), 0)),
            cells=tuple(_cell(held.get((house.house_id, column.key)), register) for column in columns),
            planned=int(counts.get((house.house_id, "planned"), 0)),
            tag=register.status_tag(house),
            status=str(house.status),
            owner=str(house.owner),
        )
        for house in rows_of(register.houses)
    )
    return Matrix("houses", groups, columns, rows, _totals(rows, len(columns)))


def _totals(rows: tuple[MatrixRow, ...], width: int) -> tuple[int, ...]:
    return tuple(sum(row.cells[place].state == "present" for row in rows) for place in range(width))


def _cell(row: Any, register: Register) -> Cell:  # noqa: ANN401 - a row of a frame, or None
    say = register.say
    if row is None:
        return Cell("", say(NOT_STATED))
    text = say(STATUS_WORDS[row.status])
    if row.narrower:
        cases = ", ".join(register.names.functions[case] for case in row.narrower.split("|"))
        text = hint = say(msg("{status}: {cases}", status=text, cases=cases))
        return Cell(row.status, text, hint=hint)
    evidence = word(EVIDENCE, row.evidence)
    weak = evidence is not None and row.evidence not in _SURE
    if weak:
        text = say(msg("{status} ({evidence})", status=text, evidence=evidence))
    own_word = text_or_none(row.stated_as)
    hint = (
        text if own_word is None else say(msg("{status}; in the source: {word}", status=text, word=own_word))
    )
    return Cell(str(row.status), text, hint=hint, weak=weak)


def cluster_matrices(register: Register) -> dict[str, Matrix]:
    """Spread out, for each scheme, clusters × functions of the catalogue: how many houses hold each."""
    groups, columns = matrix_columns(register)
    groups = tuple(group for group in groups if not group.extra)
    columns = tuple(column for column in columns if not column.extra)
    result = register.names.result
    known = groups_of(result.cluster_functions, "scheme", "cluster_id")
    houses = _houses_in_clusters(register)
    found: dict[str, Matrix] = {}
    for scheme in register.names.schemes:
        clusters = result.clusters[result.clusters["scheme"] == scheme].drop(columns="geometry")
        clusters = clusters.sort_values(["region", "name"], key=lambda texts: texts.map(danish_key))
        rows = tuple(
            _cluster_row(cluster, known.get((scheme, cluster.cluster_id)), houses, columns, register)
            for cluster in rows_of(clusters)
        )
        found[scheme] = Matrix(f"clusters-{scheme}", groups, columns, rows, _totals(rows, len(columns)))
    return found


def _houses_in_clusters(register: Register) -> dict[tuple[str, str], int]:
    """Count the houses of each scheme and cluster, whatever their status."""
    counts: dict[tuple[str, str], int] = {}
    for schemes in register.clusters_of.values():
        for scheme, ids in schemes.items():
            for cluster_id in ids:
                counts[scheme, cluster_id] = counts.get((scheme, cluster_id), 0) + 1
    return counts


def _cluster_row(
    cluster: Any,  # noqa: ANN401 - a row of a frame
    known: pd.DataFrame | None,
    houses: dict[tuple[str, str], int],
    columns: tuple[FunctionColumn, ...],
    register: Register,
) -> MatrixRow:
    say = register.say
    held = {} if known is None else {row.function_id: row for row in rows_of(known)}
    cells = tuple(_cluster_cell(held.get(column.key), say) for column in columns)
    count = houses.get((str(cluster.scheme), str(cluster.cluster_id)), 0)
    return MatrixRow(
        key=str(cluster.cluster_id),
        name=str(cluster.name),
        detail=say(msg("{region} · houses: {count:n}", region=str(cluster.region), count=count)),
        count=sum(cell.state == "present" for cell in cells),
        cells=cells,
        planned=sum(cell.state == "planned" for cell in cells),
    )


def _cluster_cell(row: Any, say: Translator) -> Cell:  # noqa: ANN401 - a row of a frame, or None
    if row is None or row.status == "not_stated":
        return Cell("", say(NOT_STATED))
    if row.status == "planned":
        text = say(msg("planned in: {count:n}", count=row.planned))
        return Cell("planned", text, shown=say.number(row.planned), hint=text)
    text = say(msg("houses that hold it: {count:n}", count=row.houses))
    if row.planned:
        text = say(
            msg(
                "houses that hold it: {count:n}; planned in: {planned:n}",
                count=row.houses,
                planned=row.planned,
            )
        )
    return Cell("present", text, shown=say.number(row.houses), hint=text)
