"""What an administrator runs once before results can be published into a database."""


def setup_sql(schema: str) -> str:
    """Write what an administrator runs once: a schema, a role that may write there, one that may only read.

    Parameters
    ----------
    schema
        Name of the schema; the roles are named after it.
    """
    writer, reader = f"{schema}_writer", f"{schema}_reader"
    rights = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    return f"""\
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE ROLE "{writer}" LOGIN {rights};
CREATE ROLE "{reader}" NOLOGIN {rights};
CREATE SCHEMA "{schema}" AUTHORIZATION "{writer}";
REVOKE ALL ON SCHEMA "{schema}" FROM PUBLIC;
GRANT USAGE ON SCHEMA "{schema}" TO "{reader}";
ALTER DEFAULT PRIVILEGES FOR ROLE "{writer}" IN SCHEMA "{schema}" GRANT SELECT ON TABLES TO "{reader}";
"""
