"""The perceptron widgets without a browser: state in, arrays out."""

import numpy as np
import pytest

from nnlib import datasets
from nnlib.perceptron import fit_perceptron
from nnlib.shapes import ShapeError
from nnlib.widgets.perceptron.model import (
    LIMIT,
    MOST_POINTS,
    Digits,
    Plane,
    Steps,
)

CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])


@pytest.fixture
def points():
    return datasets.blobs(24, np.random.default_rng(6), distance=4.5)


@pytest.fixture
def plane(points):
    return Plane(*points)


@pytest.fixture(scope="module")
def digits():
    X, y = datasets.digits(classes=(0, 1))
    X, y, X_test, y_test = datasets.train_test_split(
        X, y, np.random.default_rng(1958)
    )
    return Digits(X, y, X_test, y_test)


def test_step_by_step_is_the_same_as_training(points):
    X, y = points
    steps = Steps(X, y, learning_rate=0.5)
    steps.end()
    w, b, mistakes = fit_perceptron(X, y, 1000, 0.5)
    assert np.array_equal(steps.w, w)
    assert steps.b == b
    assert steps.updates == sum(mistakes)
    assert not steps.misread().any()


def test_a_step_remembers_what_it_changed(points):
    X, y = points
    steps = Steps(X, y)
    steps.next()
    last = steps.last
    sign = 2 * y[last.row] - 1
    assert np.array_equal(steps.w, last.w + sign * X[last.row])
    assert steps.b == last.b + sign
    assert last.z == 0


def test_without_a_line_it_gives_up():
    steps = Steps(CORNERS, XOR)
    steps.end()
    assert steps.updates == LIMIT
    assert steps.misread().any()


def test_nothing_is_left_to_learn_when_all_is_right(plane):
    plane.end()
    updates, w = plane.updates, plane.w
    plane.next()
    assert plane.updates == updates
    assert plane.w is w
    assert plane.last is None


def test_forget_keeps_the_points_and_reset_brings_them_back(plane, points):
    plane.move(3, 0.5, 0.5)
    plane.add(1.0, 1.0, 0)
    plane.end()
    plane.forget()
    assert not plane.w.any()
    assert plane.b == plane.updates == 0
    assert len(plane.X) == 25
    plane.reset()
    assert np.array_equal(plane.X, points[0])
    assert np.array_equal(plane.y, points[1])
    assert plane.selected is None


def test_the_callers_points_stay_where_they_are(points):
    X, y = points
    before = X.copy()
    Plane(X, y).move(0, 2.0, 2.0)
    assert np.array_equal(X, before)


def test_a_moved_point_stays_inside(plane):
    plane.move(2, 1e9, -1e9)
    assert np.abs(plane.X[2]).max() < plane.reach


def test_adding_selects_and_removing_unselects(plane):
    plane.add(0.25, -0.5, 1)
    assert plane.selected == 24
    assert plane.X[24].tolist() == [0.25, -0.5]
    assert plane.y[24] == 1
    plane.remove(24)
    assert plane.selected is None
    assert len(plane.X) == len(plane.y) == 24


def test_the_search_goes_on_after_the_last_point_was_removed(plane):
    plane.row = 23
    plane.remove(23)
    plane.next()
    assert plane.updates == 1


def test_any_change_of_the_points_takes_back_the_arrow(plane):
    for change in (
        lambda: plane.move(0, 0.0, 0.0),
        lambda: plane.add(0.0, 0.0, 1),
        lambda: plane.remove(1),
        lambda: plane.select(2),
    ):
        plane.forget()
        plane.next()
        assert plane.last is not None
        change()
        assert plane.last is None


def test_frame_holds_all_that_is_drawn(plane):
    plane.next()
    facts, arrays = plane.frame()
    assert {name: array.shape for name, array in arrays.items()} == {
        "points": (24, 2),
        "labels": (24,),
        "misread": (24,),
        "side": arrays["side"].shape,
        "line": (2, 2),
        "weights": (2, 2),
    }
    assert facts["mistake"] == 0
    assert facts["weight_reach"] > np.abs(arrays["weights"]).max()
    ends = arrays["line"] @ plane.w + plane.b
    assert ends == pytest.approx([0, 0], abs=1e-9)
    assert np.abs(arrays["points"]).max() < facts["reach"]


def test_frame_without_a_line(plane):
    facts, arrays = plane.frame()
    assert arrays["line"].shape == (0, 2)
    assert arrays["side"].shape == (4, 2)  # all of it is read as 1
    assert facts["mistake"] is None


def test_sentences_of_the_plane():
    plane = Plane([[1.0, 2.0], [3.0, 1.0]], [0, 1])
    assert plane.sentence() == (
        "2 points. w and b are 0, so z is 0 everywhere, and every point is "
        "read as 1. 1 of 2 points is misread."
    )
    plane.next()
    assert plane.sentence() == (
        "Mistake 1: point 1 is a 0 and was read as 1. Its coordinates were "
        "taken from w, and 1 taken from b. Now w = (-1.00, -2.00), "
        "b = -1.00. 1 of 2 points is misread."
    )
    plane.end()
    assert plane.sentence() == (
        "No mistake is left after 5 updates. w = (3.00, -4.00), b = -1.00."
    )
    plane.select(1)
    assert plane.sentence() == (
        "Point 2, a 1, is at (3.00, 1.00) and is read as 1. None of 2 points "
        "are misread."
    )


def test_sentence_when_there_is_no_line():
    plane = Plane(CORNERS, XOR)
    plane.end()
    assert plane.sentence().startswith("After 1000 updates: w = (")
    assert plane.sentence().endswith(
        "Is there a line between the classes at all?"
    )


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda p: p.move(24, 0, 0), "There is no point 25."),
        (lambda p: p.remove(-1), "There is no point 0."),
        (lambda p: p.select(99), "There is no point 100."),
    ],
)
def test_a_point_that_is_not_there(plane, act, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        act(plane)


def test_the_last_point_stays():
    plane = Plane([[1.0, 1.0]], [1])
    with pytest.raises(ValueError, match=r"^The last point stays; add"):
        plane.remove(0)


def test_there_is_an_end_to_adding_points():
    X, y = datasets.blobs(MOST_POINTS, np.random.default_rng(0))
    with pytest.raises(ValueError, match=f"room for {MOST_POINTS} points"):
        Plane(X, y).add(0, 0, 1)


@pytest.mark.parametrize("shape", [(5, 3), (MOST_POINTS + 1, 2)])
def test_points_that_do_not_fit_on_a_plane(shape):
    with pytest.raises(ValueError, match="perceptron_plane: X has shape"):
        Plane(np.ones(shape), np.ones(shape[0]))


def test_labels_and_points_must_be_equally_many():
    with pytest.raises(ShapeError, match=r"Plane: y has shape \(3,\)"):
        Plane(np.ones((4, 2)), [0, 1, 0])


def test_digits_learn_as_the_lesson_says(digits):
    digits.forget()
    digits.end()
    assert [round(180 * score) for score in digits.scores] == [
        *(91, 89, 167, 91, 164, 122, 180)
    ]
    assert digits.updates == 6


def test_digits_frame_and_sentence(digits):
    digits.forget()
    facts, arrays = digits.frame()
    assert facts["sign"] == 0
    assert facts["largest"] == 1
    digits.next()
    facts, arrays = digits.frame()
    assert facts["sign"] == -1
    assert np.array_equal(arrays["after"], -arrays["digit"])
    assert not arrays["before"].any()
    assert len(arrays["scores"]) == 2
    assert facts["sentence"].endswith(
        "is a 0 and was read as a 1 (z = 0.00). It was taken from the "
        "weights. Of 180 new pictures, 89 are read right (49 %)."
    )


def test_digits_need_pictures_of_64_pixels():
    with pytest.raises(ValueError, match="perceptron_digits: X has shape"):
        Digits(np.ones((4, 9)), [0, 1, 0, 1], np.ones((1, 9)), [1])


def test_code_of_the_plane_is_what_is_on_screen(plane):
    plane.next()
    plane.next()
    plane.move(3, 0.25, 0.5)
    seen = {}
    exec(plane.code(), seen)
    assert np.array_equal(seen["X"], plane.X)
    plane.next()  # the last lines of the code take the next step as well
    assert np.array_equal(seen["w"], plane.w)
    assert seen["b"] == plane.b


def test_code_of_the_digits_learns_from_as_many_mistakes(digits):
    digits.reset()
    for _ in range(4):
        digits.next()
    seen = {"X": digits.X, "y": digits.y}
    exec(digits.code(), seen)
    assert np.array_equal(seen["w"], digits.w)
    assert seen["b"] == digits.b
    digits.reset()
    assert digits.updates == 0
