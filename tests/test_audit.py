"""A known weakness fails the audit; a service out of reach is told and does not."""

import json

from tests.audit import report, weaknesses_told

ANSWER = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {
            "name": "weak",
            "version": "2.0",
            "vulns": [{"id": "X-1", "fix_versions": ["2.1"], "description": ""}],
        },
        {"name": "skipped", "skip_reason": "not to be found"},
    ],
    "fixes": [],
}


def test_a_weakness_is_read_from_the_answer() -> None:
    assert weaknesses_told(json.dumps(ANSWER)) == [("weak", "2.0", "X-1", "2.1")]


def test_no_answer_is_not_taken_for_no_weakness() -> None:
    assert weaknesses_told("") is None
    assert weaknesses_told("<html>") is None
    assert weaknesses_told("[]") is None
    skipped = {"dependencies": [ANSWER["dependencies"][2]]}
    assert weaknesses_told(json.dumps(skipped)) is None


def test_only_a_weakness_fails() -> None:
    assert report({"a.lock": []}) == (0, [])
    assert report({"a.lock": None}) == (0, ["a.lock: not looked up, the service cannot be reached"])
    weak = [("weak", "2.0", "X-1", "2.1")]
    assert report({"a.lock": weak, "b.lock": weak}) == (1, ["weak 2.0: X-1, mended in 2.1"])
