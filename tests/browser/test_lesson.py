"""Lesson 01 and its sheet, used as a reader uses them."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import Reader

LESSON = "lessons/01_perceptron.ipynb"
SHEET = "exercises/01_perceptron/01_perceptron.ipynb"


@pytest.fixture(scope="module")
def lesson(chromium_process, lab):
    """Lesson 01 with every cell run, for the tests that leave it as it is."""
    someone = Reader(chromium_process, lab)
    someone.open(LESSON)
    someone.errors = someone.run_all()
    someone.page.wait_for_selector("svg.nn-plane polygon[points*=',']")
    yield someone
    someone.close()


@pytest.fixture
def plane(lesson):
    """The perceptron on a plane, as it is at the start."""
    svg = lesson.page.locator("svg.nn-plane")
    svg.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    svg.focus()
    lesson.page.keyboard.press("r")
    status_says(lesson, "24 points. w and b are 0")
    return svg


def status(reader):
    return reader.page.locator(".nn-widget:has(svg.nn-plane) .nn-status")


def status_says(reader, text):
    """Wait until the widget's line of text begins with `text`."""
    status(reader).filter(has_text=text).wait_for(timeout=5000)
    return status(reader).inner_text()


def line_ends(plane):
    return plane.locator(".nn-line").evaluate(
        "(n) => ['x1', 'y1', 'x2', 'y2'].map((a) => n.getAttribute(a))"
    )


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_first_page_opens_without_noise(reader):
    reader.open()
    heading = reader.page.get_by_role("heading", name="How neural networks")
    heading.wait_for()
    reader.page.wait_for_timeout(1500)  # a prompt would need some time
    assert reader.page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert reader.refused == []
    assert reader.complaints == []


def test_the_page_reads_well_before_anything_is_run(reader):
    """Widgets stand there as pictures with a sentence."""
    reader.open(LESSON)
    assert reader.page.locator(".nn-widget").count() == 0
    for call in ("perceptron_digits(X_train", "perceptron_plane(P, p)"):
        picture = reader.cell(f"widgets.{call}").locator("img").first
        assert picture.evaluate("(img) => img.naturalWidth") > 300
    assert "model not found" not in reader.page.content()


def test_lesson_runs_from_top_to_bottom(lesson):
    assert lesson.errors == []
    assert lesson.page.locator(".nn-widget").count() == 2
    assert lesson.refused == []
    assert lesson.complaints == []


def test_keyboard_steps_and_the_line_moves(lesson, plane):
    before = plane.screenshot()
    lesson.page.keyboard.press("n")
    assert "z is 0" not in status_says(lesson, "Mistake 1: point 1 is a 0")
    lesson.page.keyboard.press("n")
    status_says(lesson, "Mistake 2")
    first = line_ends(plane)
    lesson.page.keyboard.press("n")
    status_says(lesson, "Mistake 3")
    assert line_ends(plane) != first
    assert plane.screenshot() != before


def test_mouse_steps_to_the_end(lesson, plane):
    lesson.page.get_by_role("button", name="Next mistake").last.click()
    status_says(lesson, "Mistake 1")
    lesson.page.get_by_role("button", name="To the end").last.click()
    status_says(lesson, "No mistake is left after 10 updates")
    assert plane.locator("g g .nn-ring:visible").count() == 0
    lesson.page.get_by_role("button", name="Forget weights").last.click()
    status_says(lesson, "24 points. w and b are 0")


def test_the_update_is_drawn_as_an_arrow_on_the_weights(lesson, plane):
    lesson.page.keyboard.press("n")
    status_says(lesson, "Mistake 1")
    lesson.page.keyboard.press("n")
    status_says(lesson, "Mistake 2")
    arrows = lesson.page.locator(".nn-panel svg[aria-label^='The weights']")
    ends = {}
    for kind in ("old", "step", "new"):
        ends[kind] = arrows.locator(f".nn-{kind}[x1]").evaluate(
            "(n) => ['x1', 'y1', 'x2', 'y2'].map((a) => +n.getAttribute(a))"
        )
    assert ends["old"][2:] == ends["step"][:2]  # tip to tail
    assert ends["step"][2:] == ends["new"][2:]


def test_dragging_a_point(lesson, plane):
    dot = plane.locator("g g").first
    x, y = middle(dot)
    lesson.page.mouse.move(x, y)
    lesson.page.mouse.down()
    lesson.page.mouse.move(x + 50, y - 30, steps=10)
    lesson.page.mouse.up()
    status_says(lesson, "Point 1, a 0, is now at")
    there = middle(dot)
    assert there[0] - x == pytest.approx(50, abs=1.5)
    assert there[1] - y == pytest.approx(-30, abs=1.5)


def test_a_click_adds_a_point_and_delete_removes_it(lesson, plane):
    box = plane.bounding_box()
    lesson.page.get_by_label("A click adds").select_option("1")
    lesson.page.mouse.click(box["x"] + 20, box["y"] + box["height"] - 20)
    status_says(lesson, "Point 25, a 1, was added at")
    assert plane.locator("g g").count() == 25
    lesson.page.keyboard.press("Delete")
    status_says(lesson, "A point was taken away; 24 are left.")
    assert plane.locator("g g").count() == 24


def test_everything_works_by_keyboard(lesson, plane):
    press = lesson.page.keyboard.press
    press("s")
    status_says(lesson, "Point 1, a 0, is at")
    press("Shift+S")
    status_says(lesson, "Point 24, a 1, is at")
    x, y = middle(plane.locator("g g").nth(23))
    for key in ("ArrowRight", "ArrowDown"):
        press(key)
    status_says(lesson, "Point 24, a 1, is now at")
    lesson.page.wait_for_timeout(300)
    there = middle(plane.locator("g g").nth(23))
    assert there[0] > x
    assert there[1] > y
    press("0")
    status_says(lesson, "Point 25, a 0, was added at")
    press("1")
    status_says(lesson, "Point 26, a 1, was added at")
    press("Backspace")
    status_says(lesson, "A point was taken away; 25 are left.")
    press("r")
    status_says(lesson, "24 points. w and b are 0")
    press("e")
    status_says(lesson, "No mistake is left")
    press("f")
    status_says(lesson, "24 points. w and b are 0")


def test_keys_pressed_in_a_widget_do_not_reach_the_notebook(lesson, plane):
    count = lesson.page.locator(".jp-Cell").count()
    for key in "ddxbaym":  # cut, delete, insert, change type
        lesson.page.keyboard.press(key)
    lesson.page.wait_for_timeout(300)
    assert lesson.page.locator(".jp-Cell").count() == count
    status_says(lesson, "24 points. w and b are 0")


def test_digits_step_by_step(lesson):
    widget = lesson.page.locator(".nn-widget:has(canvas)")
    widget.locator(".nn-sum").focus()
    lesson.page.keyboard.press("n")
    words = widget.locator(".nn-status")
    words.filter(has_text="Mistake 1").wait_for()
    lesson.page.keyboard.press("e")
    words.filter(has_text="No mistake is left: after 6 updates").wait_for()
    assert "180 are read right (100 %)" in words.inner_text()


def test_a_click_on_a_widget_does_not_scroll_the_page(lesson, plane):
    place = ".jp-WindowedPanel-outer"
    before = lesson.page.eval_on_selector(place, "(n) => n.scrollTop")
    box = plane.bounding_box()
    lesson.page.mouse.click(box["x"] + 30, box["y"] + 30)
    status_says(lesson, "Point 25")
    after = lesson.page.eval_on_selector(place, "(n) => n.scrollTop")
    assert after == before


@pytest.mark.parametrize("width", [600, 1400])
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_widgets_fit_and_can_be_read(lesson, width, theme):
    lesson.page.set_viewport_size({"width": width, "height": 1000})
    lesson.theme(theme)
    for widget in lesson.page.locator(".nn-widget").all():
        overflow = widget.evaluate("(n) => n.scrollWidth - n.clientWidth")
        assert overflow <= 0
        # Text within a drawing would shrink with it.
        assert widget.locator("svg text").count() == 0
        sizes = widget.evaluate(
            """(n) => [...n.querySelectorAll('*')]
                .filter((e) => e.checkVisibility() && [...e.childNodes].some(
                    (c) => c.nodeType === 3 && c.textContent.trim()))
                .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
        )
        assert min(sizes) >= 12
        assert contrast(widget.locator(".nn-status")) >= 4.5
    lesson.theme("JupyterLab Light")
    lesson.page.set_viewport_size({"width": 1280, "height": 1000})


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_widgets_are_accessible(lesson, theme):
    lesson.theme(theme)
    lesson.page.wait_for_timeout(300)
    found = Axe().run(lesson.page, context={"include": [[".nn-widget"]]})
    lesson.theme("JupyterLab Light")
    bad = [
        (v["id"], [node["html"][:120] for node in v["nodes"]])
        for v in found.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert bad == []


def contrast(locator):
    """Return the contrast of a text with its widget's background (WCAG)."""
    colors = locator.evaluate(
        """(n) => [getComputedStyle(n).color,
            getComputedStyle(n.closest('.nn-widget')).backgroundColor]"""
    )
    light, dark = sorted(map(luminance, colors), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    parts = [int(p) / 255 for p in color[4:-1].split(",")]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
        for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_solving_an_exercise(reader, lab_folder):
    """Type an answer, see what is wrong with it, mend it, see it pass."""
    reader.open(SHEET)
    errors = reader.run_all()
    assert [text.split(": ")[1] for _, text in errors] == 5 * [
        "not started yet."
    ]
    answer = reader.cell("def perceptron_predict")
    check = reader.cell("check(perceptron_predict)")
    write(reader, answer, "return (X @ w + b > 0).astype(int)")
    run(reader, check)
    message = check.locator(".jp-OutputArea-output")
    message.filter(has_text="a point exactly on the line").wait_for()
    assert message.inner_text().startswith("perceptron_predict: not right")
    assert "Traceback" not in message.inner_text()
    write(reader, answer, "return (X @ w + b >= 0).astype(int)")
    run(reader, check)
    message.filter(has_text="perceptron_predict: passed.").wait_for()
    record = lab_folder / "progress/01_perceptron/perceptron_predict.txt"
    assert record.exists()
    reader.open("lessons/00_start_here.ipynb")
    reader.run_all()
    table = reader.cell("overview()").locator("table")
    table.filter(has_text="1 of 5").wait_for()
    table.get_by_role("link", name="sheet").first.click()
    reader.page.get_by_role("heading", name="Exercises 1").wait_for()


def write(reader, cell, line):
    """Replace a cell's last line and run the cell."""
    cell.locator(".cm-line").last.click()
    reader.page.keyboard.press("Control+End")
    reader.page.keyboard.press("Shift+Home")
    reader.page.keyboard.type(line)
    run(reader, cell)


def run(reader, cell):
    cell.locator(".cm-content").click()
    reader.page.keyboard.press("Control+Enter")


def test_a_widget_whose_kernel_is_gone_says_so(reader):
    reader.open(LESSON)
    reader.run_all()
    reader.page.locator("svg.nn-plane").focus()
    reader.page.evaluate(
        """async () => {
          const panel = window.jupyterapp.shell.currentWidget;
          await panel.sessionContext.session.kernel.shutdown();
        }"""
    )
    reader.page.keyboard.press("n")
    status_says(reader, "No answer from Python yet")


def test_lesson_takes_less_than_ten_seconds(reader):
    reader.open(LESSON)
    start = time.monotonic()
    assert reader.run_all() == []
    assert time.monotonic() - start < 10
