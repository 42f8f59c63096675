"""Every lesson from 02 on, opened and run as a reader does."""

import re
import time

import nbformat
import pytest
from lab import ROOT, Reader

LESSONS = sorted((ROOT / "lessons").glob("0[2-9]_*.ipynb"))
# Text and pictures that are wider than the place they stand in.
TOO_WIDE = """() => [...document.querySelectorAll(
    '.jp-OutputArea-output, .jp-RenderedMarkdown, .nn-widget')]
  .filter((n) => n.scrollWidth > n.clientWidth + 2)
  .map((n) => n.closest('.jp-Cell').innerText.slice(0, 80))"""


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_and_fits(chromium_process, lab, path):
    cells = nbformat.read(path, as_version=4).cells
    calls = [
        cell
        for cell in cells
        if cell.cell_type == "code"
        and re.search(r"^widgets\.", cell.source, re.M)
    ]
    reader = Reader(chromium_process, lab, width=1100)
    try:
        reader.open(f"lessons/{path.name}")
        start = time.monotonic()
        assert reader.run_all() == []
        assert time.monotonic() - start < 10
        reader.page.wait_for_function(
            "(n) => document.querySelectorAll('.nn-widget').length === n",
            arg=len(calls),
        )
        assert reader.page.evaluate(TOO_WIDE) == []
        # Half of a usual screen, with the list of files open.
        reader.page.set_viewport_size({"width": 960, "height": 1000})
        reader.page.wait_for_timeout(500)
        assert reader.page.evaluate(TOO_WIDE) == []
        assert reader.refused == []
        assert reader.complaints == []
    finally:
        reader.close()
