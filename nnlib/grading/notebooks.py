"""Reading a notebook's file, whoever wrote it and whatever is in it.

A file is text, then JSON, then a list of cells, and a stranger's may be none
of these, or too much of any. What comes out is bounded and plain: every cell
has a kind and a text that can be written to a file again.
"""

import codecs
import json
import re
from dataclasses import dataclass

from nnlib.grading.handed_in import Unreadable

LARGEST = 32_000_000  # bytes of a notebook's file
MOST_CELLS = 10_000
MOST_TEXT = 4_000_000  # characters of all cells, without their outputs
MOST_PARTS = 2_000_000  # values in the JSON: they take more room than bytes
PICTURE = re.compile(r"image/[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Handed:
    """One cell of a student's notebook, with nothing but plain values."""

    kind: str
    text: str
    nbgrader: dict
    attachments: dict
    metadata: dict


def read_cells(data):
    """Return a notebook's cells, metadata and remarks.

    Parameters
    ----------
    data : bytes
        Any bytes: they are a stranger's.

    Returns
    -------
    cells : list of Handed
    metadata : dict
    remarks : list of str

    Raises
    ------
    Unreadable
        If it is no notebook or too large, with a sentence that says so.
    """
    text, remarks = _decoded(data)
    notebook = _parsed(text)
    raw = _raw_cells(notebook, remarks)
    if len(raw) > MOST_CELLS:
        raise Unreadable(f"The notebook has more than {MOST_CELLS:,} cells.")
    cells = []
    for number, cell in enumerate(raw, start=1):
        if not isinstance(cell, dict):
            remarks.append(f"Cell {number} is no cell; it was left out.")
            continue
        handed, whole = _plain_cell(cell)
        if not whole:
            remarks.append(f"Cell {number} could be read only in part.")
        cells.append(handed)
    if sum(len(cell.text) for cell in cells) > MOST_TEXT:
        raise Unreadable("The notebook's cells hold more than 4 MB of text.")
    return cells, as_dict(notebook.get("metadata")), remarks


def _decoded(data):
    """Return a file's text, and a list for remarks."""
    if len(data) > LARGEST:
        raise Unreadable(
            f"The file is larger than {LARGEST // 10**6} MB. Clearing the "
            "notebook's outputs makes it smaller."
        )
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The file is not a text in UTF-8.") from None
    if not text.strip():
        raise Unreadable("The file is empty.")
    return text, ["The file was in UTF-16, not in UTF-8."] * utf16


def _parsed(text):
    """Return the value of a JSON text that is not too much of anything."""
    containers = text.count("[") + text.count("{")
    if text.count(",") + 4 * containers > MOST_PARTS:
        raise Unreadable(
            "The file has too many parts. Clearing the notebook's outputs "
            "makes them fewer."
        )
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("The file is nested too deeply.") from None
    except json.JSONDecodeError:
        raise Unreadable("The file is no notebook: not JSON.") from None
    except ValueError:  # Python's limit on the digits of an int
        raise Unreadable("The file holds a number that is too long.") from None


def _raw_cells(notebook, remarks):
    """Return the list of cells of a notebook in format 4, 3 or 2."""
    if isinstance(notebook, dict):
        if isinstance(notebook.get("cells"), list):
            return notebook["cells"]
        if isinstance(sheets := notebook.get("worksheets"), list):
            remarks.append("The notebook is in an older format, before 4.")
            cells = [as_dict(sheet).get("cells") for sheet in sheets]
            return [
                x for some in cells if isinstance(some, list) for x in some
            ]
    raise Unreadable("The file is JSON, but no notebook: it has no cells.")


def _plain_cell(cell):
    """Return a cell as Handed, and whether all of it could be read."""
    code = cell.get("cell_type") == "code"
    text = cell.get("source")
    if text is None and code:
        text = cell.get("input")  # where format 3 has it
    parts = text if isinstance(text, list) else [text]
    texts = [part for part in parts if isinstance(part, str)]
    whole = len(texts) == len(parts) and isinstance(
        cell.get("metadata", {}), dict
    )
    metadata = as_dict(cell.get("metadata"))
    handed = Handed(
        kind=_kind(cell.get("cell_type")),
        text=_clean("".join(texts)),
        nbgrader=as_dict(metadata.get("nbgrader")),
        attachments=_pictures(cell.get("attachments")),
        metadata=metadata,
    )
    return handed, whole


def _kind(cell_type):
    """Return a kind of format 4; older ones also had headings and HTML."""
    return cell_type if cell_type in ("code", "raw") else "markdown"


def as_dict(value):
    """Return a value if it is a dict, and an empty dict if not."""
    return value if isinstance(value, dict) else {}


def _clean(text):
    """Replace lone halves of surrogate pairs: no file can hold them."""
    return text.encode("utf-8", "replace").decode()


def _pictures(attachments):
    """Return those attachments of a cell that are pictures in base64."""
    found = {}
    for name, bundle in as_dict(attachments).items():
        pictures = {
            kind: _clean(data)
            for kind, data in as_dict(bundle).items()
            if PICTURE.fullmatch(kind) and isinstance(data, str)
        }
        if pictures:
            found[_clean(name)] = pictures
    return found
