"""Keep the book's notebooks in one canonical form.

python tests/notebooks.py format       rewrite them in that form
python tests/notebooks.py run          run lessons and solutions, keep the
                                       outputs
python tests/notebooks.py exercises    make exercises/ from solutions/
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
CELL_METADATA = {"tags", "nbgrader", "deletable", "editable"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def book():
    """Return the paths of all notebooks, in reading order."""
    return [*sources(), *sorted((ROOT / "exercises").glob("*/*.ipynb"))]


def sources():
    """Return the notebooks that are written by hand."""
    lessons = sorted((ROOT / "lessons").glob("*.ipynb"))
    return [*lessons, *sorted((ROOT / "solutions").glob("*/*.ipynb"))]


def read(path):
    return nbformat.read(path, as_version=4)


def canonical(notebook):
    """Return the bytes that a notebook has in the repository.

    A widget's output keeps its picture and its sentence; the widget itself
    lives in a kernel that is gone.
    """
    notebook.metadata = {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.source = cell.source.strip("\n")
        cell.metadata = {
            name: value
            for name, value in cell.metadata.items()
            if name in CELL_METADATA
        }
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    was_run = any(cell.outputs for cell in code)
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count if was_run else None
        cell.outputs = _joined(_tidy(o, count) for o in cell.outputs)
    return (nbformat.writes(notebook) + "\n").encode("utf-8")


def run(notebook, folder):
    """Run all cells; a cell that fails without saying so ends the run."""
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def exercise(solution):
    """Return the sheet that nbgrader makes of a solution notebook."""
    slug = solution.parent.name
    with tempfile.TemporaryDirectory() as course:
        shutil.copy(ROOT / "nbgrader_config.py", course)
        shutil.copytree(solution.parent, Path(course, "solutions", slug))
        subprocess.run(
            [
                *(sys.executable, "-m", "nbgrader", "generate_assignment"),
                *(slug, "--no-db", "--log-level=ERROR"),
            ],
            cwd=course,
            check=True,
            capture_output=True,
        )
        return read(Path(course, "exercises", slug, solution.name))


def _tidy(output, count):
    if "execution_count" in output:
        output.execution_count = count
    if "data" in output:
        output.data.pop(WIDGET, None)
    if output.output_type == "error":
        # Paths and colours of the machine that ran it stay out.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    return output


def _joined(outputs):
    """Join what was printed in pieces; where they part is chance."""
    joined = []
    for output in outputs:
        is_text = output.output_type == "stream"
        last = joined[-1] if joined else None
        if is_text and last and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def main(command):
    os.environ["NNLIB_PROGRESS"] = "off"
    if command == "format":
        for path in book():
            path.write_bytes(canonical(read(path)))
    elif command == "run":
        for path in sources():
            path.write_bytes(canonical(run(read(path), path.parent)))
    elif command == "exercises":
        for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
            sheet = ROOT / "exercises" / path.parent.name / path.name
            sheet.parent.mkdir(parents=True, exist_ok=True)
            sheet.write_bytes(canonical(exercise(path)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
