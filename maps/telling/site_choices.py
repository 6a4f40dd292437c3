"""The best choices of new places as a page shows them: a switch, gained land, stars, and what each brings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maps import theme
from maps.naming import rows_of
from maps.telling.site_ranking import new_places
from maps.telling.site_telling import SiteTelling, joined_names, missing_as_none, site_key
from maps.telling.site_words import GAINS, SHORT_MODELS, proof
from maps.web.parts import Area, Card, Column, Feature, Label, Layer, Legend, Place, Row, Table, View
from pipeline.location import Counted
from pipeline.messages import Message, msg
from pipeline.sites.overview import NEARER, NEWLY_WITHIN, gain_column

TODAY: Final = "today"
"""The step that shows today alone."""

GAIN_NAMES: Final = {NEWLY_WITHIN: "within", NEARER: "nearer"}
STARS: Final = "best"


def step_key(model: str, count: int) -> str:
    """Key of the step that shows a best choice."""
    return f"{model}-{count}"


def choice_key(function_id: str, model: str, count: int) -> str:
    """Key of the feature of a best choice."""
    return f"choice:{function_id}/{model}/{count}"


def gain_shape(function_id: str, model: str, count: int, name: str) -> str:
    """Name of the shape of land that gains by a choice."""
    return f"{gain_column(function_id, model, count)}/{name}"


@dataclass(frozen=True, slots=True)
class Step:
    """One number of new places of one model for one function, with what it brings."""

    function_id: str
    model: Counted
    count: int
    row: Any
    sites: tuple[str, ...]
    proof: Message

    @property
    def solved(self) -> bool:
        """Whether there is an answer."""
        return self.row.status not in {"infeasible", "unsettled"}


def steps_of(told: SiteTelling, function_id: str) -> Iterator[Step]:
    """Walk a function's choices, today (0 new places) first, model by model."""
    ids = told.study.inputs.sites["site_id"].to_numpy()
    for (owner, model), curve in told.study.curves.items():
        if owner != function_id:
            continue
        for count, row in enumerate(rows_of(curve.table)):
            sites = tuple(str(ids[at]) for at in told.overview.chosen.get((owner, model, count), ()))
            yield Step(owner, model, count, row, sites, proof(curve.answers[count], model))


def models_of(told: SiteTelling) -> tuple[Counted, ...]:
    """Give the models that were asked, in their order."""
    return tuple(dict.fromkeys(model for _, model in told.study.curves))


def page_steps(told: SiteTelling) -> tuple[View, ...]:
    """Make the second switch: today, and each number of new places under what it looks for."""
    most = {
        model: max(len(curve.answers) - 1 for (_, each), curve in told.study.curves.items() if each == model)
        for model in models_of(told)
    }
    return (
        View(TODAY, msg("Today"), msg("Today's places and travel times, without new places.")),
        *(
            View(
                step_key(model, count),
                told.say.number(count),
                msg("Not worked out: there are fewer candidates."),
                SHORT_MODELS[model],
            )
            for model in models_of(told)
            for count in range(1, most[model] + 1)
        ),
    )


def step_notes(told: SiteTelling, function_id: str) -> dict[str, Message]:
    """Tell what each step shows for a function."""
    return {
        step_key(step.model, step.count): _note(told, step)
        for step in steps_of(told, function_id)
        if step.count
    }


def _note(told: SiteTelling, step: Step) -> Message:
    if not step.solved:
        return msg("{places}: {proof}.", places=new_places(step.count), proof=step.proof)
    before = next(rows_of(told.study.curves[step.function_id, step.model].table))
    if not step.sites:
        return msg("No new place is better than today under the rules: {proof}.", proof=step.proof)
    names = joined_names(told.sites.loc[list(step.sites), "label"].tolist())
    return msg(
        "If it opened in {names}, {people:n} more {people:|person|people} would be within "
        "{limit:n} min, and the mean journey would go from {before:n1} to {after:n1} min "
        "({proof}).",
        names=names,
        people=max(0.0, step.row.people_within - before.people_within),
        limit=told.overview.limit_of(told.functions[step.function_id]),
        before=before.mean_min,
        after=step.row.mean_min,
        proof=step.proof,
    )


def gain_shapes(told: SiteTelling) -> dict[str, NDArray[np.bool_]]:
    """Name the shapes of gained land: which zones each is made of."""
    zones = told.overview.zones
    return {
        gain_shape(*choice, name): rows
        for choice in told.overview.chosen
        for kind, name in GAIN_NAMES.items()
        if (rows := (zones[gain_column(*choice)] == kind).to_numpy()).any()
    }


def gain_layer(told: SiteTelling, shapes: set[str]) -> Layer:
    """Draw the land that gains by the chosen number of new places."""
    enough = told.study.functions.guideline.shorter_min.value
    areas, legend = [], []
    for function_id, function in told.functions.items():
        for choice in told.overview.chosen:
            for kind, name in GAIN_NAMES.items():
                shape = gain_shape(*choice, name)
                if choice[0] != function_id or shape not in shapes:
                    continue
                areas.append(
                    Area(
                        shape,
                        (theme.GAIN if kind == NEWLY_WITHIN else theme.GAIN_LIGHT,),
                        "" if kind == NEWLY_WITHIN else "nearer",
                        legend=(f"{function_id}/{name}",),
                        view=function_id,
                        step=step_key(choice[1], choice[2]),
                        raised=True,
                    )
                )
        for kind, name in GAIN_NAMES.items():
            within = kind == NEWLY_WITHIN
            legend.append(
                Legend(
                    f"{function_id}/{name}",
                    Message(
                        GAINS[name].text, {"minutes": told.overview.limit_of(function) if within else enough}
                    ),
                    "fills" if within else "hatch",
                    (theme.GAIN if within else theme.GAIN_LIGHT,),
                    "" if within else "nearer",
                )
            )
    return Layer(
        "gains",
        msg("Land that gains by the new places"),
        areas=tuple(areas),
        legend=tuple(legend),
        note=msg("Shown when a number of new places is chosen"),
    )


def star_layer(told: SiteTelling) -> Layer:
    """Mark the new places of each choice with a star and their names."""
    places, labels = [], []
    for function_id in told.functions:
        for step in steps_of(told, function_id):
            for site_id in step.sites:
                at = told.points[site_id]
                shown = (function_id, step_key(step.model, step.count))
                places.append(Place(site_key(function_id, site_id), *at, "site", ("site",), *shown))
                labels.append(Label(told.labels[site_id], *at, 1.0, view=shown[0], step=shown[1]))
    return Layer(
        STARS,
        msg("Best new places"),
        places=tuple(places),
        labels=tuple(labels),
        legend=(Legend("site", msg("New place in the best choice"), "marker", name="site"),),
    )


def choice_features(told: SiteTelling) -> list[Feature]:
    """Make a feature of each choice, which leads the map there."""
    return [
        Feature(
            key=choice_key(function_id, step.model, step.count),
            name=_title(step),
            kind=told.function_names[function_id],
            card=Card(),
            view=function_id,
            step=step_key(step.model, step.count) if step.count else TODAY,
        )
        for function_id in told.functions
        for step in steps_of(told, function_id)
    ]


def _title(step: Step) -> Message:
    if not step.count:
        return msg("{aim}: today", aim=SHORT_MODELS[step.model])
    return msg("{aim}: {places}", aim=SHORT_MODELS[step.model], places=new_places(step.count))


def choice_table(told: SiteTelling) -> Table:
    """List the best choices of each function with what they bring."""
    rows = [
        Row(
            choice_key(function_id, step.model, step.count),
            (
                told.say(_title(step)),
                step.count,
                ", ".join(told.sites.loc[list(step.sites), "label"]),
                missing_as_none(step.row.people_within),
                missing_as_none(step.row.mean_min),
                missing_as_none(step.row.p90_min),
                told.say(step.proof),
            ),
            function_id,
        )
        for function_id in told.functions
        for step in steps_of(told, function_id)
    ]
    return Table(
        "choices",
        msg("Best choices"),
        (
            Column(msg("Looks for")),
            Column(msg("New places"), "number"),
            Column(msg("Which")),
            Column(msg("Within the limit, people"), "number"),
            Column(msg("Mean journey, min"), "number", 1),
            Column(msg("Nine in ten travel at most, min"), "number", 1),
            Column(msg("How sure")),
        ),
        tuple(rows),
        note=msg(
            "Only candidates of an allowed kind are chosen, and each must draw its minimum volume. Click a "
            "row "
            "to see it on the map."
        ),
        order=0,
    )
