"""planes: the clipped half plane against brute force, and the sentence."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnlib.plots import bounds, half_plane, plane

# Enough for sums of a few products of numbers below 10.
TINY = 1e-12
eighths = st.integers(-40, 40).map(lambda k: k / 8)
vectors = st.tuples(eighths, eighths).map(np.array)


@st.composite
def boxes(draw):
    left, bottom = draw(eighths), draw(eighths)
    width = draw(st.integers(1, 40)) / 8
    height = draw(st.integers(1, 40)) / 8
    return left, left + width, bottom, bottom + height


def corners(box):
    left, right, bottom, top = box
    return np.array(
        [[left, bottom], [right, bottom], [right, top], [left, top]]
    )


def area(polygon):
    """Return the area of a polygon by the shoelace formula."""
    x, y = np.reshape(polygon, (-1, 2)).T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def within(points, box):
    left, right, bottom, top = box
    return (
        (points[:, 0] >= left - TINY)
        & (points[:, 0] <= right + TINY)
        & (points[:, 1] >= bottom - TINY)
        & (points[:, 1] <= top + TINY)
    ).all()


@given(vectors, eighths, boxes())
def test_the_part_lies_in_the_box_and_on_the_right_side(w, b, box):
    side, line = half_plane(w, b, box)
    assert side.shape[1:] == line.shape[1:] == (2,)
    assert within(side, box)
    assert (side @ w + b >= -1e-9).all()


@given(vectors, eighths, boxes())
def test_the_two_sides_make_up_the_box(w, b, box):
    assume(w.any())
    left, right, bottom, top = box
    here, there = (half_plane(s * w, s * b, box)[0] for s in (1, -1))
    assert area(here) + area(there) == pytest.approx(
        (right - left) * (top - bottom), rel=1e-9
    )


@given(vectors, eighths, boxes(), st.integers(0, 8), st.integers(0, 8))
def test_a_point_is_in_the_part_if_it_is_read_as_1(w, b, box, across, up):
    left, right, bottom, top = box
    x = np.array(
        [left + across / 8 * (right - left), bottom + up / 8 * (top - bottom)]
    )
    side, _ = half_plane(w, b, box)
    assume(area(side) > 1e-6)
    # Triangles from a point to the sides of a convex polygon fill it if the
    # point is inside, and cover more if it is not.
    fan = sum(area([x, side[i - 1], side[i]]) for i in range(len(side)))
    assert (fan - area(side) < 1e-9) == (x @ w + b >= 0)


@given(vectors, eighths, boxes())
def test_the_line_runs_from_edge_to_edge(w, b, box):
    _, line = half_plane(w, b, box)
    assert len(line) in (0, 2)
    assert line @ w + b == pytest.approx(np.zeros(len(line)), abs=1e-9)
    assert within(line, box)
    to_edge = np.abs(np.repeat(line, 2, axis=1) - box).min(axis=1, initial=9)
    assert (to_edge <= TINY).all()


@given(vectors, eighths, boxes())
def test_there_is_a_line_if_corners_lie_on_both_sides(w, b, box):
    z = corners(box) @ w + b
    _, line = half_plane(w, b, box)
    if z.min() < 0 < z.max():
        assert len(line) == 2
        assert np.ptp(line, axis=0).max() > 0
    if z.min() > 0 or z.max() < 0:
        assert len(line) == 0


@given(eighths, boxes())
def test_weights_of_0_draw_no_line(b, box):
    side, line = half_plane(np.zeros(2), b, box)
    assert line.shape == (0, 2)
    assert side.tolist() == (corners(box).tolist() if b >= 0 else [])


@given(st.lists(st.tuples(eighths, eighths), min_size=1))
def test_bounds_hold_every_point_with_room_and_are_square(points):
    X = np.array(points)
    left, right, bottom, top = bounds(X)
    assert left < X[:, 0].min() <= X[:, 0].max() < right
    assert bottom < X[:, 1].min() <= X[:, 1].max() < top
    assert right - left == pytest.approx(top - bottom)


# --- plane ------------------------------------------------------------------

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("y", "w", "b", "sentence"),
    [
        (XOR, None, 0.0, "2 of class 0 and 2 of class 1."),
        (
            [0, 1, 1, 1],
            [1.0, 1.0],
            -0.5,
            "1 of class 0 and 3 of class 1, and a line; none on the wrong "
            "side.",
        ),
        (
            XOR,
            [1.0, 1.0],
            -0.5,
            "2 of class 0 and 2 of class 1, and a line; 1 on the wrong side.",
        ),
        (
            [1, 1, 0, 0],  # (0, 0) is on the line, and read as 1
            [1.0, 1.0],
            0.0,
            "2 of class 0 and 2 of class 1, and a line; 2 on the wrong side.",
        ),
    ],
)
def test_without_an_alt_the_picture_counts(y, w, b, sentence):
    assert plane(CORNERS, y, w, b).alt == f"Points on a plane, {sentence}"


def test_a_given_alt_is_kept():
    assert plane(CORNERS, XOR, alt="The four corners.").alt == (
        "The four corners."
    )


def test_the_line_and_the_rings_can_be_seen():
    bare = plane(CORNERS, XOR).png
    lined = plane(CORNERS, XOR, [1.0, 1.0], -0.5).png
    assert bare != lined
    assert lined != plane(CORNERS, [0, 1, 1, 1], [1.0, 1.0], -0.5).png


@pytest.mark.parametrize("w", [[0.0, 0.0], [1.0, 0.0]])
@pytest.mark.parametrize("b", [-100.0, 0.0, 100.0])
def test_lines_that_miss_the_box_can_be_drawn(w, b):
    assert "and a line;" in plane(CORNERS, XOR, w, b).alt


def test_lists_and_one_class_alone_can_be_drawn():
    assert plane([[1, 2], [2, 1]], [1, 1]).alt == (
        "Points on a plane, 0 of class 0 and 2 of class 1."
    )
