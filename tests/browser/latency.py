"""From a key press or a dragged pointer to repainted pixels, for any widget.

    python tests/browser/latency.py NOTEBOOK [options]

    --focus CSS     what takes the key presses           (svg.nn-plane)
    --keys K,K,...  keys to press in turn                (n,f)
    --drag CSS      what to drag, or "" for nothing      (svg.nn-plane g g)
    --moves N       key presses and drags to measure     (60)
    --runs N        times to measure everything          (3)

It prints, in milliseconds, the median and the 95th percentile of the time
from the browser's own time stamp of the event to the end of the frame that
shows the last change it led to: what the kernel computed, not only what the
browser moved by itself. The last line is an empty round trip to the kernel on
the same page.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from lab import Reader, book_in_lab, browser

# Notes when an event came and when something in a widget had been painted: a
# task that follows an animation frame runs after that frame's painting.
PROBE = """() => {
  const probe = (window.probe = { from: null, painted: [] });
  const start = (event) => { probe.from ??= event.timeStamp; };
  window.addEventListener('keydown', start, true);
  window.addEventListener('pointermove', (event) => {
    if (event.buttons) start(event);
  }, true);
  const note = () => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => probe.painted.push(performance.now());
    after.port2.postMessage(null);
  });
  new MutationObserver((changes) => {
    const seen = (node) => node.parentElement?.closest('.nn-stage, .nn-status')
      ?? node.closest?.('.nn-stage, .nn-status');
    if (changes.some(({ target }) => seen(target))) note();
  }).observe(document.body, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  const draw = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    draw.apply(this, given);
    note();
  };
}"""

# Resolves once nothing was painted for a while: [event, first, last paint].
QUIET = """(still) => new Promise((resolve) => {
  const begun = performance.now();
  const look = () => {
    const { from, painted } = window.probe;
    const idle = performance.now() - (painted.at(-1) ?? begun);
    if (idle > still && (painted.length || idle > 3000)) {
      resolve([from, painted[0], painted.at(-1)]);
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


def measure(page, act, moves):
    """Do something `moves` times; return (first, last) paints after each."""
    first, last = [], []
    for move in range(moves + 5):
        page.evaluate(
            "() => Object.assign(window.probe, { from: null, painted: [] })"
        )
        act(move)
        came, began, ended = page.evaluate(QUIET, 150)
        if move >= 5:  # the first ones warm up
            first.append(began - came)
            last.append(ended - came)
    return first, last


def summary(name, times):
    """Return one printed line: median and 95th percentile."""
    percentiles = statistics.quantiles(times, n=20)
    return (
        f"{name:34s} median {statistics.median(times):6.1f}   "
        f"95th percentile {percentiles[-1]:6.1f}   n {len(times)}"
    )


def run(page, chosen):
    """Measure keys, drag and an empty round trip once; return the lines."""
    lines = []
    target = page.locator(chosen.focus)
    target.evaluate("(n) => n.scrollIntoView({ block: 'center' })")
    target.focus()
    keys = chosen.keys.split(",")
    _, last = measure(
        page,
        lambda move: page.keyboard.press(keys[move % len(keys)]),
        chosen.moves,
    )
    lines.append(summary(f"key ({chosen.keys}) to the picture", last))
    if chosen.drag:
        box = page.locator(chosen.drag).first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        first, last = measure(
            page,
            lambda move: page.mouse.move(x + 7 * (move % 5), y - move % 7),
            chosen.moves,
        )
        page.mouse.up()
        lines.append(summary("drag to the moved thing itself", first))
        lines.append(summary("drag to all that follows from it", last))
    lines.append(
        summary("empty round trip", page.evaluate(ROUND_TRIP, chosen.moves))
    )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", nargs="?")
    parser.add_argument("--focus", default="svg.nn-plane")
    parser.add_argument("--keys", default="n,f")
    parser.add_argument("--drag", default="svg.nn-plane g g")
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3)
    parser.set_defaults(notebook="lessons/01_perceptron.ipynb")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        book_in_lab(Path(folder)) as lab,
        browser() as process,
    ):
        reader = Reader(process, lab)
        reader.open(chosen.notebook)
        reader.run_all()
        reader.page.wait_for_selector(chosen.focus)
        reader.page.wait_for_timeout(2000)
        reader.page.evaluate(PROBE)
        for number in range(1, chosen.runs + 1):
            print(f"run {number}")
            print("\n".join(run(reader.page, chosen)), flush=True)


if __name__ == "__main__":
    main()
