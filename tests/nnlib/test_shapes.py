"""shapes: what is let through unchanged, and every message in full."""

from fractions import Fraction

import numpy as np
import pytest

from nnlib.shapes import (
    ShapeError,
    as_classes,
    as_count,
    as_floats,
    as_generator,
    as_labels,
    as_number,
    as_numbers,
    check_finite,
    check_same,
    check_shape,
    sum_rows,
)

ROWS = "rows are samples. X.T has a fitting shape; are samples in columns?"
EMPTY = "X is empty. Did a filter or a slice leave no rows?"
PRINT = "print both shapes; which of the two arrays is not as you thought?"
GAPS = (
    "a division by 0 or an overflow came earlier, or the data has gaps. "
    "np.isfinite finds the rows to look at."
)
NOT_NUMBERS = (
    "np.array(X, dtype=float) must work on it; look for text, None or a row "
    "that is too short."
)
SIGNS = "these look like labels -1 and +1; (y + 1) // 2 makes them 0 and 1."
ONE_CLASS = "to tell one class c from all others, use (y == c).astype(int)."
ITEM = "if it is an array with one entry, b.item() takes it out."
CUT = "int(n) cuts off the fraction."
START = "0.1 would do, for example."


def error(function, *args, **kwargs):
    """Return the error of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args, **kwargs)
    return caught.value


def message(came, needed, hint):
    return f"f: {came}.\n  Needed: {needed}.\n  Hint: {hint}"


# --- check_shape ------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "dims"),
    [
        ((3, 2), {"n": None, "n_in": 2}),
        ((1, 1), {"n": None, "n_in": None}),
        ((1,), {"n": 1}),
        ((4,), {"n": None}),
        ((), {}),
        ((2, 3, 4), {"n": 2, "n_steps": 3, "n_in": 4}),
    ],
)
def test_fitting_shapes_pass(shape, dims):
    assert check_shape("f", "X", np.zeros(shape), **dims) is None


@pytest.mark.parametrize(
    ("shape", "dims", "needed", "hint"),
    [
        pytest.param(
            (3, 5),
            {"n": None, "n_in": 3},
            "(n, n_in) with n_in = 3",
            ROWS,
            id="transposed",
        ),
        pytest.param(
            (0, 3),
            {"n": None, "n_in": 3},
            "(n, n_in) with n_in = 3",
            EMPTY,
            id="empty batch",
        ),
        pytest.param((0,), {"n": None}, "(n,)", EMPTY, id="nothing"),
        pytest.param(
            (3,),
            {"n": None, "n_in": 3},
            "(n, n_in) with n_in = 3",
            "one sample is a batch of one: X[np.newaxis] has shape (1, 3).",
            id="one sample",
        ),
        pytest.param(
            (4, 1),
            {"n": 4},
            "(n,) with n = 4",
            "X.ravel() has shape (4,).",
            id="(n, 1) for (n,)",
        ),
        pytest.param(
            (1, 4),
            {"n": None},
            "(n,)",
            "X.ravel() has shape (4,).",
            id="(1, n) for (n,)",
        ),
        pytest.param(
            (1, 1),
            {"n": 1},
            "(n,) with n = 1",
            "X.ravel() has shape (1,).",
            id="(1, 1) for (1,)",
        ),
        pytest.param(
            (2, 2, 2),
            {"n": None, "n_in": 2},
            "(n, n_in) with n_in = 2",
            "it has 3 axes; needed: 2 axes.",
            id="an axis too many",
        ),
        pytest.param(
            (4, 5),
            {"n": None, "n_in": 3},
            "(n, n_in) with n_in = 3",
            PRINT,
            id="another n_in",
        ),
        pytest.param((3,), {"n": 4}, "(n,) with n = 4", PRINT, id="other n"),
        pytest.param(
            (2, 3),
            {"n_in": 3, "n_out": 4},
            "(n_in, n_out) with n_in = 3, n_out = 4",
            PRINT,
            id="both sizes known",
        ),
    ],
)
def test_every_shape_message(shape, dims, needed, hint):
    said = error(check_shape, "f", "X", np.zeros(shape), **dims)
    assert type(said) is ShapeError
    assert str(said) == message(f"X has shape {shape}", needed, hint)


@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
def test_one_axis_is_not_called_axes(shape):
    dims = {"n": 3} if len(shape) != 1 else {"n": None, "n_in": 3}
    said = str(error(check_shape, "f", "X", np.zeros(shape), **dims))
    assert "1 axes" not in said
    assert "1 are" not in said


def test_a_shape_error_is_a_value_error():
    assert issubclass(ShapeError, ValueError)


# --- as_numbers -------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_stay_the_array_they_are(dtype):
    X = np.ones((3, 2), dtype=dtype)
    assert as_numbers("f", "X", X, n=None, n_in=2) is X


@pytest.mark.parametrize(
    "value",
    [
        [1, 0, 1],
        (1, 0, 1),
        [1.0, 0.0, 1.0],
        [True, False, True],
        np.array([1, 0, 1]),
        np.array([1, 0, 1], dtype=np.uint8),
        np.array([True, False, True]),
    ],
)
def test_lists_integers_and_booleans_become_float64(value):
    array = as_numbers("f", "X", value, n=3)
    assert array.dtype == np.float64
    assert array.tolist() == [1.0, 0.0, 1.0]


def test_what_was_passed_in_stays_as_it_was():
    X = np.array([1, 2, 3])
    as_numbers("f", "X", X, n=None)[0] = 9
    assert X.tolist() == [1, 2, 3]


def test_one_row_and_one_column_are_a_batch():
    assert as_numbers("f", "X", [[2]], n=None, n_in=None).shape == (1, 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_number_that_is_not_finite_is_named(value, dtype):
    X = np.zeros((3, 2), dtype=dtype)
    X[1, 0] = X[2, 1] = value
    said = error(as_numbers, "f", "X", X, n=None, n_in=2)
    assert type(said) is ValueError
    assert str(said) == message(f"X[1, 0] is {value}", "finite numbers", GAPS)


def test_a_single_nan_has_no_index():
    said = str(error(as_numbers, "f", "X", np.nan))
    assert said == message("X is nan", "finite numbers", GAPS)


@pytest.mark.parametrize(
    ("value", "came"),
    [
        ([[1, 2], [3]], "holds rows of different lengths"),
        ("1.5", "is str of dtype <U3"),
        (["1", "2"], "is list of dtype <U1"),
        ([1.0, None], "is list of dtype object"),
        (None, "is NoneType of dtype object"),
        ({1, 2}, "is set of dtype object"),
        (np.array([1j]), "is ndarray of dtype complex128"),
        (np.array([1, 2], dtype=object), "is ndarray of dtype object"),
        ([10**400], "is list of dtype object"),
        ([Fraction(1, 2)], "is list of dtype object"),
        (np.zeros(2, "M8[D]"), "is ndarray of dtype datetime64[D]"),
    ],
)
def test_what_is_not_numbers_is_named(value, came):
    said = error(as_numbers, "f", "X", value, n=None)
    assert type(said) is ValueError
    assert str(said) == message(
        f"X {came}", "an array of numbers", NOT_NUMBERS
    )


def test_the_shape_is_judged_before_the_values():
    X = np.full((3, 5), np.nan)
    assert type(error(as_numbers, "f", "X", X, n=None, n_in=3)) is ShapeError


# --- as_labels --------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [0, 1, 1],
        [0.0, 1.0, 1.0],
        [False, True, True],
        np.array([0, 1, 1], dtype=np.uint8),
        np.array([0, 1, 1], dtype=np.float32),
        np.array([False, True, True]),
    ],
)
def test_labels_become_integers(value):
    array = as_labels("f", "y", value, n=3)
    assert array.dtype == int
    assert array.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("value", "came", "hint"),
    [
        ([1, -1, 1], "y[1] is -1", SIGNS),
        ([1.0, 1.0, -1.0], "y[2] is -1.0", SIGNS),
        ([0, 1, 2], "y[2] is 2", ONE_CLASS),
        ([0, -1, 1], "y[1] is -1", ONE_CLASS),
        ([0.0, 0.5, 1.0], "y[1] is 0.5", ONE_CLASS),
        ([0.0, np.nan, 1.0], "y[1] is nan", ONE_CLASS),
        (np.array([0, 1, 255], np.uint8), "y[2] is 255", ONE_CLASS),
    ],
)
def test_the_first_wrong_label_is_named(value, came, hint):
    said = error(as_labels, "f", "y", value, n=3)
    assert type(said) is ValueError
    assert str(said) == message(came, "labels that are 0 or 1", hint)


def test_labels_in_a_column_are_told_to_lie_down():
    said = error(as_labels, "f", "y", np.zeros((3, 1)), n=3)
    assert type(said) is ShapeError
    assert str(said) == message(
        "y has shape (3, 1)", "(n,) with n = 3", "y.ravel() has shape (3,)."
    )


def test_labels_of_another_length():
    said = str(error(as_labels, "f", "y", [0, 1], n=3))
    assert said == message("y has shape (2,)", "(n,) with n = 3", PRINT)


def test_labels_that_are_text():
    said = str(error(as_labels, "f", "y", ["cat", "dog"], n=2))
    assert said == message(
        "y is list of dtype <U3",
        "an array of numbers",
        NOT_NUMBERS.replace("X", "y"),
    )


# --- as_number --------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [2, 2.0, np.float32(2), np.int8(2), np.array(2), np.array(2.0)]
)
@pytest.mark.parametrize("positive", [False, True])
def test_one_number_becomes_a_float(value, positive):
    number = as_number("f", "b", value, positive=positive)
    assert type(number) is float
    assert number == 2.0


@pytest.mark.parametrize("value", [0, 0.0, -1.5])
def test_numbers_down_from_0_pass_unless_positive_is_asked_for(value):
    assert as_number("f", "b", value) == value
    said = str(error(as_number, "f", "b", value, positive=True))
    assert said == message(f"b is {value}", "one number above 0", START)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, None])
def test_what_is_not_one_finite_number(value):
    said = error(as_number, "f", "b", value)
    assert type(said) is ValueError
    assert str(said).startswith(f"f: b is {value}.\n  Needed: one finite num")


@pytest.mark.parametrize("value", [[0.5], np.array([0.5])])
def test_an_array_with_one_entry_is_not_a_number(value):
    assert str(error(as_number, "f", "b", value)) == message(
        "b is an array of shape (1,)", "one finite number", ITEM
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_the_hint_about_one_entry_is_kept_for_arrays(value):
    assert ".item()" not in str(error(as_number, "f", "b", value))


@pytest.mark.parametrize("function", [as_number, as_count])
def test_text_that_looks_like_a_number_is_shown_as_text(function):
    assert str(error(function, "f", "b", "2")).startswith("f: b is '2'.\n")


@pytest.mark.parametrize("function", [as_number, as_count])
def test_a_ragged_list_for_a_number_is_explained(function):
    said = str(error(function, "f", "b", [1, [2, 3]]))
    assert said.startswith("f: b ")
    assert "\n  Needed: " in said


# --- as_count ---------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int64(3), np.uint8(3), np.float32(3), np.array(3)]
)
def test_a_whole_number_becomes_an_int(value):
    count = as_count("f", "n", value)
    assert type(count) is int
    assert count == 3


def test_a_fraction_is_told_how_to_be_cut():
    assert str(error(as_count, "f", "n", 2.5)) == message(
        "n is 2.5", "a whole number above 0", CUT
    )


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (0, "0"),
        (-3, "-3"),
        (np.nan, "nan"),
        (np.inf, "inf"),
        (None, "None"),
        (True, "True"),
        ([3], "an array of shape (1,)"),
        (np.array([1, 2]), "an array of shape (2,)"),
    ],
)
def test_what_is_not_a_count(value, came):
    said = error(as_count, "f", "n", value)
    assert type(said) is ValueError
    assert str(said).startswith(
        f"f: n is {came}.\n  Needed: a whole number above 0.\n  Hint: "
    )


@pytest.mark.parametrize("value", [0, -3, np.nan, np.inf, None, [3]])
def test_only_a_fraction_is_told_to_be_cut(value):
    """int(0) is 0 again, and int(nan), int(None) and int([3]) raise."""
    assert CUT not in str(error(as_count, "f", "n", value))


# --- check_same -------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (0, 3)])
def test_equal_shapes_pass(shape):
    one, other = np.zeros(shape), np.ones(shape, int)
    assert check_same("f", "Y", one, "Y_hat", other) is None


@pytest.mark.parametrize(
    ("shape", "other"),
    [((3,), (3, 1)), ((3, 1), (3,)), ((2, 3), (3, 2)), ((), (1,))],
)
def test_another_shape_of_the_same_size_may_be_reshaped(shape, other):
    said = error(
        check_same, "f", "Y", np.zeros(shape), "Y_hat", np.zeros(other)
    )
    assert type(said) is ShapeError
    assert str(said) == message(
        f"Y has shape {shape}",
        f"{other}, the shape of Y_hat",
        "Y.reshape(Y_hat.shape) has it; is that meant?",
    )


@pytest.mark.parametrize(
    ("shape", "other"),
    [((1,), (3,)), ((), (3,)), ((1, 3), (2, 3)), ((4,), (3, 4))],
)
def test_a_shape_that_numpy_would_stretch_does_not_pass(shape, other):
    said = error(
        check_same, "f", "Y", np.zeros(shape), "Y_hat", np.zeros(other)
    )
    assert type(said) is ShapeError
    assert str(said) == message(
        f"Y has shape {shape}",
        f"{other}, the shape of Y_hat",
        "they are compared entry by entry; nothing is repeated to fit.",
    )


# --- as_floats --------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (2, 1, 3)])
def test_arrays_of_floats_of_any_shape_stay_the_array_they_are(dtype, shape):
    X = np.full(shape, np.nan, dtype)
    assert as_floats("f", "X", X) is X
    assert as_floats("f", "X", X, dtype) is X


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(
    "value",
    [
        [[1, 0]],
        ((True, False),),
        np.array([[1, 0]], np.uint8),
        np.array([[True, False]]),
        np.array([[1, 0]], np.float32),
        np.array([[1, 0]], np.float64),
    ],
)
def test_a_dtype_that_is_asked_for_is_returned(value, kind):
    array = as_floats("f", "X", value, kind)
    assert array.dtype == kind
    assert array.tolist() == [[1.0, 0.0]]


def test_without_a_dtype_only_floats_keep_theirs():
    for value in ([1, 0], (True,), np.arange(3), np.uint8(1), 2):
        assert as_floats("f", "X", value).dtype == np.float64
    for value in ([np.float32(1)], np.float32(1)):
        assert as_floats("f", "X", value).dtype == np.float32
    assert as_floats("f", "X", 2).shape == ()


def test_as_floats_never_writes_to_what_it_is_given():
    X = np.array([1, 2])
    as_floats("f", "X", X)[0] = 9
    assert X.tolist() == [1, 2]
    X = np.array([1.0, 2.0])
    as_floats("f", "X", X, np.float32)[0] = 9
    assert X.tolist() == [1.0, 2.0]


def test_what_cannot_be_floats_is_named():
    assert str(error(as_floats, "f", "X", ["a"])) == message(
        "X is list of dtype <U1", "an array of numbers", NOT_NUMBERS
    )
    assert str(error(as_floats, "f", "X", [[1], [1, 2]])) == message(
        "X holds rows of different lengths", "an array of numbers", NOT_NUMBERS
    )


# --- check_finite -----------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (0, 2), (2, 3)])
def test_finite_numbers_pass(shape):
    assert check_finite("f", "X", np.full(shape, -1e30, np.float32)) is None


def test_a_number_that_is_not_finite_is_found_in_any_layout():
    X = np.zeros((2, 3))
    X[1, 0] = X[0, 2] = np.inf
    for same in (X, np.asfortranarray(X)):
        said = error(check_finite, "f", "X", same)
        assert type(said) is ValueError
        assert str(said) == message("X[0, 2] is inf", "finite numbers", GAPS)
    said = str(error(check_finite, "f", "X", np.array(np.nan)))
    assert said == message("X is nan", "finite numbers", GAPS)


# --- as_classes -------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [[0, 2, 1]],
        ((0.0, 2.0, 1.0),),
        np.array([[0, 2, 1]], np.int8),
        np.array([[0, 2, 1]], np.uint8),
        np.array([[0, 2, 1]], np.uint64),
        np.array([[0, 2, 1]], np.float32),
        np.array([[0], [2], [1]]).T,
    ],
)
def test_classes_become_integers_of_the_same_shape(value):
    array = as_classes("f", "y", value, 3)
    assert array.dtype == int
    assert array.tolist() == [[0, 2, 1]]


def test_booleans_are_two_classes():
    array = as_classes("f", "y", np.array([True, False]), 2)
    assert array.dtype == int
    assert array.tolist() == [1, 0]


def test_one_class_and_no_classes_at_all_are_classes():
    assert as_classes("f", "y", 2, 3).shape == ()
    assert as_classes("f", "y", [], 3).shape == (0,)
    assert as_classes("f", "y", np.zeros((0, 2)), 3).dtype == int


FEW = "there are 3 of them; the first is 0, not 1."


@pytest.mark.parametrize(
    ("value", "came", "hint"),
    [
        ([0, 3, 5], "y[1] is 3", FEW),
        ([[0, 1], [2, 3]], "y[1, 1] is 3", FEW),
        (np.array([0, 255], np.uint8), "y[1] is 255", FEW),
        (np.array([2**64 - 1], np.uint64), f"y[0] is {2**64 - 1}", FEW),
        ([0.0, 3.0], "y[1] is 3.0", FEW),
        (7, "y is 7", FEW),
        ([0.0, 1.5], "y[1] is 1.5", FEW),
        ([-0.5, 1.0], "y[0] is -0.5", FEW),
        ([0.0, np.nan], "y[1] is nan", FEW),
    ],
)
def test_the_first_number_that_is_no_class_is_named(value, came, hint):
    said = error(as_classes, "f", "y", value, 3)
    assert type(said) is ValueError
    assert str(said) == message(came, "whole numbers from 0 to 2", hint)


@pytest.mark.parametrize(
    "value",
    [
        np.array([0, -1], np.int8),
        np.array([0, -1], np.int64),
        np.array([0, -(2**63)], np.int64),
        np.array([0.0, -1.0]),
    ],
)
def test_a_negative_number_is_no_class(value):
    said = str(error(as_classes, "f", "y", value, 3))
    assert said.startswith(f"f: y[1] is {value[1]}.\n")


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_is_no_class_either(value):
    said = str(error(as_classes, "f", "y", [0.0, value], 3))
    assert said.startswith(f"f: y[1] is {value}.\n")


def test_only_numbers_are_classes():
    said = str(error(as_classes, "f", "y", ["cat"], 3))
    assert said == message(
        "y is list of dtype <U3",
        "an array of numbers",
        NOT_NUMBERS.replace("X", "y"),
    )


# --- as_generator -----------------------------------------------------------


def test_a_generator_is_returned_as_it_is():
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert as_generator("f", rng) is rng
    assert rng.bit_generator.state == state


@pytest.mark.parametrize("rng", [None, 0, "seed", 1.5])
def test_nothing_else_is_a_generator(rng):
    said = error(as_generator, "f", rng)
    assert type(said) is ValueError
    assert str(said) == message(
        f"rng is {rng!r}",
        "a numpy random Generator",
        "make one, rng = np.random.default_rng(0), and pass it to every call.",
    )


@pytest.mark.parametrize(
    "rng", [np.random, np.random.RandomState(0), np.random.Generator]
)
def test_what_only_looks_like_a_generator_is_refused(rng):
    assert "Needed: a numpy random Generator.\n" in str(
        error(as_generator, "f", rng)
    )


# --- sum_rows ---------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 1), (4, 3), (0, 3)])
def test_rows_are_added(dtype, shape):
    A = np.random.default_rng(0).normal(size=shape).astype(dtype)
    rtol = 1e-5 if dtype is np.float32 else 1e-14
    for same in (
        A,
        np.asfortranarray(A),
        A[::-1],
        A.repeat(2, axis=1)[:, ::2],
    ):
        total = sum_rows(same)
        assert total.shape == shape[1:]
        assert total.dtype == dtype
        assert np.allclose(total, A.sum(axis=0), rtol=rtol, atol=rtol)


def test_the_sum_of_numbers_is_a_number():
    assert sum_rows(np.array([1.0, 2.0, 4.0])) == 7.0


def test_the_sum_is_written_where_it_is_asked_for():
    A, out = np.array([[1.0, 2.0], [3.0, 4.0]]), np.full(2, 9.0)
    assert sum_rows(A, out=out) is out
    assert out.tolist() == [4.0, 6.0]


def test_sums_of_equal_size_do_not_know_of_each_other():
    A = np.array([[1.0, 2.0], [3.0, 4.0]])
    first = sum_rows(A)
    first[:] = 100.0
    assert sum_rows(A).tolist() == [4.0, 6.0]
    assert sum_rows(A.astype(np.float32)).dtype == np.float32
    assert sum_rows(2 * A).tolist() == [8.0, 12.0]
