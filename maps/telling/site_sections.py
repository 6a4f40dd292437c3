"""What a page tells of each satellite function below the map: its demands, and what new places bring."""

from typing import Any

from maps.telling.site_choices import Step, models_of, steps_of
from maps.telling.site_cover import cover_answers
from maps.telling.site_ranking import new_places
from maps.telling.site_telling import SiteTelling
from maps.telling.site_words import EVIDENCE, SHORT_MODELS
from maps.web.curve_chart import Chart, chart_svg
from maps.web.frame import strings, templates
from pipeline.location import MORE_IS_BETTER, Counted
from pipeline.messages import Message, msg
from pipeline.sites.functions import Figure, SatelliteFunction

TEXTS = {
    "title": msg("The chosen function: what new places bring, and what is assumed"),
    "today": msg("Today"),
    "curve": msg("What each further place brings"),
    "cover": msg("How few new places suffice for everybody"),
    "new_places": msg("New places"),
    "which": msg("Which"),
    "within": msg("Within the limit, people"),
    "more": msg("More than with one place fewer"),
    "mean": msg("Mean journey, min"),
    "sure": msg("How sure"),
    "none": msg("none"),
    "demands": msg("What the function is reckoned with"),
    "figure": msg("Figure"),
    "value": msg("Value"),
    "range": msg("Tried from–to"),
    "basis": msg("Rests on"),
    "source": msg("Source or note"),
    "demands_note": msg("Change a figure in config/functions.toml and run again. An assumption is no fact."),
}

FIGURE_NAMES = {
    "visits_per_1000": msg("Visits a year per 1,000 people of the target group"),
    "visits_per_patient": msg("Visits a year of one patient"),
    "min_volume": msg("Visits a year that a place needs"),
    "limit_min": msg("Longest acceptable journey, minutes"),
}


def function_sections(told: SiteTelling) -> str:
    """Write a section for each function as HTML; the page shows that of the chosen one."""
    functions = [_function(told, function_id) for function_id in told.functions]
    return (
        templates()
        .get_template("satellites.html.jinja")
        .render(t=strings(TEXTS, told.say), functions=functions)
    )


def _function(told: SiteTelling, function_id: str) -> dict[str, Any]:
    function = told.functions[function_id]
    return {
        "key": function_id,
        "name": told.function_names[function_id],
        "today": [told.say(line) for line in today_lines(told, function_id)],
        "curves": [_curve(told, function_id, model) for model in models_of(told)],
        "cover": cover_answers(told, function_id),
        "demands": [_demand(told, key, figure) for key, figure in function.figures.items()],
        "words": [told.say(line) for line in demand_lines(told, function)],
    }


def today_lines(told: SiteTelling, function_id: str) -> list[Message]:
    """Sum up how a function is reached today, and what is only assumed of it."""
    row = told.today[function_id]
    lines = []
    if row["people_reached"] > 0:
        lines.append(
            msg(
                "{within:n} % of the target group of {people:n} {people:|person|people} are within "
                "{limit:n} min of a place. The mean journey is {mean:n1} min; nine in ten travel at most "
                "{p90:n1} min.",
                within=100 * row["share_within"],
                people=row["target_people"],
                limit=row["limit_min"],
                mean=row["mean_min"],
                p90=row["p90_min"],
            )
        )
    lines.append(
        msg(
            "{all:n} {all:|place counts|places count} as having it; {assumed:n} of them {assumed:|is|are} "
            "only assumed to. Where a real place is missing, a candidate beside it looks better than it is.",
            all=row["places"],
            assumed=row["places_assumed"],
        )
    )
    if row["places_below_volume"]:
        lines.append(
            msg(
                "{count:n} {count:|place draws|places draw} fewer visits than the function needs, if all go "
                "to the nearest.",
                count=row["places_below_volume"],
            )
        )
    return lines


def demand_lines(told: SiteTelling, function: SatelliteFunction) -> list[Message]:
    """Tell what a function needs that is no number."""
    lang = told.lang
    return [
        msg("Target group: {group}", group=function.target.name.text(lang)),
        msg(
            "Equipment: {what} ({basis})",
            what=function.equipment.what.text(lang),
            basis=EVIDENCE[function.equipment.evidence],
        ),
        msg(
            "Staff: {needs} ({basis})",
            needs=function.staff.needs.text(lang),
            basis=EVIDENCE[function.staff.evidence],
        ),
        msg("Condition for quality: {quality}", quality=function.quality.text(lang)),
        msg("Where it is today: {basis}", basis=EVIDENCE[function.today.evidence]),
    ]


def _demand(told: SiteTelling, key: str, figure: Figure) -> dict[str, str]:
    say = told.say
    low, high = figure.range

    def number(value: float) -> str:
        return say.number(value, 0 if value == int(value) else 1)

    return {
        "name": say(FIGURE_NAMES[key]),
        "value": number(figure.value),
        "range": f"{number(low)}–{number(high)}" if low != high else "",
        "basis": say(EVIDENCE[figure.evidence]),
        "assumed": "yes" if figure.assumed else "",
        "source": "; ".join(words.text(say.lang) for words in (figure.note, figure.source) if words),
    }


def curve_values(steps: list[Step], model: Counted) -> list[float | None]:
    """Give what a curve shows: people within the limit, or minutes of the mean journey."""
    return [
        float(step.row.people_within if model in MORE_IS_BETTER else step.row.mean_min)
        if step.solved
        else None
        for step in steps
    ]


def curve_words(steps: list[Step], model: Counted) -> Message:
    """Say in one sentence what a curve shows."""
    solved = [step for step in steps if step.solved]
    if not solved:
        return msg("No choice of places could be worked out.")
    first, last = steps[0], solved[-1]
    if model in MORE_IS_BETTER:
        return msg(
            "From {before:n} {before:|person|people} within the limit today to {after:n} with {places}.",
            before=first.row.people_within,
            after=last.row.people_within,
            places=_places(last.count),
        )
    return msg(
        "From {before:n1} min on average today to {after:n1} min with {places}.",
        before=first.row.mean_min,
        after=last.row.mean_min,
        places=_places(last.count),
    )


def _places(count: int) -> Message:
    return new_places(count) if count else msg("no new place")


def _curve(told: SiteTelling, function_id: str, model: Counted) -> dict[str, Any]:
    say = told.say
    steps = [step for step in steps_of(told, function_id) if step.model == model]
    more = model in MORE_IS_BETTER
    chart = Chart(
        f"curve-{function_id}-{model}",
        say(msg("{function}: {aim}", function=told.function_names[function_id], aim=SHORT_MODELS[model])),
        say(curve_words(steps, model)),
        say(msg("New places")),
        say(msg("People within the limit") if more else msg("Mean journey, min")),
        curve_values(steps, model),
        0 if more else 1,
    )
    rows = []
    for number, step in enumerate(steps):
        before = steps[number - 1].row.people_within if number else None
        gained = step.row.people_within - before if before is not None and step.solved else None
        rows.append(
            {
                "count": say.number(step.count),
                "which": ", ".join(told.sites.loc[list(step.sites), "label"]) or say(TEXTS["none"]),
                "within": say.number(step.row.people_within) if step.solved else "–",
                "more": say.number(gained) if gained is not None else "–",
                "mean": say.number(step.row.mean_min, 1) if step.solved else "–",
                "sure": say(step.proof) if step.count else "",
            }
        )
    return {"title": say(SHORT_MODELS[model]), "svg": chart_svg(chart, say), "rows": rows}
