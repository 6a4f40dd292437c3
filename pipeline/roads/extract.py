"""OpenStreetMap files in: the few objects asked for, as flat arrays.

The selection happens in libosmium, which writes what passes as lines of text (its OPL format, one object a
line) to a temporary file; Arrow turns the columns of that file into arrays. No Python object is ever made per
way or per node, so the cost grows with the roads kept and not with the buildings and addresses left out.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import py_object, pythonapi
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from pipeline.errors import Fault, MissingInputError, OutputError, RoadError
from pipeline.limits import check_extract
from pipeline.messages import msg

Tags = dict[str, str]

SUFFIXES: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
_BLOCK: Final = 1 << 24
"""Bytes that Arrow reads at a time; far above the longest line a way can have (2,000 nodes)."""

_FILTER_BLOCK_BITS: Final = 25
_FILTER_BLOCKS: Final = (32, 128)
"""Blocks of ids that a pass may hold in its filter: 128 MiB where a pass is quick, else half a gigabyte."""

_QUICK_BYTES: Final = 50_000_000
"""Size of a file that is quickly passed through."""

_NO_NODE: Final = str(np.iinfo(np.int64).min)
"""Stands where a way has no nodes at all."""

_ESCAPED: Final = re.compile(r"%([0-9a-fA-F]+)%")


@dataclass(frozen=True, slots=True)
class Tagged:
    """Tag sets, each kept once.

    Parameters
    ----------
    code
        Int32 array: which of `sets` each object has.
    sets
        The different tag sets, cut down to the keys asked for.
    """

    code: NDArray[np.int32]
    sets: list[Tags]


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways: ids, tags, and the ids of their nodes end to end (way i: `refs[start[i]:start[i + 1]]`)."""

    ids: NDArray[np.int64]
    tags: Tagged
    start: NDArray[np.int64]
    refs: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> "Ways":
        """Keep some ways."""
        counts = np.diff(self.start)[rows]
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        at = np.arange(start[-1]) + np.repeat(self.start[rows] - start[:-1], counts)
        return Ways(self.ids[rows], Tagged(self.tags.code[rows], self.tags.sets), start, self.refs[at])


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes of an extract in rising order of id: longitude and latitude (WGS84, degrees) and tags."""

    ids: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    tags: Tagged


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation: its tags and its member ways and nodes, in order."""

    id: int
    tags: Tags
    ways: tuple[int, ...]
    nodes: tuple[int, ...]


class Extract:
    """An OpenStreetMap file that is read in several passes, one kind of object at a time.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.

    Raises
    ------
    MissingInputError
        There is no such file.
    RoadError
        The name ends otherwise, or the file is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise MissingInputError(
                Fault(
                    source=str(path),
                    where=msg("file"),
                    found=msg("no such file"),
                    expected=msg("an OpenStreetMap extract"),
                    mend=msg("check the path in the settings"),
                )
            )
        check_extract(path)
        found = None
        if not path.name.lower().endswith(SUFFIXES):
            found = msg("a file name ending in {suffix}", suffix=path.suffix or "''")
        elif not path.stat().st_size:
            found = msg("an empty file")
        if found is not None:
            raise RoadError(
                Fault(
                    source=str(path),
                    where=msg("file"),
                    found=found,
                    expected=msg("an OpenStreetMap extract ({suffixes})", suffixes=", ".join(SUFFIXES)),
                    mend=msg("download the extract again, or name another file"),
                )
            )

    def ways(
        self, tags: Iterable[tuple[str, str]], keys: frozenset[str], names_with: tuple[str, ...]
    ) -> Ways:
        """Read the ways that have one of some tags.

        Parameters
        ----------
        tags
            Key and value pairs; a way with any of them is read.
        keys
            Keys to keep of the tags.
        names_with
            Keys of which one must be there for keys ending in ``name`` to be kept: names are many, and only
            those of bridges, tunnels and ferries are asked for.
        """
        return self._ways(osmium.filter.TagFilter(*tags), keys, names_with)

    def ways_by_id(self, ids: Iterable[int], keys: frozenset[str]) -> Ways:
        """Read the ways with some ids (negative ones, of unpublished drawings, excepted), names included."""
        return self._ways(osmium.filter.IdFilter(sorted(osm_id for osm_id in ids if osm_id >= 0)), keys, ())

    def _ways(self, chosen: object, keys: frozenset[str], names_with: tuple[str, ...]) -> Ways:
        with self._columns(osmium.osm.WAY, chosen, ["id", "tags", "refs"]) as table:
            ids = _numbers(table["id"], pa.int64())
            counts: list[NDArray[np.int64]] = []
            refs: list[NDArray[np.int64]] = []
            for chunk in table["refs"].chunks:
                bare = pc.utf8_slice_codeunits(pc.replace_substring(chunk, "n", ""), 1)
                parts = pc.split_pattern(bare, ",")
                flat = parts.flatten()
                none = pc.equal(flat, "")
                flat = pc.cast(pc.if_else(none, _NO_NODE, flat), pa.int64())
                refs.append(flat.to_numpy(zero_copy_only=False))
                counts.append(np.diff(parts.offsets.to_numpy()).astype(np.int64))
            tagged = _tagged(table["tags"], keys, names_with)
        start = np.concatenate([[0], np.cumsum(np.concatenate([*counts, np.empty(0, np.int64)]))])
        return Ways(ids, tagged, start.astype(np.int64), np.concatenate([*refs, np.empty(0, np.int64)]))

    def nodes(self, ids: NDArray[np.int64], keys: frozenset[str]) -> Nodes:
        """Read the nodes with some ids; nodes that the file lacks, or that have no place, are left out."""
        tables: list[pa.Table] = []
        drawn = bool(((ids < 0) & (ids != int(_NO_NODE))).any())
        blocks = _FILTER_BLOCKS[self.path.stat().st_size > _QUICK_BYTES]
        for part in [ids] if drawn else _filter_loads(ids[ids >= 0], blocks):
            # Ids of unpublished drawings are negative, and no filter takes them: read all their nodes.
            entity = osmium.filter.EntityFilter(osmium.osm.NODE)
            wanted = entity if drawn else osmium.filter.IdFilter(part.data)
            with self._columns(osmium.osm.NODE, wanted, ["id", "tags", "x", "y"]) as table:
                tables.append(table)
            del wanted  # before the next one is made: see `_filter_loads`
        table = pa.concat_tables(tables)
        found = _numbers(table["id"], pa.int64())
        lonlat = np.stack([_numbers(table[axis], pa.float64()) for axis in ("x", "y")], axis=1)
        tagged = _tagged(table["tags"], keys, ())
        # A stable sort keeps the first of two nodes with one id, whatever order the file is in.
        order = np.argsort(found, kind="stable")
        order = order[np.isfinite(lonlat[order]).all(axis=1)]
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.diff(found[order]) > 0
        order = order[first]
        return Nodes(found[order], lonlat[order], Tagged(tagged.code[order], tagged.sets))

    def relations(self, tags: Iterable[tuple[str, str]]) -> list[Relation]:
        """Read the relations that have one of some tags, in rising order of id (they are few)."""
        chosen = osmium.filter.TagFilter(*tags)
        with self._told():
            found = [
                Relation(
                    relation.id,
                    dict(relation.tags),
                    tuple(member.ref for member in relation.members if member.type == "w"),
                    tuple(member.ref for member in relation.members if member.type == "n"),
                )
                for relation in osmium.FileProcessor(self.path, osmium.osm.RELATION).with_filter(chosen)
                if isinstance(relation, osmium.osm.Relation)
            ]
        return sorted(found, key=lambda relation: relation.id)

    @contextmanager
    def _columns(
        self, kind: osmium.osm.osm_entity_bits, chosen: object, names: list[str]
    ) -> Iterator[pa.Table]:
        """Let libosmium write the chosen objects as text, and Arrow read the text's columns."""
        with tempfile.TemporaryDirectory(prefix="klyngekort-") as folder:
            text = Path(folder) / "objects.opl"
            self._write(text, kind, chosen)
            as_text = pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            )
            if text.stat().st_size:
                yield pa_csv.read_csv(
                    text,
                    pa_csv.ReadOptions(column_names=names, block_size=_BLOCK),
                    pa_csv.ParseOptions(delimiter=" ", quote_char=False),
                    as_text,
                )
            else:
                yield pa.table({name: pa.array([], pa.string()) for name in names})

    def _write(self, text: Path, kind: osmium.osm.osm_entity_bits, chosen: object) -> None:
        with self._told():
            writer = osmium.SimpleWriter(osmium.io.File(str(text), "opl,add_metadata=none"))
            try:
                osmium.apply(osmium.io.Reader(str(self.path), kind), chosen, writer)
            finally:
                try:
                    writer.close()
                except RuntimeError as error:
                    # A writer that could not write ends the whole process when it is collected: keep it.
                    pythonapi.Py_IncRef(py_object(writer))
                    raise OutputError(
                        Fault(
                            source=str(text.parent),
                            where=msg("folder for temporary files"),
                            found=msg("not writable to the end ({detail})", detail=str(error)),
                            expected=msg("room for the roads of the extract"),
                            mend=msg("make room on the disk, or name another folder in the variable TMPDIR"),
                        )
                    ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn libosmium's errors into one that says which file and what to do."""
        try:
            yield
        except (RuntimeError, ValueError, LookupError) as error:
            raise RoadError(
                Fault(
                    source=str(self.path),
                    where=msg("file"),
                    found=msg("not readable to its end ({detail})", detail=str(error)),
                    expected=msg("a whole OpenStreetMap extract ({suffixes})", suffixes=", ".join(SUFFIXES)),
                    mend=msg("download the extract again, or name another file"),
                )
            ) from error


def _filter_loads(ids: NDArray[np.int64], blocks: int) -> Iterator[NDArray[np.int64]]:
    """Share ids out over passes: a filter takes 4 MiB for each block of 2^25 ids that it holds one of.

    Node ids of today run to 13,000 million, so that the filter of a whole country would take 1.5 GB at once.
    """
    block = ids >> _FILTER_BLOCK_BITS
    held = np.unique(block)
    for first in range(0, max(len(held), 1), blocks):
        load = held[first : first + blocks]
        inside = (block >= load[0]) & (block <= load[-1]) if len(load) else np.zeros(len(ids), dtype=bool)
        yield np.ascontiguousarray(ids[inside])


def _numbers(column: pa.ChunkedArray, kind: pa.DataType) -> NDArray[Any]:
    """Numbers after the letter that each field begins with; NaN where a float has none."""
    text = pc.utf8_slice_codeunits(column, 1)
    if pa.types.is_floating(kind):
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    numbers: NDArray[Any] = pc.cast(text, kind).to_numpy()
    return numbers


def _tagged(column: pa.ChunkedArray, keys: frozenset[str], names_with: tuple[str, ...]) -> Tagged:
    """Cut tag sets down to some keys and keep each different one once, in the order of the file."""
    encoded = pc.dictionary_encode(column)
    known: dict[tuple[str, ...], int] = {}
    codes: list[NDArray[np.int32]] = []
    cut: dict[str, int] = {}
    for chunk in encoded.chunks:
        for text in chunk.dictionary.to_pylist()[len(cut) :]:
            tags = text[1:].split(",")
            named = not names_with or any(tag.partition("=")[0] in names_with for tag in tags)
            kept = [
                tag
                for tag in tags
                if (key := tag.partition("=")[0]) in keys and (named or not key.endswith("name"))
            ]
            cut[text] = known.setdefault(tuple(sorted(kept)), len(known))
        table = np.fromiter(cut.values(), dtype=np.int32, count=len(cut))
        codes.append(table[chunk.indices.to_numpy()])
    sets = [{_plain(tag.split("=")[0]): _plain(tag.split("=")[1]) for tag in tags} for tags in known]
    return Tagged(np.concatenate([*codes, np.empty(0, np.int32)]).astype(np.int32), sets)


def _plain(text: str) -> str:
    """Undo OPL's escapes: ``%20%`` is a space."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
