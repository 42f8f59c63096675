"""Every widget in a real browser, worked by keyboard and by mouse."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import Reader
from latency import grown
from tour import PAGE, STOPS

THEMES = ("JupyterLab Light", "JupyterLab Dark")


def each(test):
    return pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)(
        test
    )


@pytest.fixture(scope="module")
def tour(chromium_process, lab):
    """The page with all widgets, every cell run."""
    someone = Reader(chromium_process, lab, 1400, 1000)
    someone.open(PAGE)
    someone.errors = someone.run_all()
    guess(someone.page)
    for stop in STOPS:
        root_of(someone.page, stop).locator(".nn-status").filter(
            has_text=re.compile(".+")
        ).first.wait_for()
    yield someone
    someone.close()


def guess(page):
    """Answer the questions that lock widgets."""
    page.locator(".nn-question").first.wait_for()
    for box in page.locator(".nn-question form").all():
        box.locator("button").first.click()


def root_of(page, stop):
    return page.locator(f'.nn-widget[aria-label="{stop.label}"]').first


def says(root, text, timeout=5000):
    """Wait until the line of text contains `text`; return the line."""
    line = root.locator(".nn-status")
    line.filter(has_text=text).wait_for(timeout=timeout)
    return line.inner_text()


@pytest.fixture
def widget(tour, stop):
    """One widget as it was at the start, in the middle of the window."""
    root = root_of(tour.page, stop)
    target = root.locator(stop.focus)
    target.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    target.focus()
    tour.page.keyboard.press("r")
    tour.page.wait_for_timeout(300)
    target = root.locator(stop.focus)
    target.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    target.focus()
    return root


def test_the_page_runs_from_top_to_bottom(tour):
    assert tour.errors == []
    assert tour.page.locator(".nn-widget").count() == len(STOPS) + 1
    assert tour.refused == []
    assert tour.complaints == []


@each
def test_the_keyboard_works_it(tour, stop, widget):
    assert stop.says not in widget.locator(".nn-status").inner_text()
    tour.page.keyboard.press(stop.keys[0])
    says(widget, stop.says)
    tour.page.keyboard.press("r")
    tour.page.wait_for_timeout(400)
    assert stop.says not in widget.locator(".nn-status").inner_text()


@each
def test_the_mouse_works_it(tour, stop, widget):
    before = widget.locator(".nn-status").inner_text()
    drag(tour.page, widget.locator(stop.drag), stop.path)
    after = says(widget, stop.dragged)
    assert after != before or stop.name == "playground"
    if stop.name == "playground":
        rate = widget.locator("label", has_text="learning rate")
        assert rate.locator("output").inner_text() != "0.1"


def drag(page, target, path):
    target.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    box = target.bounding_box()
    (x0, y0), (x1, y1) = (
        (box["x"] + fx * box["width"], box["y"] + fy * box["height"])
        for fx, fy in path
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=8)
    page.mouse.up()


@each
def test_it_gives_its_state_as_code(tour, stop, widget):
    tour.page.keyboard.press("c")
    code = widget.locator(".nn-code pre")
    code.filter(has_text="nnlib").wait_for(timeout=5000)
    assert "import" in code.inner_text()


@each
@pytest.mark.parametrize("width", [600, 1400])
@pytest.mark.parametrize("theme", THEMES)
def test_it_fits_and_can_be_read(tour, stop, widget, theme, width):
    if stop.fullest:
        tour.page.keyboard.press(stop.fullest)
    tour.page.set_viewport_size({"width": width, "height": 1000})
    tour.theme(theme)
    tour.page.wait_for_timeout(400)
    root = root_of(tour.page, stop)
    assert root.evaluate("(n) => n.scrollWidth - n.clientWidth") <= 0
    assert root.locator("svg text").count() == 0
    assert min(root.evaluate(FONT_SIZES)) >= 12
    painted = root.evaluate(PAINTED)
    for name, colours, corner, card in painted:
        assert colours > 1, f"{name} is empty"
        assert corner is None or corner == card, f"{name} has another theme"


# Sizes of all text that is seen.
FONT_SIZES = """(root) => [...root.querySelectorAll('*')]
  .filter((e) => e.checkVisibility() && !e.matches('.nn-spoken')
    && [...e.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim()))
  .map((e) => parseFloat(getComputedStyle(e).fontSize))"""

# Of each chart: its name, how many colours it has, the colour of its corner,
# and the colour of the card.
PAINTED = """(root) => {
  const card = getComputedStyle(root).getPropertyValue('--nn-card').trim();
  return [...root.querySelectorAll('canvas.nn-canvas')]
    .filter((c) => c.checkVisibility() && c.clientWidth)
    .map((c) => {
      const { data } = c.getContext('2d').getImageData(
        0, 0, c.width, c.height);
      const found = new Set();
      for (let i = 0; i < data.length; i += 4) {
        found.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`);
        if (found.size > 1) break;
      }
      const hex = (v) => v.toString(16).padStart(2, '0');
      const corner = data[3] === 0 ? null
        : `#${hex(data[0])}${hex(data[1])}${hex(data[2])}`;
      return [c.getAttribute('aria-label'), found.size, corner, card];
    });
}"""


@each
@pytest.mark.parametrize("theme", THEMES)
def test_it_is_accessible(tour, stop, theme):
    """axe-core finds nothing serious."""
    tour.page.set_viewport_size({"width": 1400, "height": 1000})
    tour.theme(theme)
    tour.page.wait_for_timeout(300)
    selector = f'.nn-widget[aria-label="{stop.label}"]'
    results = Axe().run(tour.page, context={"include": [[selector]]})
    assert results.response["passes"] is not None
    bad = [
        (v["id"], v["impact"], [n["html"][:120] for n in v["nodes"]])
        for v in results.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert bad == []


@each
def test_nothing_is_left_to_draw_after_a_burst(tour, stop, widget):
    """Half a second after 50 presses, all has been said and done."""
    tour.page.evaluate(WATCH)
    for i in range(50):
        tour.page.keyboard.press(stop.keys[i % 2])
    tour.page.wait_for_timeout(500)
    pressed_last = tour.page.evaluate("() => window.watched.pressed")
    tour.page.wait_for_timeout(700)
    drawn_last = tour.page.evaluate("() => window.watched.drawn")
    assert drawn_last - pressed_last < 500


# When a key was pressed last, and when something was drawn last.
WATCH = """() => {
  const watched = (window.watched ??= { pressed: 0, drawn: 0 });
  if (watched.ready) return;
  watched.ready = true;
  window.addEventListener('keydown',
    () => { watched.pressed = performance.now(); }, true);
  const note = () => { watched.drawn = performance.now(); };
  for (const name of ['stroke', 'fill', 'fillRect', 'drawImage']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      note();
      return draw.apply(this, given);
    };
  }
  new MutationObserver((changes) => {
    if (changes.some(({ target }) => (target.closest ?? (() => 0))
      .call(target, '.nn-stage, .nn-status'))) note();
  }).observe(document.body,
    { subtree: true, childList: true, attributes: true });
}"""


# --- the playground ---------------------------------------------------------

PLAYGROUND = STOPS[0]


@pytest.fixture
def stop():
    """The playground, where a test does not say which widget it is about."""
    return PLAYGROUND


def step_of(root):
    text = root.locator(".nn-time output").inner_text()
    return int(re.match(r"step ([\d,]+)", text)[1].replace(",", ""))


def test_it_plays_and_pauses(tour, widget):
    tour.page.keyboard.press("Space")
    widget.get_by_role("button", name="Pause").wait_for()
    tour.page.wait_for_timeout(1000)
    tour.page.keyboard.press("Space")
    widget.get_by_role("button", name="Play").wait_for()
    tour.page.wait_for_timeout(300)
    reached = step_of(widget)
    assert reached > 1000
    tour.page.wait_for_timeout(500)
    assert step_of(widget) == reached
    tour.page.keyboard.press(",")
    says(widget, f"Step {reached - 1:,},")
    tour.page.keyboard.press(".")
    says(widget, f"Step {reached:,},")


def test_time_can_be_scrubbed(tour, widget):
    for _ in range(3):
        tour.page.keyboard.press("e")
    says(widget, "Step 42, epoch 2.")
    scrub = widget.locator(".nn-time input")
    scrub.focus()
    tour.page.keyboard.press("Home")
    says(widget, "Step 0, epoch 0.")
    tour.page.keyboard.press("ArrowRight")
    says(widget, "Step 1, epoch 0.")
    tour.page.keyboard.press("End")
    says(widget, "Step 42, epoch 2.")


def test_the_network_is_changed_on_the_drawing(tour, widget):
    button = widget.get_by_role("button", name="add a unit to layer 1")
    button.click()
    heads = widget.locator(".nn-column")
    heads.filter(has_text="5 units").wait_for()
    # The button is still there for the next press.
    assert button.evaluate("(n) => n === document.activeElement")
    widget.get_by_role("button", name="take a unit from layer 2").click()
    heads.filter(has_text=re.compile("^1 unit\\b")).wait_for()
    widget.get_by_role("button", name="Add layer").click()
    widget.get_by_role("button", name="add a unit to layer 3").wait_for()
    widget.get_by_label("x1 x2").check()
    says(widget, "Step 0")
    tour.page.keyboard.press("r")
    heads.filter(has_text="4 units").wait_for()
    assert not widget.get_by_label("x1 x2").is_checked()


def test_points_are_added_by_mouse_and_by_keyboard(tour, widget):
    plane = widget.locator(".nn-output canvas")
    before = plane.screenshot()
    widget.get_by_label("A click adds").select_option("1")
    plane.click(position={"x": 120, "y": 120})
    tour.page.wait_for_timeout(300)
    added = plane.screenshot()
    assert added != before
    widget.locator(".nn-net canvas").focus()
    tour.page.keyboard.press("Delete")
    tour.page.wait_for_timeout(300)
    tour.page.keyboard.press("Shift+ArrowRight")
    tour.page.keyboard.press("0")
    tour.page.wait_for_timeout(300)
    assert plane.screenshot() not in (before, added)


def test_gradients_are_shown_on_the_same_drawing(tour, widget):
    tour.page.keyboard.press("e")
    says(widget, "Step 14")
    net = widget.locator(".nn-net canvas")
    weights = net.screenshot()
    tour.page.keyboard.press("g")
    widget.get_by_text("Gradients of the last step").wait_for()
    assert net.screenshot() != weights
    says(widget, "Gradient norm in layer 1")
    for key in ("ArrowLeft", "ArrowLeft"):
        tour.page.keyboard.press(key)
        tour.page.wait_for_timeout(150)
    said = says(widget, "Unit 1 of layer 1: weights")
    assert "(gradient" in said
    tour.page.keyboard.press("Escape")
    says(widget, "Step 14")


def test_own_points_can_be_learned(tour, widget):
    menu = widget.locator("label", has_text=re.compile("^data"))
    menu.locator("select").select_option("own points")
    says(widget, "Add points of both classes to begin.")
    net = widget.locator(".nn-net canvas")
    net.focus()
    tour.page.keyboard.press("Space")
    says(widget, "Add points of both classes first")
    plane = widget.locator(".nn-output canvas")
    for label, place in [("0", (80, 90)), ("1", (200, 90)), ("1", (90, 200))]:
        widget.get_by_label("A click adds").select_option(label)
        plane.click(position={"x": place[0], "y": place[1]})
    net.focus()
    for _ in range(3):
        tour.page.keyboard.press("e")
    assert "Loss on the training points" in says(widget, "Step 3")


def test_memory_does_not_grow(tour, widget):
    """latency.py --memory 1000 measures it for all widgets, at length."""
    kernel, page = grown(tour, PLAYGROUND, 300)
    assert kernel < 2
    assert page < 4


def test_closing_the_page_ends_the_training(chromium_process, lab):
    someone = Reader(chromium_process, lab)
    write_notebook(someone, "w = widgets.playground(); w")
    someone.run_all()
    root = root_of(someone.page, PLAYGROUND)
    root.locator(".nn-net canvas").focus()
    someone.page.keyboard.press("Space")
    root.get_by_role("button", name="Pause").wait_for()
    assert someone.ask("w.model.playing") is True
    someone.close()
    later = Reader(chromium_process, lab)
    later.open("lessons/scratch.ipynb")  # the same kernel
    later.page.wait_for_timeout(4000)
    assert later.ask("w.model.playing") is False
    assert later.ask("w.model.run.step > 0") is True
    later.close()


# --- what all of them share -------------------------------------------------


def write_notebook(reader, *cells):
    """Open a scratch notebook with these cells, after the usual imports."""
    setup = "import numpy as np\nfrom nnlib import datasets, widgets"
    reader.write("lessons/scratch.ipynb", [setup, *cells])
    reader.open("lessons/scratch.ipynb")


def test_a_guess_comes_first_and_is_kept(chromium_process, lab):
    someone = Reader(chromium_process, lab)
    cell = "w = widgets.descent().ask_first('Will it settle?', 'yes', 'no'); w"
    write_notebook(someone, cell)
    someone.run_all()
    root = someone.page.locator(".nn-widget")
    root.get_by_text("Will it settle?").wait_for()
    assert root.locator("canvas:visible").count() == 0
    assert root.locator(".nn-status:visible").count() == 0
    root.get_by_role("button", name="no").focus()
    someone.page.keyboard.press("Enter")
    root.get_by_text("Your guess: no").wait_for()
    assert root.locator(".nn-descent-map canvas").is_visible()
    assert someone.ask("w.guess") == "no"
    # It is still there when the cell is run again.
    someone.run_all()
    root.get_by_text("Your guess: no").wait_for()
    root.get_by_role("button", name="Guess again").click()
    root.get_by_role("button", name="yes").click()
    root.get_by_text("Your guess: yes").wait_for()
    assert someone.complaints == []
    someone.close()


def test_a_question_without_answers_is_typed(chromium_process, lab):
    someone = Reader(chromium_process, lab)
    cell = "w = widgets.gradient_flow().ask_first('How small?'); w"
    write_notebook(someone, cell)
    someone.run_all()
    field = someone.page.get_by_label("How small?")
    field.fill("ddxx 1e-9")  # letters that mean something to a notebook
    someone.page.keyboard.press("Enter")
    someone.page.get_by_text("Your guess: ddxx 1e-9").wait_for()
    assert someone.ask("w.guess") == "ddxx 1e-9"
    assert someone.page.locator(".jp-Cell").count() == 2
    someone.close()


def test_a_slider_moves_while_a_cell_draws(chromium_process, lab):
    """Neither picture has anything of the other in it."""
    someone = Reader(chromium_process, lab)
    write_notebook(someone, "w = widgets.gradient_flow(); w", DRAW)
    someone.run_all()
    alone = someone.ask("pictures")
    assert len(set(alone)) == 1
    someone.page.evaluate(RUN_LAST)
    slider = someone.page.get_by_role("slider", name="layers", exact=True)
    slider.focus()
    for i in range(40):
        key = "ArrowLeft" if i % 2 else "ArrowRight"
        someone.page.keyboard.press(key)
        someone.page.wait_for_timeout(40)
    both = someone.ask("pictures")
    assert both == alone
    assert someone.ask("still") == someone.ask("still_of()")
    someone.close()


DRAW = """
import hashlib, io
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt

def picture():
    plt.figure(figsize=(3, 2))
    plt.plot([1, 3, 2])
    plt.title("a cell")
    file = io.BytesIO()
    plt.savefig(file, metadata={"Software": None})
    plt.close()
    return hashlib.sha256(file.getvalue()).hexdigest()

def still_of():
    return hashlib.sha256(widgets.gradient_flow()._still().png).hexdigest()

still = still_of()
pictures = [picture() for _ in range(25)]
"""

RUN_LAST = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  panel.content.activeCellIndex = panel.content.model.cells.length - 1;
  window.jupyterapp.commands.execute('notebook:run-cell');
}"""


def test_a_restarted_kernel_leaves_the_last_picture(chromium_process, lab):
    someone = Reader(chromium_process, lab)
    write_notebook(someone, "widgets.descent()")
    someone.run_all()
    root = someone.page.locator(".nn-widget")
    root.locator(".nn-descent-map canvas").wait_for()
    someone.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.sessionContext
            .session.kernel.restart()"""
    )
    someone.page.wait_for_timeout(1500)
    assert "model not found" not in someone.page.content()
    someone.run_all()
    says(root, "After 120 steps")
    someone.close()


def test_it_runs_in_notebook_7(chromium_process, lab):
    """The same server has it: nothing asks for JupyterLab alone."""
    someone = Reader(chromium_process, lab, 1200, 1000)
    page = someone.page
    page.goto(f"{someone.address}/notebooks/{PAGE}?token={someone.token}")
    page.get_by_text("Run", exact=True).first.click()
    page.get_by_text("Run All Cells", exact=True).click()
    guess(page)
    for stop in STOPS:
        root = root_of(page, stop)
        root.locator(".nn-status").filter(
            has_text=re.compile(".+")
        ).first.wait_for(timeout=20000)
    root = root_of(page, PLAYGROUND)
    root.locator(".nn-net canvas").focus()
    page.keyboard.press(".")
    says(root, "Step 1, epoch 0.")
    failed = '[data-mime-type="application/vnd.jupyter.error"]'
    assert page.locator(failed).count() == 0
    assert someone.refused == []
    someone.close()
