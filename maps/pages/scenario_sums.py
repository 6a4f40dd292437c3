"""What scenarios change for people, as cards and tables: the country and each municipality."""

from typing import Any, Final

from maps.naming import municipality_key
from maps.telling.scenario_telling import ScenarioTelling, difference_step, everybody, towns
from maps.telling.site_telling import missing_as_none
from maps.web.parts import Card, Column, Feature, Field, Row, Table, Text
from pipeline.messages import msg


def _change_fields(key: str, sums: dict[str, Any], title: Text) -> tuple[Field, ...]:
    minutes = msg("min")
    return (
        Field(msg("Mean journey today"), missing_as_none(sums["before"]), minutes, 1, view=key),
        Field(
            msg("Mean journey: {scenario}", scenario=title),
            missing_as_none(sums["after"]),
            minutes,
            1,
            view=key,
        ),
        Field(msg("At least 1 min nearer"), round(sums["nearer"]), msg("people"), view=key),
        Field(msg("At least 1 min farther"), round(sums["farther"]), msg("people"), view=key),
    )


def municipality_features(told: ScenarioTelling) -> list[Feature]:
    """Tell what changes for the people of each municipality."""
    fields: dict[str, list[Field]] = {code: [] for code in told.names.municipalities}
    for key in told.measures:
        for pair in told.land.pairs:
            if pair[0]:
                continue
            for code, sums in told.land.sums(key, pair, towns(told)):
                if code in fields:
                    fields[code] += _change_fields(key, sums, told.title(pair))
    return [
        Feature(
            key=municipality_key(code),
            name=name,
            kind=msg("Municipality"),
            card=Card(tuple(fields[code])),
            at=told.names.municipality_points[code],
            shape=code,
        )
        for code, name in sorted(told.names.municipalities.items())
    ]


def _measure_key(key: str, pair: tuple[int, int]) -> str:
    return f"measure:{key}/{pair[0]}-{pair[1]}"


def measure_features(told: ScenarioTelling) -> list[Feature]:
    """Let the rows of the country lead to their difference on the map."""
    return [
        Feature(_measure_key(key, pair), name, told.title(pair), Card(), view=key, step=difference_step(pair))
        for key, name in told.measures.items()
        for pair in told.land.pairs
    ]


_FIGURES: Final = (
    Column(msg("Mean journey before, min"), "number", 1),
    Column(msg("after, min"), "number", 1),
    Column(msg("Change, min"), "number", 1),
    Column(msg("Within the limit before, %"), "number", 1),
    Column(msg("after, %"), "number", 1),
    Column(msg("At least 1 min nearer, people"), "number", bar=True),
    Column(msg("At least 1 min farther, people"), "number", bar=True),
)


def _figures(sums: dict[str, Any]) -> tuple[float | int | None, ...]:
    before, after = sums["before"], sums["after"]
    return (
        missing_as_none(before),
        missing_as_none(after),
        missing_as_none(after - before),
        missing_as_none(100 * sums["within_before"]),
        missing_as_none(100 * sums["within_after"]),
        round(sums["nearer"]),
        round(sums["farther"]),
    )


def _scenario(told: ScenarioTelling, pair: tuple[int, int]) -> tuple[Text, ...]:
    """Name the scenario of a row, where there are several."""
    return (told.title(pair),) if len(told.land.pairs) > 1 else ()


def _columns(told: ScenarioTelling, first: Text) -> tuple[Column, ...]:
    scenario = (Column(msg("Scenario")),) if len(told.land.pairs) > 1 else ()
    return (Column(first), *scenario, *_FIGURES)


def _most(told: ScenarioTelling) -> int:
    """Column of the people who get nearer, by which rows are first sorted."""
    return len(_columns(told, "")) - 2


def measure_table(told: ScenarioTelling) -> Table:
    """List what changes in the whole country."""
    rows = []
    for key, name in told.measures.items():
        for pair in told.land.pairs:
            ((_, sums),) = told.land.sums(key, pair, everybody(told))
            rows.append(Row(_measure_key(key, pair), (name, *_scenario(told, pair), *_figures(sums))))
    return Table(
        "measures",
        msg("The whole country"),
        _columns(told, msg("Travel time to")),
        tuple(rows),
        note=msg("Click a row to see its difference on the map. Every other figure is in the tables folder."),
        order=_most(told),
    )


def municipality_table(told: ScenarioTelling) -> Table:
    """List the municipalities where somebody's journey changes."""
    names = told.names.municipalities
    rows = [
        Row(municipality_key(code), (names[code], *_scenario(told, pair), *_figures(sums)), key)
        for key in told.measures
        for pair in told.land.pairs
        for code, sums in told.land.sums(key, pair, towns(told))
        if code in names and (sums["nearer"] or sums["farther"])
    ]
    return Table(
        "municipalities",
        msg("Municipalities that change"),
        _columns(told, msg("Municipality")),
        tuple(rows),
        note=msg("Only municipalities where somebody's journey changes by at least 1 min."),
        order=_most(told),
    )
