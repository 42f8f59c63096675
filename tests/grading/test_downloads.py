import pytest

from nnlib.grading import downloads
from nnlib.grading.handed_in import Unreadable

SHEET = ["06_backpropagation"]


def students(*files, folders=()):
    tops = dict.fromkeys(files, False) | dict.fromkeys(folders, True)
    return {one.student: one for one in downloads.by_student(tops)}


def arranged(files, notebooks=SHEET, student="ada"):
    """Arrange files whose contents are their names."""
    contents = {path: path.encode() for path in files}
    found, remarks = downloads.arranged(contents, notebooks, student)
    return {path: data.decode() for path, data in found.items()}, remarks


def test_a_notebook_or_a_folder_at_the_top_has_its_students_name():
    found = students("bob.ipynb", "Eve.IPYNB", "list.csv", folders=["ada"])
    assert {name: one.parts for name, one in found.items()} == {
        "Eve": [("Eve.IPYNB", "Eve.IPYNB")],
        "ada": [("ada", "")],
        "bob": [("bob.ipynb", "bob.ipynb")],
    }


def test_canvas_names_give_name_number_and_the_students_own_file_name():
    found = students(
        "lovelaceada_12345_6789012_06_backpropagation-2.ipynb",
        "o_brien_77_6789013_data_1_2.csv",
        "o_brien_77_6789014_sheet.ipynb",
        "åströmzoë_LATE_8_6789015_sheet.ipynb",
    )
    assert {name: one.parts for name, one in found.items()} == {
        "lovelaceada (canvas 12345)": [
            (
                "lovelaceada_12345_6789012_06_backpropagation-2.ipynb",
                "06_backpropagation-2.ipynb",
            )
        ],
        "o_brien (canvas 77)": [
            ("o_brien_77_6789013_data_1_2.csv", "data_1_2.csv"),
            ("o_brien_77_6789014_sheet.ipynb", "sheet.ipynb"),
        ],
        "åströmzoë (canvas 8)": [
            ("åströmzoë_LATE_8_6789015_sheet.ipynb", "sheet.ipynb")
        ],
    }
    late = found["åströmzoë (canvas 8)"].remarks
    assert late == ["Canvas marks this submission as late."]


def test_canvas_without_names_is_known_as_well():
    found = students("anon_aB3x_6789_a.ipynb", "LATE_anon_Zz9_6790_a.ipynb")
    assert sorted(found) == ["anon_Zz9", "anon_aB3x"]
    assert found["anon_Zz9"].remarks


def test_names_that_only_look_like_canvas_stay_whole():
    found = students("hw_3_2_ada.ipynb", "hw_3_2_bob.ipynb")
    assert sorted(found) == ["hw_3_2_ada", "hw_3_2_bob"]
    found = students("ada_1_1_x.ipynb", "bob_1_2_x.ipynb")
    assert sorted(found) == ["ada_1_1_x", "bob_1_2_x"]
    found = students("ada_06_07_sheet.ipynb")
    assert sorted(found) == ["ada_06_07_sheet"]


def test_of_one_name_twice_on_canvas_the_later_upload_is_read_last():
    found = students("ada_5_1000_x.ipynb", "ada_5_999_x.ipynb")
    parts = found["ada (canvas 5)"].parts
    assert [top for top, _ in parts] == [
        "ada_5_999_x.ipynb",
        "ada_5_1000_x.ipynb",
    ]


def test_moodle_names_are_read_as_folders_old_and_new_and_as_files():
    found = students(
        "Eve Ng_3_assignsubmission_file_sheet_v2.ipynb",
        "Participant_4_assignsubmission_file_x.ipynb",
        folders=[
            "Ada Lovelace_1_assignsubmission_file_",
            "Ada Lovelace_2_assignsubmission_file",
            "Ada Lovelace_2_assignsubmission_onlinetext",
        ],
    )
    assert {name: one.parts for name, one in found.items()} == {
        "Ada Lovelace (participant 1)": [
            ("Ada Lovelace_1_assignsubmission_file_", "")
        ],
        "Ada Lovelace (participant 2)": [
            ("Ada Lovelace_2_assignsubmission_file", "")
        ],
        "Eve Ng (participant 3)": [
            (
                "Eve Ng_3_assignsubmission_file_sheet_v2.ipynb",
                "sheet_v2.ipynb",
            )
        ],
        "participant 4": [
            ("Participant_4_assignsubmission_file_x.ipynb", "x.ipynb")
        ],
    }


def test_who_wrote_text_online_and_no_file_is_listed_with_nothing():
    found = students(folders=["Ada_1_assignsubmission_onlinetext_"])
    assert found["Ada (participant 1)"].parts == []


def test_what_a_platform_hands_on_cannot_be_a_hidden_name():
    found = students("ada_5_1000_..", "Eve_3_assignsubmission_file_.x.ipynb")
    assert [one.parts for one in found.values()] == [[], []]


def test_a_student_is_found_again_by_the_number_in_the_name():
    assert downloads.person("o_brien (canvas 77)") == downloads.Person(
        "o_brien", canvas="77"
    )
    assert downloads.person("participant 4").moodle == "4"
    forged = downloads.person("Bob (canvas 5) (participant 12)")
    assert (forged.canvas, forged.moodle) == (None, "12")
    assert downloads.person("Bob (canvas 5) (2)").canvas is None


def test_two_submissions_of_one_name_are_kept_apart():
    found = students("ada.ipynb", "ada.zip", "ada (2).ipynb", folders=["ada"])
    assert sorted(found) == ["ada", "ada (2)", "ada (3)", "ada (4)"]
    assert found["ada"].parts == [("ada", "")]
    assert found["ada"].remarks == []
    assert found["ada (3)"].remarks == [
        "3 submissions bear the name ada; each was graded on its own."
    ]


def test_an_only_notebook_may_have_any_name():
    found, remarks = arranged(["ada.ipynb", "notes.txt"])
    assert found == {
        "06_backpropagation.ipynb": "ada.ipynb",
        "notes.txt": "notes.txt",
    }
    assert remarks == []
    _, remarks = arranged(["05_chain_rule.ipynb"])
    assert remarks == [
        "05_chain_rule.ipynb was taken for 06_backpropagation.ipynb."
    ]


@pytest.mark.parametrize(
    ("there", "counts"),
    [
        (["06_BACKPROPAGATION.ipynb", "other.ipynb"], 0),
        (["06_backpropagation.ipynb", "06_backpropagation-1.ipynb"], 1),
        (["06_backpropagation-10.ipynb", "06_backpropagation-9.ipynb"], 0),
        (["06_backpropagation.ipynb", "06_backpropagation (1).ipynb"], 0),
        (["06_backpropagation-Copy1.ipynb", "other.ipynb"], 0),
        (["06_backpropagation(2).ipynb", "other.ipynb"], 0),
    ],
)
def test_the_notebook_is_known_by_its_name_and_the_last_counts(there, counts):
    found, _ = arranged(there)
    assert found["06_backpropagation.ipynb"] == there[counts]


def test_a_choice_between_several_is_remarked_and_the_others_are_gone():
    found, remarks = arranged(
        ["06_backpropagation.ipynb", "06_backpropagation-1.ipynb"]
    )
    assert list(found) == ["06_backpropagation.ipynb"]
    assert remarks == [
        "Of 2 notebooks for 06_backpropagation, 06_backpropagation-1.ipynb "
        "was graded."
    ]


def test_several_notebooks_are_matched_by_name():
    found, remarks = arranged(
        ["Part-1.ipynb", "part-2-1.ipynb", "x.txt"], ["part-1", "part-2"]
    )
    assert found == {
        "part-1.ipynb": "Part-1.ipynb",
        "part-2.ipynb": "part-2-1.ipynb",
        "x.txt": "x.txt",
    }
    assert remarks == []
    found, _ = arranged(["lab.ipynb", "lab-1.ipynb"], ["lab", "lab-1"])
    assert found == {name: name for name in ("lab.ipynb", "lab-1.ipynb")}
    found, _ = arranged(["part-2.ipynb"], ["part-1", "part-2"])
    assert found == {"part-2.ipynb": "part-2.ipynb"}


def test_a_folder_in_the_folder_is_looked_into_with_all_that_is_beside_it():
    found, _ = arranged(
        ["work/hand in/06_backpropagation.ipynb", "work/hand in/d/x.csv"]
    )
    assert list(found) == ["d/x.csv", "06_backpropagation.ipynb"]
    found, _ = arranged(["b/x.ipynb", "b/a/y.ipynb", "c/z.ipynb"])
    assert found["06_backpropagation.ipynb"] == "b/x.ipynb"


@pytest.mark.parametrize(
    ("there", "notebooks", "message"),
    [
        (["essay.pdf"], SHEET, "there is no notebook in it."),
        ([], SHEET, "there is no notebook in it."),
        (
            ["work.zip"],
            SHEET,
            "there is no notebook in it. work.zip was not opened: an archive "
            "in a submission is not looked into.",
        ),
        (
            ["a.ipynb", "b.ipynb"],
            SHEET,
            "none of its notebooks is called 06_backpropagation.ipynb.",
        ),
        (
            ["ada.ipynb"],
            ["one", "two"],
            "none of its notebooks is called one.ipynb or two.ipynb.",
        ),
    ],
)
def test_what_cannot_be_matched_is_said_in_a_sentence(
    there, notebooks, message
):
    with pytest.raises(Unreadable) as refused:
        arranged(there, notebooks)
    assert str(refused.value) == message


def test_an_archive_beside_a_notebook_is_remarked():
    _, remarks = arranged(["ada.ipynb", "more.7z"])
    assert remarks == [
        "more.7z was not opened: an archive in a submission is not looked "
        "into."
    ]
