import csv
import io

import marked
import pytest

from nnlib.grading import tables


def rows(*results):
    return [tables.Row.of(result) for result in results]


def read(text):
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), strict=True))


def grades(*results):
    return read(tables.grades("06_backpropagation", rows(*results)))


def canvas(*results):
    return read(tables.canvas("06_backpropagation", rows(*results)))


def moodle(*results):
    return read(tables.moodle("06_backpropagation", rows(*results)))


def test_grades_have_a_column_for_each_graded_cell_and_the_remarks():
    book = marked.a_book(
        marked.a_cell("relu", "wrong", points=1.5),
        marked.to_mark(),
        remarks=["A cell had been moved."],
    )
    result = marked.a_result("bob", notebooks=[book], remarks=["Late."])
    assert grades(marked.a_result("ada"), result) == [
        [
            *("student", "score", "max_score", "needs_marking"),
            *("sigmoid-check", "relu-check", "why", "remarks"),
        ],
        ["ada", "2", "2", "no", "2", "", "", ""],
        [
            "bob",
            "0",
            "3.5",
            "yes",
            "",
            "0",
            "",
            "Late. A cell had been moved.",
        ],
    ]


def test_cells_of_several_notebooks_are_told_apart():
    books = [marked.a_book(marked.a_cell(), name=name) for name in "ab"]
    heading, _ = grades(marked.a_result("ada", notebooks=books))
    assert heading[4:-1] == ["a/sigmoid-check", "b/sigmoid-check"]


def test_canvas_finds_a_student_by_number_else_by_login_or_name():
    table = canvas(
        marked.a_result("lovelaceada (canvas 12345)"),
        marked.a_result("bob"),
        marked.a_result("Eve Ng (participant 3)"),
    )
    ids = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert table == [
        [*ids, "06_backpropagation"],
        ["    Points Possible", "", "", "", "", "2"],
        ["lovelaceada", "12345", "", "", "", "2"],
        ["bob", "", "", "bob", "", "2"],
        ["Eve Ng", "", "", "", "", "2"],
    ]


def test_moodle_finds_a_student_by_the_identifier():
    wrong = marked.a_cell(
        "relu", "wrong", mistake="the mask is missing: x < 0 & y."
    )
    table = moodle(marked.a_result("Ada Lovelace (participant 7)", wrong))
    assert table == [
        [
            *("Identifier", "Full name", "Grade", "Maximum Grade"),
            *("Last modified (grade)", "Feedback comments"),
        ],
        [
            *("Participant 7", "Ada Lovelace", "0", "2", ""),
            "relu: wrong (the mask is missing: x &lt; 0 &amp; y).",
        ],
    ]


def test_a_grade_that_a_person_has_to_finish_is_left_open_in_imports():
    result = marked.a_result("ada", marked.a_cell(), marked.to_mark())
    assert grades(result)[1][1] == "2"
    assert canvas(result)[2][-1] == ""
    assert moodle(result)[1][2] == ""


@pytest.mark.parametrize("text", marked.HOSTILE)
def test_strangers_text_is_one_line_and_no_formula_in_every_table(text):
    for table in tables.FORMATS.values():
        made = table("06_backpropagation", rows(marked.hostile(text)))
        made.encode()
        assert not set(made[1:]) & set("\x00\x1b\u202e\u2066\ufeff")
        for line in read(made):
            for place, field in enumerate(line):
                assert not field.startswith(tuple("=+-@\t\r"))
                assert "\n" not in field, place
                assert "\r" not in field
                assert len(field) < 10_000


def test_a_hostile_line_moves_no_field_to_another_column():
    table = grades(marked.hostile('x","9999\n2,3'), marked.a_result("bob"))
    assert [len(line) for line in table] == [len(table[0])] * 3
    assert table[2][0] == "bob"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1", "'=1"),
        ("  \n=1", "'=1"),
        ("\u200b=1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("Zoë 李", "Zoë 李"),
        ("\ud800x", "x"),
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text, expected):
    assert tables.plain(text) == expected


def test_our_own_numbers_are_numbers_also_below_zero():
    result = marked.a_result("ada", score=-1.5)
    assert grades(result)[1][1] == "-1.5"
    assert tables.number(1 / 3) == "0.3333"
    assert tables.number(10.0) == "10"
    assert tables.number(0.0) == "0"


def test_nobody_makes_tables_with_headings_alone():
    assert [len(grades()), len(canvas()), len(moodle())] == [1, 2, 1]
