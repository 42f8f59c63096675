import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.grading import notebooks
from nnlib.grading.handed_in import Unreadable


def file(*cells, **rest):
    return json.dumps({"cells": list(cells), **rest}).encode()


def code(source, **rest):
    return {"cell_type": "code", "metadata": {}, "source": source, **rest}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n", "The file is empty."),
        (b'{"cells": [\xff]}', "The file is not a text in UTF-8."),
        (b"\xff\xfe{", "The file is not a text in UTF-8."),
        (b"%PDF-1.4", "The file is no notebook: not JSON."),
        (b"[" * 100_000, "The file is nested too deeply."),
        (b"9" * 1_000_000, "The file holds a number that is too long."),
        (b"null", "The file is JSON, but no notebook: it has no cells."),
        (b"{}", "The file is JSON, but no notebook: it has no cells."),
        (
            b'{"cells": {}}',
            "The file is JSON, but no notebook: it has no cells.",
        ),
        (file(*[0] * 10_001), "The notebook has more than 10,000 cells."),
        (
            file(*[code("x" * 1_000_001)] * 4),
            "The notebook's cells hold more than 4 MB of text.",
        ),
        (
            b" " * 32_000_001,
            "The file is larger than 32 MB. Clearing the notebook's outputs "
            "makes it smaller.",
        ),
        (
            b'{"cells": [' + b"{}," * 400_001 + b"]}",
            "The file has too many parts. Clearing the notebook's outputs "
            "makes them fewer.",
        ),
    ],
    ids=lambda x: x if isinstance(x, str) else f"{x[:12]!r}",
)
def test_a_file_that_is_no_notebook_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(Unreadable) as refusal:
        notebooks.read_cells(data)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_its_mark(encoding):
    data = file(code("é = 1")).decode().encode(encoding)
    cells, _, remarks = notebooks.read_cells(data)
    assert [cell.text for cell in cells] == ["é = 1"]
    assert remarks == []


def test_utf_16_is_read_with_a_remark():
    text = json.dumps({"cells": [code("é = 1")]}, ensure_ascii=False)
    cells, _, remarks = notebooks.read_cells(text.encode("utf-16"))
    assert [cell.text for cell in cells] == ["é = 1"]
    assert remarks == ["The file was in UTF-16, not in UTF-8."]


def test_a_source_may_be_a_text_or_a_list_of_lines():
    cells, _, remarks = notebooks.read_cells(
        file(code("a = 1\nb"), code(["a = 1\n", "b"]), code([]))
    )
    assert [cell.text for cell in cells] == ["a = 1\nb", "a = 1\nb", ""]
    assert remarks == []


def test_a_cell_that_is_none_is_left_out_and_the_others_are_read():
    cells, _, remarks = notebooks.read_cells(file(1, code("a"), None))
    assert [cell.text for cell in cells] == ["a"]
    assert remarks == [
        "Cell 1 is no cell; it was left out.",
        "Cell 3 is no cell; it was left out.",
    ]


@pytest.mark.parametrize(
    "cell",
    [
        code(["a", 1]),
        code("a", metadata=[]),
        {"source": "a", "metadata": "x"},
        {"source": ["a", ["b"]]},
    ],
)
def test_what_can_be_read_of_a_cell_is_read(cell):
    cells, _, remarks = notebooks.read_cells(file(cell))
    assert [cell.text for cell in cells] == ["a"]
    assert remarks == ["Cell 1 could be read only in part."]


@pytest.mark.parametrize("source", [None, 7, {"a": "b"}, True])
def test_a_source_that_is_no_text_is_none(source):
    cells, _, remarks = notebooks.read_cells(file(code(source)))
    assert [cell.text for cell in cells] == [""]
    assert remarks == ["Cell 1 could be read only in part."]


def test_metadata_of_nbgrader_that_are_no_dict_count_as_none():
    cells, metadata, _ = notebooks.read_cells(
        file(code("", metadata={"nbgrader": ["grade"]}), metadata=3)
    )
    assert cells[0].nbgrader == {}
    assert metadata == {}


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_kept():
    data = rb'{"cells": [{"source": "\ud83d\ude00 \ud83d \udc80"}]}'
    cells, _, _ = notebooks.read_cells(data)
    assert cells[0].text == "\N{GRINNING FACE} ? ?"


def test_a_nul_byte_stays_where_it_is():
    cells, _, _ = notebooks.read_cells(file(code("a\0b")))
    assert cells[0].text == "a\0b"


def test_format_3_is_read_with_a_remark():
    sheet = {
        "cells": [
            {"cell_type": "heading", "level": 1, "source": "One"},
            {"cell_type": "code", "input": ["a = 1\n", "b"], "outputs": []},
        ]
    }
    data = json.dumps({"worksheets": [sheet, 7, {"cells": 7}]}).encode()
    cells, _, remarks = notebooks.read_cells(data)
    assert [(cell.kind, cell.text) for cell in cells] == [
        ("markdown", "One"),
        ("code", "a = 1\nb"),
    ]
    assert remarks == ["The notebook is in an older format, before 4."]


def test_only_pictures_are_kept_of_attachments():
    attachments = {
        "a.png": {"image/png": "AAAA", "text/html": "<script>", "image/x": 3},
        "b": {"text/html": "x"},
        "c": 7,
        "\ud800": {"image/jpeg": "\ud800"},
    }
    cells, _, _ = notebooks.read_cells(
        file({"cell_type": "markdown", "attachments": attachments})
    )
    assert cells[0].attachments == {
        "a.png": {"image/png": "AAAA"},
        "?": {"image/jpeg": "?"},
    }


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_do_anything_but_be_refused(data):
    with pytest.raises(Unreadable):
        notebooks.read_cells(data)


KEYS = ["cell_type", "source", "input", "metadata", "nbgrader", "cells"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    VALUES
    | st.builds(lambda x: {"cells": x}, VALUES)
    | st.builds(lambda x: {"worksheets": x}, VALUES)
    | st.builds(lambda x: {"cells": x}, st.lists(VALUES, max_size=4))
)
def test_any_json_is_read_or_refused(value):
    try:
        cells, metadata, _ = notebooks.read_cells(json.dumps(value).encode())
    except Unreadable:
        return
    assert isinstance(metadata, dict)
    for cell in cells:
        assert cell.kind in ("code", "markdown", "raw")
        assert cell.text.encode().decode() == cell.text
        assert isinstance(cell.nbgrader, dict)
