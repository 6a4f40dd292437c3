"""Ways to damage a file on purpose, as hypothesis draws them."""

from hypothesis import strategies as st

TOKENS = (
    *("", "\0", "nan", "NaN", "inf", "-inf", "1e999", "-1", "0", "-0.0", "9" * 400, "1_000", "0x1", "٣", "½"),
    *("null", "true", "[]", "{}", "[[[[", "}}}}", '"', '""', "'", "\\", "\n", "\r", "\t", ";", ",", " " * 50),
    *(
        "<script>alert(1)</script>",
        "]]>",
        "<!--",
        "&#x0;",
        "=cmd()",
        "../../etc",
        "\u202e",
        "\ufeff",
        "\u2028",
    ),
    *(
        "2024-02-30",
        "0000-00-00",
        "99999-01-01",
        "10000000000000000000",
        "POINT EMPTY",
        "%00%",
        "%110000%",
        "%s",
    ),
    *('"type":"Point"', '"coordinates":[]', "EPSG:0", "a" * 5_000, "æøå", "🏥", "\ud7ff", "{0.__class__}"),
)
RAW = (
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xc3",
    b"\x80\x80",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x00" * 64,
    b"\xff" * 64,
)

_places = st.floats(0, 1, exclude_max=True)
_bytes = st.one_of(
    st.sampled_from(TOKENS).map(lambda text: text.encode("utf-8")),
    st.sampled_from(RAW),
    st.binary(max_size=8),
)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("cut"), _places, st.just(0), st.just(b"")),
        st.tuples(st.just("drop"), _places, st.integers(1, 200), st.just(b"")),
        st.tuples(st.just("insert"), _places, st.just(0), _bytes),
        st.tuples(st.just("overwrite"), _places, st.just(0), _bytes),
        st.tuples(st.just("word"), _places, st.just(0), _bytes),
        st.tuples(st.just("repeat"), _places, st.integers(1, 200), st.just(b"")),
    ),
    min_size=1,
    max_size=6,
)
_ENDS = b",;:<>[]{}\"'=\n "


def damaged(content: bytes, drawn: list[tuple[str, float, int, bytes]]) -> bytes:
    """Apply drawn changes one after the other."""
    for kind, place, length, new in drawn:
        at = int(place * len(content))
        if kind == "cut":
            content = content[:at]
        elif kind == "word":  # what stands between two marks is replaced: a cell, a value, a key
            start, end = at, at
            while start > 0 and content[start - 1] not in _ENDS:
                start -= 1
            while end < len(content) and content[end] not in _ENDS:
                end += 1
            content = content[:start] + new + content[end:]
        else:
            gone = {"drop": length, "overwrite": len(new)}.get(kind, 0)
            put = content[at : at + length] * 20 if kind == "repeat" else new
            content = content[:at] + put + content[at + gone :]
    return content
