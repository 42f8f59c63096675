import contextlib
import html.parser
import shutil

import marked
import pytest
from playwright.sync_api import sync_playwright

from nnlib.grading import feedback, report

OURS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2"),
    *("h3", "p", "bdi", "ul", "li", "div", "table", "caption", "thead"),
    *("tbody", "tr", "th", "td", "a", "code", "wbr", "section", "span"),
    "pre",
}
WITHIN = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "scope"),
    *("href", "id", "colspan", "tabindex", "role", "aria-label"),
}


class Reader(html.parser.HTMLParser):
    """Remember tags and attributes, and what text they hold."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        self.text += " "

    def handle_data(self, data):
        self.text += data


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def text_of(*cells, **changes):
    page = feedback.page(marked.a_result("ada", *cells, **changes))
    return " ".join(read(page.partition("</head>")[2]).text.split())


@contextlib.contextmanager
def a_browser():
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        try:
            yield browser
        finally:
            browser.close()


def test_a_page_says_the_score_what_was_found_and_the_message():
    text = text_of(
        marked.a_cell("sigmoid"),
        marked.a_cell("relu", "wrong", points=1.5, message="relu: not yet."),
    )
    assert "For ada 2 of 3.5 points" in text
    assert "sigmoid Passed. 2 of 2" in text
    assert "relu Not right yet. 0 of 1.5" in text
    assert "relu: not yet." in text
    assert "What passed is yours to keep." in text


@pytest.mark.parametrize(("state", "words"), feedback.STATES.items())
def test_every_state_has_words(state, words):
    assert words in text_of(marked.a_cell("relu", state))


def test_a_known_mistake_is_told_once():
    cell = marked.a_cell("relu", "wrong", mistake="the mask is missing.")
    assert "What happened: the mask is missing." in text_of(cell)
    cell["message"] = "relu: not yet.\nWhat happened: the mask\nis missing."
    assert text_of(cell).count("the mask is missing.") == 1


def test_the_opening_fits_what_was_found():
    passed, waiting = marked.a_cell(), marked.to_mark()
    idle = marked.a_cell("relu", "not started")
    assert "Well done." in text_of(passed)
    assert "good place to begin" in text_of(idle)
    assert "still to be read by a person" in text_of(passed, waiting)
    assert "why A person is going to mark this. of 2" in text_of(waiting)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("missing", "This notebook was not handed in."),
        ("unreadable", "This notebook could not be read as a notebook."),
    ],
)
def test_what_was_not_there_is_said_with_the_remarks(state, sentence):
    book = marked.a_book(state=state, remarks=["It is empty."])
    result = {"notebooks": [book], "remarks": ["It came late."]}
    text = text_of(**result)
    assert sentence in text
    assert "It is empty." in text
    assert "It came late." in text


def test_each_of_several_notebooks_has_a_heading():
    books = [marked.a_book(marked.a_cell(), name=name) for name in "ab"]
    text = text_of(notebooks=books)
    assert "Notebook a" in text
    assert "Notebook b" in text


def test_a_link_leads_to_each_message_and_to_no_other_place():
    reader = read(
        feedback.page(
            marked.a_result("ada", marked.a_cell(), marked.to_mark())
        )
    )
    values = dict(reader.attributes)
    links = [value for name, value in reader.attributes if name == "href"]
    assert links == ["#cell-1-1"]
    assert values["id"] == "cell-1-1"


def test_a_long_message_is_cut_in_the_middle_with_a_note():
    message = "start " + "x" * 100_000 + " end"
    text = text_of(marked.a_cell(message=message))
    assert "start xxx" in text
    assert "xxx end" in text
    assert "[... 80,010 characters are left out here ...]" in text
    assert len(text) < 21_000


def test_a_flood_of_remarks_is_counted_and_not_shown():
    text = text_of(remarks=["once more"] * 10_000)
    assert text.count("once more") == feedback.MOST_REMARKS
    assert "And 9950 more like these." in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07", "&lt;U+001B&gt;]0;title&lt;U+0007&gt;"),
        ("\u202etxt.exe", "&lt;U+202E&gt;txt.exe"),
        ("zero\u200bwidth", "zero&lt;U+200B&gt;width"),
        ("\ud800", "&lt;U+D800&gt;"),
        ("שלום 👩\u200d🔬 é\t|", "שלום 👩\u200d🔬 é\t|"),
        ("'\"&<>", "&#x27;&quot;&amp;&lt;&gt;"),
    ],
)
def test_what_hides_or_reorders_text_is_written_out(text, expected):
    assert feedback.shown(text) == expected


def assert_calm(page, drawn=frozenset(), drawn_with=frozenset()):
    """Check that there are our own tags alone and nothing that hides text."""
    page.encode()
    reader = read(page)
    assert set(reader.tags) <= OURS | drawn
    assert {name for name, _ in reader.attributes} <= WITHIN | drawn_with
    assert not set(page) & set("\x00\x1b\u202e\u2066")


@pytest.mark.parametrize("text", marked.HOSTILE)
def test_a_strangers_text_makes_no_tag_and_no_attribute(text):
    assert_calm(feedback.page(marked.hostile(text)))


def test_strangers_texts_make_no_tag_and_no_attribute_in_the_report():
    assert_calm(
        report.page(map(marked.hostile, marked.HOSTILE)),
        {"svg", "path", "rect", "text", "title"},
        {"viewbox", "role", "aria-label", "d", "x", "y", "transform"}
        | {"width", "height", "text-anchor"},
    )


def test_in_a_browser_nothing_runs_and_nothing_is_asked_for(tmp_path):
    results = [marked.hostile(text) for text in marked.HOSTILE]
    pages = [report.page(results), *map(feedback.page, results)]
    path = tmp_path / "page.html"
    asked, said = [], []
    with a_browser() as browser:
        tab = browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("dialog", lambda dialog: said.append(dialog.message))
        for page in pages:
            path.write_text(page, "utf-8")
            tab.goto(path.as_uri())
            assert tab.evaluate("document.scripts.length") == 0
            assert tab.title().startswith(("Feedback on", "Class report"))
    assert said == []
    others = {url for url in asked if not url.startswith("data:")}
    assert others == {path.as_uri()}


def test_the_policy_would_stop_a_script_that_got_through(tmp_path):
    script = "<script>document.title = 'run'</script>"
    page = feedback.document("calm", [script, "<img src='http://[::1]/x'>"])
    (tmp_path / "page.html").write_text(page)
    with a_browser() as browser:
        tab = browser.new_page()
        failed = []
        tab.on("requestfailed", lambda r: failed.append(r.failure))
        tab.goto((tmp_path / "page.html").as_uri())
        assert tab.title() == "calm"
        assert all("csp" in failure for failure in failed)


def test_nothing_is_wider_than_a_telephone(tmp_path):
    results = [marked.hostile(text) for text in marked.HOSTILE]
    pages = [feedback.page(results[-3]), report.page(results)]
    with a_browser() as browser:
        tab = browser.new_page(viewport={"width": 400, "height": 800})
        for page in pages:
            (tmp_path / "page.html").write_text(page, "utf-8")
            tab.goto((tmp_path / "page.html").as_uri())
            width = tab.evaluate("document.documentElement.scrollWidth")
            assert width == 400
