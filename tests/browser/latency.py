"""How fast the widgets answer, how fast the playground plays, what they keep.

    python tests/browser/latency.py [--runs 3] [--moves 40] [--only NAME ...]
    python tests/browser/latency.py --memory 1000

Times are in milliseconds, median / 95th percentile, from the browser's own
time stamp of the event to the end of the frame that shows a change it led to:
`itself` is the first change, what is dragged; `all` is the last one, with what
the kernel computed. An empty round trip to the kernel is measured with each
widget, in the same run. The playground learns moons with two hidden layers of
8. With --memory, every widget is moved so many times, and the growth of the
kernel and of the page is printed.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from lab import Reader, book_in_lab, browser
from tour import PAGE, STOPS

PLAYGROUND = (
    "from nnlib import widgets\nw = widgets.playground(hidden=(8, 8))\nw"
)

# Notes when an event came and when something in a widget had been painted: a
# task that follows an animation frame runs after that frame's painting.
PROBE = """() => {
  const probe = (window.probe = { from: null, painted: [] });
  const start = (event) => { probe.from ??= event.timeStamp; };
  window.addEventListener('keydown', start, true);
  window.addEventListener('pointermove', (event) => {
    if (event.buttons) start(event);
  }, true);
  let noted = false;
  const note = () => {
    if (noted) return;
    noted = true;
    requestAnimationFrame(() => {
      noted = false;
      const after = new MessageChannel();
      after.port1.onmessage = () => probe.painted.push(performance.now());
      after.port2.postMessage(null);
    });
  };
  const seen = '.nn-stage, .nn-status, .nn-controls, .nn-time, .nn-player';
  new MutationObserver((changes) => {
    if (changes.some(({ target }) =>
      (target.closest ? target : target.parentElement)?.closest(seen))) note();
  }).observe(document.body, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  const context = CanvasRenderingContext2D.prototype;
  for (const name of ['stroke', 'fill', 'fillRect', 'drawImage']) {
    const draw = context[name];
    context[name] = function (...given) {
      if (this.canvas.closest(seen)) note();
      return draw.apply(this, given);
    };
  }
}"""

# Resolves once nothing was painted for a while: [event, first, last paint].
QUIET = """(still) => new Promise((resolve) => {
  const begun = performance.now();
  const look = () => {
    const { from, painted } = window.probe;
    const after = painted.filter((at) => from !== null && at > from);
    const idle = performance.now() - (painted.at(-1) ?? begun);
    if (idle > still && (after.length || idle > 3000)) {
      resolve([from, after[0] ?? null, after.at(-1) ?? null]);
    } else setTimeout(look, 10);
  };
  look();
})"""

ROUND_TRIP = """async (times) => {
  const { sessionContext } = window.jupyterapp.shell.currentWidget;
  const { kernel } = sessionContext.session;
  const took = [];
  for (let i = 0; i < times; i += 1) {
    const from = performance.now();
    await kernel.requestExecute({ code: '', silent: true }).done;
    took.push(performance.now() - from);
  }
  return took;
}"""

# How many frames of the network's drawing were painted, and when the last.
FRAMES = """() => {
  const seen = (window.frames_ = { count: 0, last: 0 });
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  let noted = false;
  CanvasRenderingContext2D.prototype.clearRect = function (...given) {
    clear.apply(this, given);
    if (noted || !this.canvas.closest('.nn-net')) return;
    noted = true;
    requestAnimationFrame(() => {
      noted = false;
      const after = new MessageChannel();
      after.port1.onmessage = () => {
        seen.count += 1;
        seen.last = performance.now();
      };
      after.port2.postMessage(null);
    });
  };
  window.addEventListener('keydown', (event) => {
    seen.pressed = event.timeStamp;
  }, true);
}"""


def measure(page, act, moves):
    """Do something `moves` times; return (first, last) paints after each."""
    first, last = [], []
    for move in range(moves + 4):
        page.evaluate(
            "() => Object.assign(window.probe, { from: null, painted: [] })"
        )
        act(move)
        came, began, ended = page.evaluate(QUIET, 120)
        if move >= 4 and began is not None:  # the first ones warm up
            first.append(began - came)
            last.append(ended - came)
    return first, last


def percentiles(times):
    """Return "median / 95th percentile" of some times."""
    if len(times) < 2:
        return "     -     "
    high = statistics.quantiles(times, n=20)[-1]
    return f"{statistics.median(times):4.0f} /{high:4.0f}"


def root_of(page, stop):
    return page.locator(f'.nn-widget[aria-label="{stop.label}"]').first


def one_widget(page, stop, moves):
    """Measure keys, drag and an empty round trip; return a printed line."""
    root = root_of(page, stop)
    target = root.locator(stop.focus)
    target.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    target.focus()
    _, keys = measure(
        page, lambda i: page.keyboard.press(stop.keys[i % 2]), moves
    )
    dragged = root.locator(stop.drag)
    dragged.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    box = dragged.bounding_box()
    ends = [
        (box["x"] + fx * box["width"], box["y"] + fy * box["height"])
        for fx, fy in stop.path
    ]
    page.mouse.move(*ends[0])
    page.mouse.down()
    itself, follows = measure(
        page, lambda i: page.mouse.move(*ends[(i + 1) % 2]), moves
    )
    page.mouse.up()
    empty = page.evaluate(ROUND_TRIP, moves)
    ratio = max(map(statistics.median, (keys, follows)))
    return (
        f"{stop.name:20s} {percentiles(keys)}  {percentiles(itself)}  "
        f"{percentiles(follows)}  {percentiles(empty)}  "
        f"{ratio / statistics.median(empty):4.2f}"
    )


def play(reader, times):
    """Play and pause `times` times; return printed lines."""
    page = reader.page
    page.locator(".nn-net canvas").focus()
    frames, steps, pauses, singles = [], [], [], []
    for _ in range(times):
        page.keyboard.press(" ")
        page.wait_for_timeout(300)
        before = reader.ask("[w.model.run.newest, __import__('time').time()]")
        count = page.evaluate("() => window.frames_.count")
        page.wait_for_timeout(3000)
        after = reader.ask("[w.model.run.newest, __import__('time').time()]")
        seconds = after[1] - before[1]
        steps.append((after[0] - before[0]) / seconds)
        count = page.evaluate("() => window.frames_.count") - count
        frames.append(count / seconds)
        page.keyboard.press(" ")
        page.wait_for_timeout(500)
        late = "() => window.frames_.last - window.frames_.pressed"
        pauses.append(page.evaluate(late))
        for _ in range(4):
            page.keyboard.press(".")
            page.wait_for_timeout(250)
            singles.append(page.evaluate(late))
    empty = page.evaluate(ROUND_TRIP, 40)
    return [
        f"frames a second shown: {statistics.median(frames):.1f}",
        f"steps a second: {statistics.median(steps):,.0f}",
        f"pause until the kernel has stopped: {percentiles(pauses)}",
        f"one step: {percentiles(singles)}",
        f"empty round trip: {percentiles(empty)}",
    ]


def grown(reader, stop, moves):
    """Press keys `moves` times; return how many MB kernel and page grew."""
    page = reader.page
    session = reader.context.new_cdp_session(page)
    root_of(page, stop).locator(stop.focus).focus()

    def sizes():
        session.send("HeapProfiler.collectGarbage")
        heap = page.evaluate("() => performance.memory.usedJSHeapSize")
        rss = reader.ask(
            "int(open('/proc/self/statm').read().split()[1]) * 4096"
        )
        return rss, heap

    def press(times):
        for i in range(times):
            page.keyboard.press(stop.keys[i % 2])
            page.wait_for_timeout(25)
        page.wait_for_timeout(500)

    press(100)
    before = sizes()
    press(moves)
    after = sizes()
    return [(b - a) / 1e6 for a, b in zip(before, after, strict=True)]


def open_tour(process, lab):
    reader = Reader(process, lab, 1400, 1000)
    reader.open(PAGE)
    reader.run_all()
    reader.page.locator(".nn-question form button").first.click()
    reader.page.wait_for_timeout(2500)
    reader.page.evaluate(PROBE)
    return reader


def open_playground(process, lab):
    reader = Reader(process, lab, 1400, 1000)
    reader.write("lessons/playing.ipynb", [PLAYGROUND])
    reader.open("lessons/playing.ipynb")
    reader.run_all()
    reader.page.wait_for_timeout(1500)
    reader.page.evaluate(FRAMES)
    return reader


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--moves", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", type=int, metavar="MOVES")
    chosen = parser.parse_args()
    stops = [s for s in STOPS if not chosen.only or s.name in chosen.only]
    with (
        tempfile.TemporaryDirectory() as folder,
        book_in_lab(Path(folder)) as lab,
        browser() as process,
    ):
        reader = open_tour(process, lab)
        if chosen.memory:
            for stop in stops:
                kernel, heap = grown(reader, stop, chosen.memory)
                print(
                    f"{stop.name:20s} kernel {kernel:+6.2f} MB   "
                    f"page {heap:+6.2f} MB",
                    flush=True,
                )
            return
        for number in range(1, chosen.runs + 1):
            print(f"run {number}, median / 95th percentile in ms")
            print(
                f"{'':20s} {'key':11s}  {'itself':11s}  {'all':11s}  "
                f"{'empty':11s}  ratio"
            )
            for stop in stops:
                print(one_widget(reader.page, stop, chosen.moves), flush=True)
        reader.close()
        if not chosen.only or "playground" in chosen.only:
            reader = open_playground(process, lab)
            for number in range(1, chosen.runs + 1):
                print(f"playing, run {number}")
                print("\n".join(play(reader, 4)), flush=True)


if __name__ == "__main__":
    main()
