"""The interactive page in a real browser: what a reader does, with both renderers, and what a hostile graph must not do."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

import kg
from exports import html
from exports.html_data import page_data
from kg.graph.layout import layout
from schemas.errors import OptionError
from schemas.layout import Layout
from tests.conftest import ROOT
from tests.pages import HOSTILE, Page, chromium, hostile_graph, small_graph

RENDERERS = ("pyvis", "canvas")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from chromium()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of both graphs, by both renderers."""
    made = tmp_path_factory.mktemp("pages")
    for name, graph in (("small", small_graph()), ("hostile", hostile_graph())):
        for renderer in RENDERERS:
            kg.export(graph, "html", made / f"{name}-{renderer}.html", renderer=renderer)
    return made


@pytest.fixture(params=RENDERERS)
def page(request: pytest.FixtureRequest, browser: Any, folder: Path) -> Page:
    return Page(browser, folder / f"small-{request.param}.html")


# The file


@pytest.mark.parametrize("renderer", RENDERERS)
def test_page_asks_the_network_for_nothing(folder: Path, renderer: str) -> None:
    text = (folder / f"small-{renderer}.html").read_text("utf-8")
    assert "default-src 'none'" in text and "sourceMappingURL" not in text and "unsafe" not in text.split("</head>")[0].split("<style>")[0]
    assert not re.search(r"<(?:script|img|link|iframe)[^>]+(?:src|href)\s*=", text.split('id="data"')[0])
    assert text.count("</script>") == (3 if renderer == "pyvis" else 2)
    assert re.findall(r"url\(|@import", text.split("</style>")[0]) == []


def test_renderer_follows_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = small_graph(3)
    assert kg.export(graph, "html", tmp_path / "a.html").notes == ("drawn by pyvis",)
    monkeypatch.setattr(html, "LARGEST_FOR_PYVIS", len(graph) - 1)
    assert kg.export(graph, "html", tmp_path / "b.html").notes == ("drawn by canvas",)
    assert kg.export(graph, "html", tmp_path / "c.html", renderer="pyvis").notes == ("drawn by pyvis",)
    with pytest.raises(OptionError, match="unknown renderer 'd3'; choose one of auto, pyvis, canvas"):
        kg.export(graph, "html", tmp_path / "d.html", renderer="d3")


def test_scripts_use_no_way_to_make_markup_of_text() -> None:
    for script in resources.files("exports").joinpath("page").iterdir():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function|setTimeout\(['\"]", script.read_text("utf-8")
        ), script


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed: it reads the scripts")
def test_scripts_are_well_formed() -> None:
    for script in (ROOT / "exports" / "page").glob("*.js"):
        subprocess.run(["node", "--check", str(script)], check=True)


@pytest.mark.skipif(not shutil.which("npx"), reason="npx is not installed: it runs eslint")
def test_scripts_are_linted() -> None:
    command = ["npx", "--yes", "eslint@9", "--config", "tests/eslint.config.mjs", "exports/page"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "npm error" in done.stderr:
        pytest.skip(f"eslint cannot be fetched: {done.stderr.splitlines()[0]}")
    assert done.returncode == 0, done.stdout


def test_bytes_do_not_depend_on_the_order_of_sets(tmp_path: Path) -> None:
    code = "import sys, kg; from tests.pages import small_graph; kg.export(small_graph(), 'html', sys.argv[1])"
    for seed in ("1", "2"):
        target = str(tmp_path / seed)
        subprocess.run([sys.executable, "-c", code, target], check=True, cwd=ROOT, env={"PYTHONHASHSEED": seed, "PATH": ""})
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_mentions_are_offsets_into_sentences_in_units_of_javascript() -> None:
    graph = small_graph(3)
    data = page_data(graph, Layout({}))
    sentence, start, end = data["edges"]["mentions"][next(n for n, e in enumerate(data["edges"]["mentions"]) if e and e[0][1] > 20)][0]
    units = data["sentences"][sentence].encode("utf-16-le")
    assert units[2 * start : 2 * end].decode("utf-16-le") in {"Trick0y", "Transformer", "WMT14", "translation", "accuracy"}
    assert len(data["sentences"]) == 3


def test_a_form_that_its_sentence_does_not_hold_is_not_marked() -> None:
    graph = small_graph(1)
    for *_, values in graph.edges(data=True):
        if values.get("evidence"):
            values["evidence"] = ("another sentence",) * len(values["evidence"])
    assert {tuple(m[1:]) for mentions in page_data(graph, Layout({}))["edges"]["mentions"] for m in mentions} == {(-1, -1)}


# The layout


def test_topics_are_discs_that_do_not_cover_each_other() -> None:
    graph = small_graph()
    made = layout(graph)
    discs = [topic for topic in made.topics if topic.radius]
    assert [topic.n_papers for topic in discs] == [12, 12, 12]
    assert {name for topic in discs for name in topic.name.split(" · ")} <= {
        name for names in zip(*TOPIC_NAMES, strict=True) for name in names
    }
    for number, one in enumerate(discs):
        for other in discs[:number]:
            assert ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5 > one.radius + other.radius
    assert set(made.positions) == set(graph.nodes)
    assert len(set(made.positions.values())) == len(graph)


TOPIC_NAMES = (("Transformer", "WMT14", "translation"), ("ResNet", "ImageNet", "classification"), ("PPO", "Atari", "control"))


def test_what_one_paper_speaks_of_stands_around_it() -> None:
    graph = small_graph()
    positions = layout(graph).positions
    own = next(node for node, name in graph.nodes(data="name") if name == "Net4x")
    (ax, ay), (bx, by) = positions[own], positions["arxiv:2401.00004"]
    assert 5 < ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 < 40


def test_papers_that_share_nothing_stand_below() -> None:
    graph = nx.compose(small_graph(), lonely(3))
    made = layout(graph)
    assert made.topics[-1].name == "papers that share nothing with the others" and made.topics[-1].n_papers == 3
    bottom = max(topic.y + topic.radius for topic in made.topics[:-1])
    assert all(made.positions[node][1] > bottom for node in lonely(3))


def lonely(count: int) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for number in range(count):
        graph.add_node(f"sha:{number}", kind="Paper", title=f"Alone {number}", abstract="", sources=("a#1",))
    return graph


# In the browser


def test_opens_with_what_papers_share(page: Page) -> None:
    page.open()
    assert page.at("#count").text == "46 of 118 nodes" or page.count() < 118
    assert page.run("return [paperkgPage.state().least, document.title]") == [2, "paperkg: knowledge graph"]
    assert "Methods that papers share" in page.at("#panel").text
    assert page.requests() == [] and page.errors() == []


def test_search_by_alias_with_the_keyboard(page: Page) -> None:
    page.open()
    page.at("body").send_keys("/")
    page.at("#search").send_keys("net7")
    assert page.at("#search").get_attribute("aria-expanded") == "true"
    assert page.at("#search-list [aria-selected=true]").text.startswith("Net7x")
    page.at("#search").send_keys("\ue007")
    assert page.heading() == "Net7x" and "Proposed by (1)" in page.at("#panel").text
    assert page.at("#panel blockquote mark").text == "Net7x"
    assert "confidence 0.90" in page.at("#panel").text and "2023-08-01" in page.at("#panel").text
    assert "node=method" in page.run("return location.hash")
    assert page.errors() == []


def test_search_that_finds_nothing_says_so(page: Page) -> None:
    page.open().at("#search").send_keys("zzzz")
    assert "no name" in page.at("#search-list").text
    page.at("#search").send_keys("\ue00c")
    assert not page.at("#search-list").is_displayed()


def test_click_on_a_node_shows_it_and_a_click_beside_it_does_not(page: Page) -> None:
    page.open()
    number = page.number("Transformer")
    x, y = page.place(number)
    click_at(page, x, y)
    page.wait(f"paperkgPage.state().node === {number}")
    assert page.heading() == "Transformer" and "Used by" in page.at("#panel").text and "Compared with by" in page.at("#panel").text
    box = page.at("#stage").rect
    click_at(page, round(box["x"]) + 4, round(box["y"] + box["height"]) - 4)
    page.wait("paperkgPage.state().node === -1")
    assert page.errors() == []


def click_at(page: Page, x: int, y: int) -> None:
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        event = {
            "type": kind,
            "x": x,
            "y": y,
            "button": "none" if kind == "mouseMoved" else "left",
            "clickCount": int(kind != "mouseMoved"),
        }
        page.browser.execute_cdp_cmd("Input.dispatchMouseEvent", event)


def test_each_filter_narrows_and_is_taken_back(page: Page) -> None:
    page.open()
    whole = page.count()
    page.at("#kinds input[name=show-Dataset]").click()
    assert page.count() == whole - 3
    page.at("#back").click()
    page.wait("paperkgPage.state().hidden.size === 0")
    assert page.count() == whole
    for selector, value in (("#least", 13), ("#confidence", 75), ("#first", 2023), ("#last", 2022), ("#text", "translation")):
        page.set(selector, value)
        assert page.count() < whole, selector
        page.at("#reset").click()
        assert page.count() == whole, selector
    page.at("#roles input[name='show-proposes']").click()
    page.set("#least", 1)
    assert not page.run("return [...paperkgPage.visible().shown].some((n) => /^Net/.test(paperkgPage.model.label(n)))")
    assert page.errors() == []


def test_filters_combine(page: Page) -> None:
    page.open("#first=2023&last=2023&text=control&hide=Metric,Paper")
    names = page.run("return [...paperkgPage.visible().shown].map(paperkgPage.model.label)")
    assert sorted(names) == ["control"] or set(names) <= {"PPO", "Atari", "control", "Transformer", "WMT14"}
    assert page.at("#first").get_attribute("value") == "2023" and page.at("#text").get_attribute("value") == "control"
    page.set("#text", "no paper says this")
    assert page.count() == 0 and "Nothing passes" in page.at("#mode").text
    page.at("#mode button").click()
    assert page.count() > 40


def test_neighbours_two_steps_and_back(page: Page) -> None:
    page.open()
    whole = page.count()
    number = page.number("WMT14")
    page.run("paperkgPage.change({node: arguments[0]})", number)
    page.at("#panel .tools button").click()
    assert "Neighbours of “WMT14”" in page.at("#mode").text
    near = page.count()
    page.run("document.querySelectorAll('#panel .tools button')[1].click()")
    assert near < page.count() and page.run("return paperkgPage.state().steps") == 2
    page.at("#back").click()
    page.wait("paperkgPage.state().steps === 1")
    assert page.count() == near
    page.at("#mode button").click()
    assert page.count() == whole and not page.at("#mode").is_displayed()
    assert page.errors() == []


def test_path_between_two_nodes(page: Page) -> None:
    page.open()
    page.run("paperkgPage.change({node: arguments[0]})", page.number("Net0x"))
    page.all("#panel .tools button")[2].click()
    page.at("#path-to").send_keys("Net3x\ue007")
    steps = [step.text for step in page.all("#panel .steps > li > button")]
    assert steps[0] == "Net0x" and steps[-1] == "Net3x" and len(steps) == page.count()
    assert "from 1 paper" in page.at("#panel").text
    page.open("#path=" + page.run("return paperkgPage.model.nodes[arguments[0]].id", page.number("Net0x")) + "&path=arxiv:2401.00001&hide=")
    assert page.heading() == "Path" and page.all("#panel .steps mark")
    page.run("paperkgPage.change({off: new Set(paperkgPage.model.relations.keys())})")
    assert "Nothing joins them" in page.at("#panel").text


def test_list_sorts_and_copies(page: Page) -> None:
    page.open()
    page.at("#show-list").click()
    assert len(page.all("#list tbody tr")) == page.count()
    assert page.at("#list th[aria-sort=descending]").text.startswith("Papers")
    page.all("#list th button")[0].click()
    names = [cell.text for cell in page.all("#list td:first-child")]
    assert page.at("#list th[aria-sort]").get_attribute("aria-sort") == "ascending" and names[0].lower() <= names[-1].lower()
    rows = list(csv.DictReader(io.StringIO(page.run("return paperkgPage.csv()"))))
    assert len(rows) == page.count() and {"Id", "Name", "Type", "Papers", "Topic"} <= set(rows[0])
    page.at("#copy").click()
    page.wait("document.getElementById('status').textContent.endsWith('rows copied')")
    page.all("#list td button")[0].click()
    assert page.heading() == names[0]


def page_id(page: Page, name: str) -> str:
    """The id of a node, for an address."""
    if not page.run("return Boolean(window.paperkgPage)"):
        page.open()
    return str(page.run("return encodeURIComponent(paperkgPage.model.nodes[arguments[0]].id)", page.number(name)))


def test_address_restores_the_page(page: Page) -> None:
    page.open()
    page.run("paperkgPage.change({node: arguments[0], least: 3, theme: 'dark'})", page.number("ResNet"))
    page.at("#nearer").click()
    page.wait("location.hash.includes('view=')")
    fragment, seen = page.run("return [location.hash, paperkgPage.renderer.view().scale]")
    page.open(fragment)
    assert page.heading() == "ResNet" and page.run("return [paperkgPage.state().least, document.documentElement.dataset.theme]") == [
        3,
        "dark",
    ]
    assert abs(page.run("return paperkgPage.renderer.view().scale") - seen) < 0.01
    page.open("#least=x&node=nobody&hide=Nothing&first=-4&view=1,2&steps=9&path=a&topic=99&confidence=7&theme=pink")
    assert page.run("return [paperkgPage.state().least, paperkgPage.state().node, paperkgPage.state().topic]") == [2, -1, -1]
    assert page.errors() == []


def test_address_restores_the_view_of_a_neighbourhood(page: Page) -> None:
    page.open("#focus=" + page_id(page, "WMT14") + "&steps=1&view=500,300,3")
    view = page.run("return paperkgPage.renderer.view()")
    assert (round(view["x"]), round(view["y"]), round(view["scale"])) == (500, 300, 3)


def test_address_with_a_year_of_no_paper(page: Page) -> None:
    page.open("#first=1999")
    assert page.at("#first").get_attribute("value") == "1999"


def test_back_pressed_quickly_stays_on_the_page(page: Page) -> None:
    page.open()
    whole = page.count()
    for least in range(3, 70):
        page.run("paperkgPage.change({least: arguments[0]})", least)
    page.run("for (let i = 0; i < 80; i++) document.getElementById('back').click()")
    assert page.count() == whole and not page.at("#back").is_enabled()


def test_buttons_inside_the_stage_keep_their_keys(page: Page) -> None:
    page.open()
    page.run("paperkgPage.change({node: arguments[0], list: true})", page.number("WMT14"))
    page.run("document.querySelector('#list th button').focus()")
    page.run("return document.activeElement").send_keys("\ue007")
    assert page.run("return document.querySelector('#list th').ariaSort") != "none"
    page.run("document.querySelector('#list button.node').focus()")
    page.run("return document.activeElement").send_keys("\ue007")
    assert page.run("return document.activeElement !== document.body && document.getElementById('list').contains(document.activeElement)")
    page.run("paperkgPage.change({list: false, focus: arguments[0]})", page.number("WMT14"))
    page.run("document.querySelector('#mode button').focus()")
    page.run("return document.activeElement").send_keys("\ue007")
    assert page.run("return paperkgPage.state().focus") == -1
    assert page.errors() == []


def test_a_confidence_is_at_least_itself(page: Page) -> None:
    page.open("#least=1&confidence=0.7")
    at_least = page.count()
    page.open("#least=1&confidence=0.69")
    assert page.count() == at_least


def test_filters_hold_on_a_path(page: Page) -> None:
    page.open()
    ends = [page.number(name) for name in ("ResNet", "Atari")]
    page.run("paperkgPage.change({path: arguments[0]})", ends)
    page.run("paperkgPage.change({hidden: new Set([paperkgPage.model.kinds.indexOf('Metric')])})")
    kinds = page.run("return [...(paperkgPage.visible().path || [])].map((n) => paperkgPage.model.kinds[paperkgPage.model.kind[n]])")
    assert "Metric" not in kinds
    at_home = "const {model, visible} = paperkgPage; return [...visible().shown].every((n) => model.x[n] === model.homeX[n])"
    assert not kinds or not page.run(at_home)


def test_pictures(page: Page) -> None:
    page.open()
    read = """const [form, done] = arguments; paperkgPage.picture(form).then((blob) => { const reader = new FileReader();
      reader.onload = () => done([blob.type, reader.result.split(',')[1]]); reader.readAsDataURL(blob); });"""
    import base64

    kind, data = page.browser.execute_async_script(read, "png")
    assert kind == "image/png" and base64.b64decode(data)[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 20_000
    kind, data = page.browser.execute_async_script(read, "svg")
    picture = ET.fromstring(base64.b64decode(data))
    texts = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert kind == "image/svg+xml" and {"Transformer", "ResNet"} <= texts
    page.at("#downloads summary").click()
    page.at("#png").click()
    page.wait("document.getElementById('status').textContent === 'PNG saved'")
    assert page.errors() == []


def test_dark_by_the_system_and_by_choice(page: Page) -> None:
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    page.open()
    assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"
    page.at("#theme").click()
    assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_keyboard_alone(page: Page) -> None:
    page.open()
    stage = page.at("#graph")
    page.run("document.getElementById('graph').focus()")
    stage.send_keys("\ue014")  # right
    first = page.run("return paperkgPage.state().node")
    stage.send_keys("\ue015")  # down
    assert first >= 0 and page.run("return paperkgPage.state().node") not in (-1, first)
    stage.send_keys("1")
    assert page.at("#mode").is_displayed()
    stage.send_keys("b")
    page.wait("paperkgPage.state().focus === -1")
    stage.send_keys("\ue007")
    assert page.run("return document.activeElement.id") == "panel"
    page.at("body").send_keys("l")
    assert page.at("#list").is_displayed()
    page.at("body").send_keys("l")
    page.at("body").send_keys("?")
    assert page.at("#help-text").is_displayed()
    page.at("#help-text").send_keys("\ue00c")
    page.at("body").send_keys("\ue00c")
    assert page.run("return paperkgPage.state().node") == -1
    before = page.run("return paperkgPage.renderer.view().scale")
    stage.send_keys("+")
    page.wait(f"paperkgPage.renderer.view().scale > {before} * 1.2")
    assert "Arrow keys" in stage.get_attribute("aria-label") and page.at("#status").get_attribute("role") == "status"


@pytest.mark.parametrize("fragment", ["", "#theme=dark", "#list=1", "#list=1&theme=dark"])
def test_no_serious_finding_of_axe(page: Page, fragment: str) -> None:
    page.open(fragment)
    page.run("paperkgPage.change({node: arguments[0]})", page.number("Transformer"))
    page.run(resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.browser.execute_async_script("const done = arguments[0]; axe.run().then((result) => done(result.violations));")
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_narrow_window(page: Page) -> None:
    page.open(width=400, height=750)
    assert page.run("return document.documentElement.scrollWidth") <= 400
    assert page.at("#filters").get_attribute("open") is None and page.at("#stage").size["height"] > 300
    page.at("#filters summary").click()
    assert page.at("#least").is_displayed()
    page.at("#search").send_keys("resnet\ue007")
    assert page.heading() == "ResNet" and page.run("return document.documentElement.scrollWidth") <= 400


def test_both_renderers_tell_the_same(browser: Any, folder: Path) -> None:
    told = []
    for renderer in RENDERERS:
        page = Page(browser, folder / f"small-{renderer}.html").open()
        page.run("paperkgPage.change({node: arguments[0]})", page.number("Atari"))
        told.append((page.at("#panel").text, page.at("#count").text, page.run("return location.hash")))
        assert page.run("return paperkgPage.renderer.name") == renderer
    assert told[0] == told[1]


def test_inside_a_notebook(browser: Any, tmp_path: Path) -> None:
    shown = kg.show(small_graph(3), height=300)
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html><body>{shown._repr_html_()}", "utf-8")
    assert "text" not in repr(shown)
    browser.get((tmp_path / "notebook.html").as_uri())
    browser.switch_to.frame(0)
    page = Page(browser, tmp_path)
    page.wait("document.body.dataset.ready === 'true'")
    page.run("paperkgPage.change({node: 0})")
    page.at("#back").click()
    page.wait("paperkgPage.state().node === -1")
    browser.switch_to.default_content()


# A hostile graph


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_hostile_graph_runs_nothing(browser: Any, folder: Path, renderer: str) -> None:
    page = Page(browser, folder / f"hostile-{renderer}.html").open("#least=1")
    elements = "return document.querySelectorAll('script, img, iframe, object, embed, [onload], [onerror], [href^=javascript]').length"
    before = page.run(elements)
    for number in range(page.run("return paperkgPage.model.size")):
        page.run("paperkgPage.change({node: arguments[0]})", number)
        x, y = page.place(number)
        page.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
        click_at(page, x, y)
        for button in page.run("return document.querySelectorAll('#panel button.node').length") and page.all("#panel button.node")[:1]:
            page.run("arguments[0].click()", button)
        page.run("paperkgPage.change({focus: arguments[0], node: -1})", number)
        page.run("paperkgPage.change({focus: -1, path: [0, arguments[0]]})", number)
        page.run("paperkgPage.change({path: null, list: true})")
        page.run("paperkgPage.change({list: false, topic: 0})")
        assert page.run(elements) == before
    for text in HOSTILE[:4]:
        page.at("#search").send_keys(text[:40])
        assert page.run(elements) == before
        page.at("#search").clear()
    svg = page.browser.execute_async_script("paperkgPage.picture('svg').then((blob) => blob.text()).then(arguments[0])")
    assert not {element.tag.split("}")[1] for element in ET.fromstring(svg).iter()} - {"svg", "path", "text"}
    assert not re.search(r'(?:^|,)"?[=+@]', page.run("return paperkgPage.csv()").split("\n", 1)[1], re.MULTILINE)
    assert page.run("return [typeof window.owned, document.title]") == ["undefined", "paperkg: knowledge graph"]
    hrefs = page.run("return [...document.querySelectorAll('a')].map((link) => [link.protocol, link.rel])")
    assert all(protocol in ("http:", "https:") and rel == "noopener noreferrer" for protocol, rel in hrefs)
    assert page.requests() == [] and page.errors() == []
