"""What the register says in words: facts, target groups, the rows of a comparison."""

import pandas as pd
import pytest

from maps.telling.house_words import FACT_LABELS, comparison_rows, danish_key, fact_text, target_group_names
from pipeline.clusters.houses import FACTS, compare_houses, cost_per_m2
from pipeline.messages import translator
from pipeline.study_result import StudyResult
from pipeline.tables import load_table
from tests.found import some
from tests.house_toys import bundled_register, toy_register

DA, EN = translator("da"), translator("en")


def _facts(study: StudyResult, house: str) -> dict[str, object]:
    frame = study.houses.assign(cost_per_m2_dkk=cost_per_m2(study.houses)).set_index("house_id")
    return frame.loc[house].to_dict()


def _rows(study: StudyResult, first: str, second: str) -> dict[str, tuple[str, str]]:
    found = compare_houses(study.houses, study.house_functions, study.functions, first, second)
    rows = comparison_rows(found, study.functions, translator(study.settings.study.language))
    assert len({label for label, _, _ in rows}) == len(rows)
    return {label: (one, other) for label, one, other in rows}


def test_every_fact_of_a_comparison_has_a_label_or_belongs_to_one() -> None:
    beside = {"name", "status_year", "owner_evidence", "note_da"}  # the heading, parts of status, owner, note
    assert set(FACT_LABELS) == set(FACTS) - beside


def test_facts_are_written_the_way_the_language_does() -> None:
    house = _facts(toy_register(), "one")
    assert fact_text("floor_area_m2", house, DA) == "5.200 m²"
    assert fact_text("total_cost_mio_dkk", house, DA) == "78,5 mio. kr."
    assert fact_text("cost_per_m2_dkk", house, EN) == "15,096 DKK"
    assert fact_text("opened_year", house, DA) == "2018"
    assert fact_text("owner", house, DA) == "region og kommune sammen (udledt)"
    assert fact_text("status", _facts(toy_register(), "two"), DA) == "planlagt (2013)"


def test_what_no_source_states_is_blank() -> None:
    house = _facts(toy_register(), "two")
    stated = {key for key in FACT_LABELS if fact_text(key, house, DA) is not None}
    assert stated == {"status", "evidence", "source"}


def test_notes_are_told_in_danish_where_they_are_not_in_danish_themselves() -> None:
    plan, own = _facts(toy_register(), "three"), _facts(toy_register(), "one")
    assert [fact_text("note", plan, say) for say in (DA, EN)] == ["se planen", "see the plan"]
    assert fact_text("note", own, DA) == fact_text("note", own, EN) == own["note"]


@pytest.mark.parametrize("name", ["hospitals", "health_houses"])
def test_every_bundled_note_is_given_in_danish(name: str) -> None:
    table = load_table(name)
    assert (table["note"].notna() == table["note_da"].notna()).all()
    assert (table["note"] != table["note_da"]).all()


def test_names_are_sorted_the_danish_way() -> None:
    words = ["Ølgod", "Zebra", "Aabenraa", "Ærø", "abe", "Åby", "Ebeltoft"]
    assert sorted(words, key=danish_key) == ["abe", "Ebeltoft", "Zebra", "Ærø", "Ølgod", "Aabenraa", "Åby"]


def test_target_groups_are_named_in_the_order_of_their_codes() -> None:
    functions = pd.DataFrame(
        {
            "target_group": ["a|b", "c", "d|e", "c", None],
            "target_group_da": ["ældre; børn", "gravide", "kun ét navn", None, None],
        }
    )
    named = target_group_names(functions, DA)
    assert named == {"a": "ældre", "b": "børn", "c": "gravide", "d": "d", "e": "e"}


def test_every_target_group_of_the_bundled_catalogue_has_a_name() -> None:
    for lang in ("da", "en"):
        study = bundled_register(lang)
        named = target_group_names(study.functions, translator(lang))
        codes = {code for text in study.functions["target_group"].dropna() for code in text.split("|")}
        assert codes == set(named)
        assert not [code for code, name in named.items() if name == code]


def test_haderslev_and_kolding_side_by_side() -> None:
    rows = _rows(bundled_register(), "haderslev", "kolding-laasbyhoej")
    assert rows["Pris pr. m²"] == ("14.615 kr.", "8.333 kr.")
    assert rows["Entrepriseform"] == ("totalrådgivning og fagentrepriser", "totalentreprise")
    assert rows["Statstilskud"] == ("ikke oplyst", "ikke oplyst")
    assert rows["Funktioner: Regional"][0].startswith("7: Blodbus (planlagt), Blodprøver")
    assert rows["Funktioner: Privat"][1] == "ikke oplyst"
    assert rows["Fælles funktioner"] == (
        "3 af 20 (15 %)",
        "Distrikts- og lokalpsykiatri, Misbrugsrådgivning, Socialpsykiatri",
    )
    assert rows["Målgrupper i kun ét af husene"] == ("gravide", "unge")


def test_a_past_function_is_named_but_not_counted() -> None:
    rows = _rows(toy_register(), "one", "three")
    told = "1: Blodprøver (indtil huset blev afløst), Jordemoder (planlagt)"
    assert rows["Funktioner: Regional"] == ("2: Blodprøver, Hjerte <b>", told)
    assert rows["Fælles funktioner"] == ("0 af 5 (0 %)", "–")


def test_two_houses_of_which_nothing_is_known_share_nothing_known() -> None:
    study = toy_register()
    none = study.house_functions.iloc[:0]
    found = compare_houses(study.houses, none, study.functions, "one", "two")
    rows = {label: (one, other) for label, one, other in comparison_rows(found, study.functions, DA)}
    assert rows["Fælles funktioner"] == rows["Fælles målgrupper"] == ("ikke oplyst", "ikke oplyst")
    assert "Funktioner i kun ét af husene" not in rows


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_counts_of_the_rows_are_those_of_the_comparison(lang: str) -> None:
    study = bundled_register(lang)
    ids = study.houses["house_id"].tolist()
    sectors = {
        "region": "Regional",
        "municipality": "Kommunal",
        "private": "Privat",
        "voluntary": "Frivillig",
    }
    if lang == "en":
        sectors |= {"municipality": "Municipal", "private": "Private", "voluntary": "Voluntary"}
    heading = "Funktioner: " if lang == "da" else "Functions: "
    for first, second in some(zip(ids[::3], ids[1::3], strict=False)):
        found = compare_houses(study.houses, study.house_functions, study.functions, first, second)
        rows = _rows(study, first, second)
        for sector, counts in some(found.tenants.iterrows()):
            told = rows[heading + sectors[str(sector)]]
            assert [int(text.split(":")[0]) if ":" in text else 0 for text in told] == list(counts)
