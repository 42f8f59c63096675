import re
import tracemalloc

import marked

from nnlib.grading import feedback, report

MASK = "the mask is missing."
TURNED = "X was multiplied from the wrong side."


def a_class():
    """Yield five results: two good, one wrong, one idle, one unreadable."""
    sigmoid, relu = marked.a_cell("sigmoid"), marked.a_cell("relu")
    wrong = marked.a_cell("relu", "wrong", mistake=MASK)
    yield marked.a_result("ada", sigmoid, relu)
    yield marked.a_result("bob", sigmoid, wrong)
    yield marked.a_result("eve", sigmoid, wrong, remarks=["Late."])
    idle = [marked.a_cell(name, "not started") for name in ("sigmoid", "relu")]
    yield marked.a_result("ida", *idle)
    gone = [marked.a_cell(name, "not run") for name in ("sigmoid", "relu")]
    book = marked.a_book(*gone, state="unreadable")
    yield marked.a_result("<b>", notebooks=[book])


def words(page):
    text = re.sub("<style>.*?</style>|<wbr>", "", page, flags=re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", text).split())


def test_a_summary_counts_states_mistakes_scores_and_names():
    found = report.summary(a_class())
    assert found == {
        "submissions": 5,
        "needs marking": 0,
        "max_score": 4.0,
        "scores": {4.0: 1, 2.0: 2, 0.0: 2},
        "cells": {
            "sigmoid-check": {
                "exercise": "sigmoid",
                "kind": "test",
                "points": 2.0,
                "states": {"passed": 3, "not started": 1, "not run": 1},
                "mistakes": {},
            },
            "relu-check": {
                "exercise": "relu",
                "kind": "test",
                "points": 2.0,
                "states": {
                    "passed": 1,
                    "wrong": 2,
                    "not started": 1,
                    "not run": 1,
                },
                "mistakes": {MASK: 2},
            },
        },
        "not started": {"number": 1, "names": ["ida"]},
        "unreadable": {"number": 1, "names": ["<b>"]},
        "stuck": "relu-check",
    }


def test_the_page_says_where_the_class_is_stuck_and_who_is_missing():
    page = report.page(a_class(), "06_backpropagation")
    text = words(page)
    assert "Class report on 06_backpropagation" in text
    assert "5 submissions, on average 1.6 of 4 points." in text
    assert "relu was passed by 1 of 5; no exercise was passed by" in text
    assert f"in 2 submissions: {MASK}" in text
    assert "sigmoid 3 &middot; 1 1" in text
    assert "relu 1 2 1 1" in text
    assert "Who has not started ida" in text
    assert "Whose submission could not be read &lt;b&gt;" in text


def test_the_columns_are_the_states_that_were_met():
    text = words(report.page(a_class()))
    assert "Exercise Passed Wrong Not started Not run sigmoid" in text


def test_the_exercise_where_most_failed_is_named_the_first_of_equals():
    failed = [marked.a_cell(name, "wrong") for name in ("one", "two")]
    found = report.summary([marked.a_result("ada", *failed)])
    assert found["stuck"] == "one-check"
    found = report.summary([marked.a_result("ada", marked.to_mark())])
    assert found["stuck"] is None


def test_a_class_that_passed_everything_is_told_so():
    text = words(report.page([marked.a_result()]))
    assert "1 submission, on average 2.0 of 2 points." in text
    assert "Everybody passed every test." in text
    assert "Known mistakes" not in text


def test_what_people_still_have_to_mark_is_told():
    result = marked.a_result("ada", marked.a_cell(), marked.to_mark())
    text = words(report.page([result]))
    assert "In 1 of them a person still has to mark something" in text
    assert "why &middot; 1" in text


def test_no_results_make_a_page_as_well():
    assert "Nothing has been graded yet." in words(report.page([]))


def test_an_assignment_without_points_makes_a_page_as_well():
    book = marked.a_book()
    page = report.page([marked.a_result("ada", notebooks=[book])])
    assert "1 submission, on average 0.0 of 0 points." in words(page)


def test_the_plot_shows_how_many_had_how_many_points_and_says_it_too():
    scores = [0.0, 0.0, 2.0, 4.0]
    results = [
        marked.a_result(
            f"s{i}", notebooks=[marked.a_book(marked.a_cell(score=score))]
        )
        for i, score in enumerate(scores)
    ]
    page = report.page(results)
    bars = re.findall(r'class="bar".*?height="([\d.]+)">', page)
    most = max(float(results[0]["max_score"]), 1.0)
    assert len(bars) == round(most)
    tall = [float(bar) for bar in bars]
    assert tall[0] == max(tall) > 0
    assert (
        'aria-label="How many submissions got how many points: from ' in page
    )
    assert "0 to 1 points: 2 submissions" in page


def test_every_state_of_the_feedback_has_a_column():
    assert set(report.STATES) == set(feedback.STATES)


def test_who_has_begun_anything_is_not_among_those_who_have_not_started():
    idle = marked.a_cell("relu", "not started")
    found = report.summary([marked.a_result("ada", marked.a_cell(), idle)])
    assert found["not started"]["number"] == 0


def test_long_lists_of_names_end_with_a_number():
    idle = marked.a_cell("relu", "not started")
    many = (marked.a_result(f"s{n}", idle) for n in range(120))
    text = words(report.page(many))
    assert "s99 and 20 more" in text


def test_mistakes_that_are_never_the_same_are_counted_together():
    many = (
        marked.a_result(
            "ada", marked.a_cell("relu", "wrong", mistake=f"no. {n}")
        )
        for n in range(report.MOST_MISTAKES + 7)
    )
    mistakes = report.summary(many)["cells"]["relu-check"]["mistakes"]
    assert mistakes["(others)"] == 7


def test_memory_does_not_grow_with_the_class():
    def results():
        for n in range(2000):
            cell = marked.a_cell(message="x" * 10_000 + str(n))
            yield marked.a_result(f"s{n}", cell)

    tracemalloc.start()
    try:
        report.summary(results())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300_000


def test_the_report_is_written_whole(tmp_path):
    report.write(tmp_path / "report.html", a_class(), "sheet")
    assert (tmp_path / "report.html").read_text("utf-8").endswith("</html>\n")
