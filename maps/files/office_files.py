"""Give office files (XLSX, DOCX: zip archives) a fixed time, so that equal content gives equal bytes."""

import datetime as dt
import io
import re
import zipfile
from typing import Final

EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # office files and zip know no time zone
_ZIP_EPOCH: Final = (2000, 1, 1, 0, 0, 0)
_FIRST: Final = "[Content_Types].xml"
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def without_time(file: bytes) -> bytes:
    """Give an office file and its parts a fixed date and order.

    Parameters
    ----------
    file
        Content of an XLSX or DOCX file.

    Returns
    -------
    bytes
        The same file, modified on `EPOCH`.
    """
    done = io.BytesIO()
    stamp = f"{EPOCH.isoformat()}Z".encode()
    with (
        zipfile.ZipFile(io.BytesIO(file)) as given,
        zipfile.ZipFile(done, "w", zipfile.ZIP_DEFLATED) as fixed,
    ):
        for member in sorted(given.infolist(), key=lambda part: (part.filename != _FIRST, part.filename)):
            content = given.read(member)
            if member.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp, content)
            fixed.writestr(zipfile.ZipInfo(member.filename, _ZIP_EPOCH), content, zipfile.ZIP_DEFLATED)
    return done.getvalue()
