"""Settings of a shared database: where it is, never how to get in."""

from typing import Annotated

from pydantic import StringConstraints

from pipeline.settings.sections import Section

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]{0,99}$")]
SchemaName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class DatabaseSettings(Section):
    """A shared PostgreSQL database with PostGIS: inputs are read from it and results published into it."""

    url_variable: VariableName = "KLYNGEKORT_DATABASE"
    """Environment variable that holds the address: `postgresql://user@host:5432/database`. It never stands
    in a settings file; leave the password to `PGPASSWORD` or a `.pgpass` file."""

    inputs_schema: SchemaName = "public"
    """Schema of an input table that is named without one: `postgis:municipalities`; `postgis:gis.areas` names
    its own."""

    results_schema: SchemaName = "klyngekort"
    """Schema that results are published into; an administrator makes it once
    (`klyngekort publish-db --show-setup`)."""
