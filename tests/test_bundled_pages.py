"""The pages of the bundled study: small enough, every cluster named, nothing serious for assistive technology."""

from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from maps.cluster_layers import study_topology
from maps.clusters_page import clusters_page
from maps.gp_page import gp_coverage_page
from maps.index_page import index_page
from maps.naming import Names
from pipeline.settings import PROJECT
from pipeline.settings.file import load_settings
from pipeline.study import StudyResult, read_inputs, run_study
from tests.visitor import PHONE, Visitor

MOST_BYTES = 5_000_000
SCHEMES = {"klynger-2018": 22, "sundhedsklynger-2022": 22, "sundhedsraad-2027": 17}


@pytest.fixture(scope="module")
def study() -> StudyResult:
    settings = load_settings(PROJECT / "config" / "denmark.toml")
    return run_study(settings, read_inputs(settings))


@pytest.fixture(scope="module")
def site(study: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("denmark")
    (folder / "clusters.html").write_text(clusters_page(study), encoding="utf-8")
    (folder / "index.html").write_text(index_page(study), encoding="utf-8")
    (folder / "gp-coverage.html").write_text(gp_coverage_page(study), encoding="utf-8")
    return folder


def test_the_pages_stay_within_their_budget(site: Path) -> None:
    for path in site.glob("*.html"):
        assert 10_000 < path.stat().st_size <= MOST_BYTES, path.name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_cluster_border_lies_between_different_clusters_only(study: StudyResult, scheme: str) -> None:
    topology = study_topology(Names(study, "da"))
    members = study.cluster_members[study.cluster_members["scheme"] == scheme]
    clusters_of = members.groupby("municipality_code")["cluster_id"].agg(frozenset)
    sides: dict[int, list[frozenset[str]]] = {}
    for code in study.municipalities["municipality_code"]:
        for arc in (max(arc, ~arc) for ring in topology.shapes[code] for arc in ring):
            sides.setdefault(arc, []).append(clusters_of.get(code, frozenset()))
    differing = {arc for arc, two in sides.items() if len(two) == 2 and two[0] != two[1]}
    assert differing
    assert set(topology.lines[f"border:{scheme}"]) == differing


def test_what_is_approximate_stands_on_the_face_of_every_page(site: Path) -> None:
    for path in site.glob("*.html"):
        head = path.read_text(encoding="utf-8").partition('<aside class="notes"')[2].partition("</aside>")[0]
        assert "Kommunegrænserne er tilnærmede" in head
        assert "modelleret" in head


@pytest.mark.browser
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_cluster_is_named_on_the_map_of_the_country(visit: Visitor, site: Path, scheme: str) -> None:
    page = visit(site / "clusters.html", fragment=f"#view={scheme}")
    expect(page.locator(".label-text.cluster")).to_have_count(SCHEMES[scheme])
    assert page.locator("#table tbody tr").count() == SCHEMES[scheme]
    visit.shoot(page, scheme)


@pytest.mark.browser
def test_the_seven_shared_municipalities_and_klynge_syd_are_shown(visit: Visitor, site: Path) -> None:
    page = visit(site / "clusters.html")
    striped = page.locator("path[fill^='url(#paint-'][fill$='-shared)']")
    assert striped.count() == 7
    names = page.locator(".label-text.cluster").all_text_contents()
    assert [name for name in names if "uden akuthospital" in name] == ["Klynge Syd (uden akuthospital)"]


@pytest.mark.browser
def test_bornholm_is_in_sight_on_a_desktop_and_a_button_away_on_a_phone(visit: Visitor, site: Path) -> None:
    inside = "klyngekort.map.getBounds().contains([55.1, 14.9])"
    assert visit(site / "clusters.html").evaluate(inside)
    phone = visit(site / "clusters.html", size=PHONE)
    assert not phone.evaluate(inside)
    phone.get_by_role("button", name="Bornholm", exact=True).click()
    assert phone.evaluate(inside)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["clusters.html", "gp-coverage.html", "index.html"])
def test_axe_finds_nothing_serious_on_the_whole_country(visit: Visitor, site: Path, name: str) -> None:
    page = visit(site / name, bypass_csp=True)
    found = [f for f in Axe().run(page)["violations"] if f["impact"] in {"serious", "critical"}]
    assert [(f["id"], f["nodes"][0]["html"][:140]) for f in found] == []
    visit.shoot(page, name, whole=True)
