"""``klyngekort publish-db``: a study's results into a shared PostGIS database."""

from pathlib import Path
from typing import Annotated

import typer

from maps.commands.options import DEFAULT_CONFIG, ConfigOption, OutOption, Speech
from pipeline.messages import msg, translator
from pipeline.settings.file import load_settings


def publish_db(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    out: OutOption = Path("out"),
    show_setup: Annotated[
        bool, typer.Option("--show-setup", help="Print the SQL that an administrator runs once, and end.")
    ] = False,
    speech: Speech,
) -> None:
    """Publish the results of a study (made with maps) into a shared PostGIS database."""
    from maps.files.database import publish_run, read_run  # noqa: PLC0415

    with speech.command() as terminal:
        settings = load_settings(config)
        language = settings.study.language if speech.lang is None else terminal.say.lang
        terminal.say = translator(language)
        if show_setup:
            from maps.files.database_setup import setup_sql  # noqa: PLC0415

            typer.echo(setup_sql(settings.database.results_schema), nl=False)
            return
        with terminal.steps() as step:
            step("results")
            run = read_run(out / settings.study.name)
            done = publish_run(run, settings.database, lang=language, progress=step)
        for name, rows in done.rows.items():
            terminal.detail(msg("{table}: {count:n} {count:|row|rows}", table=name, count=rows))
        terminal.line(
            msg(
                "Published: run {run}, {tables:n} tables, {rows:n} {rows:|row|rows}, in the schema {schema}",
                run=done.run_id,
                tables=len(done.rows),
                rows=sum(done.rows.values()),
                schema=settings.database.results_schema,
            )
        )
        if done.again:
            terminal.line(msg("The same run was there already; it was written anew."))
