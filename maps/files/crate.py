"""Describe the results for machines and archives: an RO-Crate 1.1 metadata file with every file's digest.

RO-Crate (https://w3id.org/ro/crate/1.1) is what research archives read: one JSON-LD file beside the data that
says what each file is, what it was made from and with which program. The same results give the same bytes.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from maps.files.provenance import FILE as PROVENANCE
from maps.files.publish import MANIFEST
from maps.files.tables import Origin
from pipeline.digests import file_digest
from pipeline.messages import Language, msg, translator

FILE: Final = "ro-crate-metadata.json"
CONTEXT: Final = "https://w3id.org/ro/crate/1.1/context"
SPECIFICATION: Final = "https://w3id.org/ro/crate/1.1"
LICENCE: Final = "#licences"

KINDS: Final[Mapping[str, str]] = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
"""Media types by file ending."""

_OTHER: Final = "application/octet-stream"


def write_crate(folder: Path, record: Mapping[str, Any], origin: Origin, *, lang: Language) -> Path:
    """Write ``ro-crate-metadata.json`` about everything that stands in a folder.

    Parameters
    ----------
    folder
        The results, complete but for this file.
    record
        What `maps.files.provenance.provenance` gathered.
    origin
        Title, day and credits of the study.
    lang
        Language of the description.

    Returns
    -------
    Path
        The file.
    """
    say = translator(lang)
    files = sorted(
        (path for path in folder.rglob("*") if path.is_file() and path.name not in {FILE, MANIFEST}),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    described = [_file(path, folder) for path in files]
    inputs = [_input(number, told) for number, told in enumerate(record["inputs"], start=1)]
    software = record["software"]
    program = {
        "@id": "#klyngekort",
        "@type": "SoftwareApplication",
        "name": software["name"],
        "softwareVersion": software["version"],
        "identifier": f"sha256:{software['code_sha256']}",
    }
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": say(msg("The run that made these results")),
        "instrument": {"@id": program["@id"]},
        "object": [{"@id": part["@id"]} for part in inputs],
        "result": [{"@id": part["@id"]} for part in described],
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": origin.title,
        "description": say(
            msg("Maps, figures and tables made by Klyngekort; {file} tells from what.", file=PROVENANCE)
        ),
        "datePublished": origin.date,
        "license": {"@id": LICENCE},
        "creditText": "; ".join(origin.credit_lines),
        "inLanguage": lang,
        "hasPart": [{"@id": part["@id"]} for part in described],
        "mentions": [{"@id": run["@id"]}],
    }
    licences = sorted({told["licence"] for told in record["inputs"] if told.get("licence")})
    licence = {
        "@id": LICENCE,
        "@type": "CreativeWork",
        "name": say(msg("Licences of the sources")),
        "description": "; ".join(licences) or say(msg("As the publishers of the sources state them.")),
    }
    descriptor = {
        "@id": FILE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": SPECIFICATION},
        "about": {"@id": root["@id"]},
    }
    graph = [descriptor, root, *described, *inputs, program, run, licence]
    path = folder / FILE
    text = json.dumps({"@context": CONTEXT, "@graph": graph}, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path


def _file(path: Path, folder: Path) -> dict[str, str]:
    name = path.relative_to(folder).as_posix()
    return {
        "@id": _address(name),
        "@type": "File",
        "name": name,
        "encodingFormat": KINDS.get(path.suffix.lower(), _OTHER),
        "contentSize": str(path.stat().st_size),
        "sha256": file_digest(path),
    }


def _input(number: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """Describe an input; it is not in the crate, so its id is a mark within the file."""
    given = {
        "@id": f"#input-{number}-{_address(told['layer'])}",
        "@type": "CreativeWork",
        "name": told["layer"],
        "alternateName": told["path"],
        "contentSize": str(told["bytes"]),
        "sha256": told["sha256"],
    }
    wanted = {"publisher": "publisher", "credit": "creditText", "version": "version", "licence": "usageInfo"}
    return given | {name: told[key] for key, name in wanted.items() if told.get(key)}


def _address(name: str) -> str:
    """Write a name as a relative URI: ids of a crate are addresses, so blanks and the like are escaped."""
    return quote(name, safe="/-_.~")


def recorded_digests(folder: Path) -> dict[str, str]:
    """Read back which files a run made and the SHA-256 digest of each, by their place in the folder.

    Raises
    ------
    ValueError
        The file is not there or is not what `write_crate` writes.
    """
    try:
        graph = json.loads((folder / FILE).read_text(encoding="utf-8"))["@graph"]
        return {part["name"]: part["sha256"] for part in graph if part.get("@type") == "File"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{FILE}: {error}") from error
