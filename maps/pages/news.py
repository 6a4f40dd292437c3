"""What is new against the last run that gave something else, for the start page.

Each run leaves its key figures, the digests of its inputs and its settings in ``figures.json``, with those of
the last run that differed. So the same inputs over the same earlier results give the same bytes, however
often they are run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maps.files.provenance import flat
from maps.files.provenance import plain as plain_settings
from maps.naming import rows_of
from maps.web.parts import Field, Text, plain
from pipeline.messages import Message, Translator, msg, translator
from pipeline.settings import PROJECT
from pipeline.study_result import StudyResult

FILE: Final = "figures.json"

MOST: Final = 12
"""Clusters and settings named; the rest are counted."""

State = Mapping[str, Any]

_CLUSTER_FIGURES: Final[Mapping[str, Message]] = {
    "municipalities": msg("municipalities"),
    "population": msg("people"),
    "acute_hospitals": msg("acute hospitals"),
    "health_houses": msg("open health houses"),
    "gps": msg("general practitioners"),
}


def state_of(result: StudyResult, fields: Sequence[Field]) -> State:
    """Gather what the next run is compared with.

    Parameters
    ----------
    result
        What the study found.
    fields
        Key figures of the start page.
    """
    say = translator("en")
    clusters = result.clusters[result.clusters["scheme"] == result.shown_scheme]
    settings = plain_settings(result.settings, root=PROJECT)
    settings["study"].pop("language", None)  # another language is no news
    return {
        "figures": {_key(field): plain(field.value, say) for field in fields},
        "clusters": {
            f"{row.scheme}/{row.cluster_id}": {
                "name": str(row.name),
                **{name: plain(getattr(row, name), say) for name in _CLUSTER_FIGURES},
            }
            for row in rows_of(pd.DataFrame(clusters.drop(columns="geometry")))
        },
        "inputs": {file.name: file.sha256 for file in result.files},
        "settings": dict(flat(settings)),
    }


def compared(now: State, folder: Path) -> tuple[State, State | None]:
    """Find the last state that differs from this one.

    Parameters
    ----------
    now
        Result of `state_of`.
    folder
        Earlier results; none there is no mistake.

    Returns
    -------
    tuple
        `now` as a file gives it back, and the last different state or None.
    """
    now = json.loads(json.dumps(now))
    try:
        left = json.loads((folder / FILE).read_text(encoding="utf-8"))
        earlier, before = left["now"], left["before"]
    except (OSError, ValueError, KeyError, TypeError):
        return now, None
    before = before if earlier == now else earlier
    return now, before if isinstance(before, dict) else None


def write_state(folder: Path, now: State, before: State | None) -> Path:
    """Leave the figures for the next run."""
    path = folder / FILE
    text = json.dumps({"now": now, "before": before}, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path


def news(
    now: State, before: State | None, fields: Sequence[Field], say: Translator, titles: Mapping[str, str]
) -> tuple[Text, ...]:
    """Tell what differs: key figures, clusters, data and settings; nothing on a first run.

    Parameters
    ----------
    now, before
        Result of `compared`.
    fields
        The key figures.
    say
        The reader's language.
    titles
        Input → what it is called; one without keeps its name.
    """
    if before is None:
        return ()
    inputs = [titles.get(name, name) for name in _changed(now, before, "inputs")]
    told = [
        *_figure_news(now, before, fields, say),
        *_cluster_news(now, before, say),
        *_named(msg("New or changed data: {names}."), inputs),
        *_named(msg("Changed settings: {names}."), _changed(now, before, "settings")),
    ]
    return tuple(told)


def _key(field: Field) -> str:
    return field.label.text if isinstance(field.label, Message) else field.label


def _part(state: State, name: str) -> Mapping[str, Any]:
    part = state.get(name)
    return part if isinstance(part, dict) else {}


def _changed(now: State, before: State, name: str) -> list[str]:
    new, old = _part(now, name), _part(before, name)
    return sorted(key for key in new.keys() | old.keys() if new.get(key) != old.get(key))


def _figure_news(now: State, before: State, fields: Sequence[Field], say: Translator) -> Iterator[Text]:
    new, old = _part(now, "figures"), _part(before, "figures")
    for field in fields:
        key = _key(field)
        if key in old and key in new and _told(old[key], say) != _told(new[key], say):
            yield msg(
                "{what}: {now}, before {before}",
                what=field.label,
                now=_told(new[key], say),
                before=_told(old[key], say),
            )


def _cluster_news(now: State, before: State, say: Translator) -> Iterator[Text]:
    new, old = _part(now, "clusters"), _part(before, "clusters")
    changed = [key for key in new if key in old and new[key] != old[key]]
    for key in changed[:MOST]:
        parts = [
            say(
                msg(
                    "{what} {now}, before {before}",
                    what=word,
                    now=_told(new[key].get(name), say),
                    before=_told(old[key].get(name), say),
                )
            )
            for name, word in _CLUSTER_FIGURES.items()
            if _told(new[key].get(name), say) != _told(old[key].get(name), say)
        ]
        if parts:
            yield f"{new[key].get('name', key)}: {'; '.join(parts)}"
    if len(changed) > MOST:
        yield msg(
            "{count:n} more {count:|cluster has|clusters have} other figures.", count=len(changed) - MOST
        )
    gone, come = len(old.keys() - new.keys()), len(new.keys() - old.keys())
    if gone or come:
        yield msg("Clusters: {come:n} new, {gone:n} gone.", come=come, gone=gone)


def _named(text: Message, names: list[str]) -> Iterator[Text]:
    if names:
        rest = len(names) - MOST
        yield msg(text.text, names=", ".join(names[:MOST]) + (f" (+{rest})" if rest > 0 else ""))


def _told(value: Any, say: Translator) -> str:  # noqa: ANN401
    return say.number(value) if isinstance(value, int | float) else str(value)
