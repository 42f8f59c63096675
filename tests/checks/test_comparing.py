"""comparing: what counts as equal, and the first difference in words."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnlib.checks.comparing import as_code, difference, holds_booleans

finite = st.floats(-1e6, 1e6, allow_subnormal=False)
some_arrays = arrays(np.float64, array_shapes(max_dims=3), elements=finite)
NONE = "It returned None. Does every way through the function end in return?"


def one(came, expected):
    return difference(came, expected, ("a",))


# --- what is equal ----------------------------------------------------------


@given(some_arrays)
def test_an_array_equals_itself_in_every_form(array):
    for same in (
        array,
        array.tolist(),
        np.asfortranarray(array),
        array[..., ::-1].copy()[..., ::-1],
        array.astype(np.float32),
        array + 0.0,
        np.ma.masked_array(array),
    ):
        assert one(same, array) is None


@pytest.mark.parametrize(
    "came", [2, 2.0, np.float32(2), np.int8(2), np.array(2), np.array(2.0)]
)
@pytest.mark.parametrize("expected", [2, 2.0])
def test_a_number_is_a_number(came, expected):
    assert one(came, expected) is None


def test_true_counts_as_1_where_integers_are_expected():
    assert one(np.array([True, False]), np.array([1, 0])) is None
    assert one([True, False], np.array([1, 0])) is None
    assert one(True, 1) is None


@pytest.mark.parametrize("pair", [(np.zeros(2), 1.0), [np.zeros(2), 1.0]])
def test_parts_may_come_in_a_tuple_or_a_list(pair):
    assert difference(pair, (np.zeros(2), 1), ("w", "b")) is None


def test_minus_0_is_0_and_nan_is_nan():
    assert one(np.array([-0.0, np.nan]), np.array([0.0, np.nan])) is None


# --- what differs -----------------------------------------------------------


@given(some_arrays, st.data())
def test_the_first_index_that_differs_is_named(array, data):
    flat = data.draw(st.integers(0, array.size - 1))
    index = np.unravel_index(flat, array.shape)
    changed = array.copy()
    changed[index] += 1 + abs(changed[index])
    # What comes later does not matter.
    changed.ravel()[flat + 1 :] += data.draw(st.sampled_from([0.0, 9.0]))
    at = ", ".join(str(int(i)) for i in index)
    assert one(changed, array) == (
        f"a[{at}] is {changed[index].item()!r}, and "
        f"{array[index].item()!r} is expected."
    )


@given(
    st.floats(-1e3, 1e3, allow_subnormal=False),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([-1, 1]),
)
def test_numbers_that_differ_look_different(value, dtype, sign):
    came = dtype(value + sign * (2e-7 + 1.1e-5 * abs(value)))
    said = one(came, value)
    shown = re.fullmatch(r"a is (\S+), and (\S+) is expected\.", said)
    assert shown[1] != shown[2]
    assert float(shown[2]) == value


@given(st.floats(-1e3, 1e3), st.floats(-0.99, 0.99))
def test_rounding_is_no_difference(value, share):
    assert one(value * (1 + 1e-5 * share), value) is None


def test_one_number_is_named_without_an_index():
    assert one(2.5, 2.0) == "a is 2.5, and 2.0 is expected."
    assert one(np.float64(2.5), 2) == "a is 2.5, and 2 is expected."


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_inf_are_shown(value):
    said = one(np.array([1.0, value]), np.array([1.0, 2.0]))
    assert said == f"a[1] is {value}, and 2.0 is expected."


@pytest.mark.parametrize(
    ("came", "expected", "words"),
    [
        (np.zeros((2, 1)), np.zeros(2), "an array of shape (2, 1)"),
        (np.zeros(3), np.zeros(2), "an array of shape (3,)"),
        ([0.0, 0.0, 0.0], np.zeros(2), "an array of shape (3,)"),
        ([], np.zeros(2), "an array of shape (0,)"),
        (0.0, np.zeros(2), "one number"),
        ("00", np.zeros(2), "a str"),
        ({"a": 1}, np.zeros(2), "a dict"),
        ({1, 2}, np.zeros(2), "a set"),
        (len, np.zeros(2), "a builtin_function_or_method"),
        ([1, [2, 3]], np.zeros(2), "a list"),
    ],
)
def test_another_shape_or_kind(came, expected, words):
    assert one(came, expected) == (
        f"a is {words}, and an array of shape (2,) is expected."
    )


@pytest.mark.parametrize("came", [np.zeros(1), [0.0], np.zeros((1, 1))])
def test_an_array_with_one_entry_is_not_a_number(came):
    shape = np.shape(came)
    assert one(came, 0.0) == (
        f"a is an array of shape {shape}, and one number is expected."
    )


@pytest.mark.parametrize(
    "came",
    [
        np.array(["1", "0"]),
        np.array([1, 0], dtype=object),
        np.array([1j, 0]),
        np.array([b"1", b"0"]),
        np.array([None, None]),
        ["1", "0"],
    ],
    ids=["str", "object", "complex", "bytes", "None", "list of str"],
)
def test_arrays_of_something_else_are_told_from_arrays_of_numbers(came):
    """The shape is right: what is said of the two must not be the same."""
    said = one(came, np.array([1, 0]))
    shown = re.fullmatch(r"a is (.+), and (.+) is expected\.", said)
    assert shown[1] != shown[2]
    assert not shown[1].startswith("a ndarray")


@pytest.mark.parametrize("came", [np.array([True, False]), [True, False]])
def test_true_is_not_a_real_number(came):
    assert one(came, np.zeros(2)) == (
        "a holds True and False, and numbers are expected."
    )


def test_none_is_explained():
    assert one(None, np.zeros(2)) == NONE
    assert difference(None, (1.0, 2.0), ("w", "b")) == NONE
    assert difference((1.0, None), (1.0, 2.0), ("w", "b")) == (
        "b is None. Does every way through end in return?"
    )


@pytest.mark.parametrize(
    ("came", "count"),
    [
        ((1.0,), "1 value"),
        ((1.0, 2.0, 3.0), "3 values"),
        ([], "0 values"),
        (1.0, "1 value"),
        (np.zeros(2), "1 value"),
        ("wb", "1 value"),
    ],
)
def test_another_number_of_values(came, count):
    assert difference(came, (1.0, 2.0), ("w", "b")) == (
        f"It returned {count}, and 2 are expected: (w, b)."
    )


def test_parts_are_compared_in_order():
    expected = (np.zeros(2), 1.0)
    assert difference((np.ones(2), 2.0), expected, ("w", "b")) == (
        "w[0] is 1.0, and 0.0 is expected."
    )
    assert difference((np.zeros(2), 2.0), expected, ("w", "b")) == (
        "b is 2.0, and 1.0 is expected."
    )


# --- booleans ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("came", "holds"),
    [
        (np.array([True]), True),
        ([True, False], True),
        (True, True),
        ((np.zeros(2), np.True_), True),
        (np.array([1]), False),
        ((np.zeros(2), 1.0), False),
        ([np.zeros(2), 1.0], False),
        ([np.zeros(2), True], True),
    ],
)
def test_booleans_are_found_in_every_part(came, holds):
    assert holds_booleans(came) is holds


# --- as_code ----------------------------------------------------------------


@given(some_arrays)
def test_code_makes_the_array_again_with_every_digit(array):
    again = eval(as_code(array), {"np": np})
    assert again.dtype == array.dtype
    assert np.array_equal(again, array)


@given(
    st.recursive(
        st.one_of(st.integers(), finite, st.booleans(), st.none(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.lists(inner).map(tuple)),
        max_leaves=5,
    )
)
def test_code_makes_the_value_again(value):
    again = eval(as_code(value), {"np": np})
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (np.float64(0.1), "0.1"),
        (np.float32(0.5), "0.5"),
        (np.int64(3), "3"),
        (np.True_, "True"),
        (np.array([1, 0]), "np.array([1, 0])"),
        (np.array([[True]]), "np.array([[True]])"),
        ((np.array([1.0]), np.float64(2)), "(np.array([1.0]), 2.0)"),
        ([np.int64(1), np.int64(0)], "[1, 0]"),
        ("a", "'a'"),
        (len, "len"),
    ],
)
def test_code_is_written_as_a_reader_writes_it(value, code):
    assert as_code(value) == code


def test_a_generator_is_not_shown_as_a_function():
    def squares():
        yield 1

    assert as_code(squares()) != "squares"


def test_what_is_not_finite_can_be_run_as_well():
    values = np.array([[np.nan, np.inf], [-np.inf, 1.0]])
    again = eval(as_code(values), {"np": np})
    assert np.array_equal(again, values, equal_nan=True)
    assert as_code(np.float32(np.nan)) == "np.nan"


# --- lists of more than numbers, and texts ----------------------------------

GRADS = [(np.zeros((2, 3)), np.zeros(3)), (np.ones((3, 1)), np.ones(1))]


def with_entry(value, *path):
    """Return GRADS with another value at a place."""
    copy = [[part.copy() for part in pair] for pair in GRADS]
    layer, which, *index = path
    copy[layer][which][tuple(index)] = value
    return copy


@pytest.mark.parametrize(
    "came", [GRADS, tuple(GRADS), with_entry(1e-9, 0, 0, 0, 0)]
)
def test_a_list_of_lists_is_gone_through(came):
    assert one(came, GRADS) is None


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (
            with_entry(2.5, 1, 0, 2, 0),
            "a[1][0][2, 0] is 2.5, and 1.0 is expected.",
        ),
        (GRADS[:1], "a has 1 entry, and 2 are expected."),
        ([GRADS[0], None], "a[1] is None. Does every way through end in "),
        ([GRADS[0], GRADS[1][:1]], "a[1] has 1 entry, and 2 are expected."),
        ([GRADS[0], 3.0], "a[1] is one number, and a list is expected."),
        (np.float64(3), "a is one number, and a list is expected."),
        (
            [GRADS[0], (np.ones(3), np.ones(1))],
            "a[1][0] is an array of shape (3,), and an array of shape (3, 1) "
            "is expected.",
        ),
    ],
)
def test_the_place_in_a_list_of_lists_is_named(came, said):
    assert one(came, GRADS).startswith(said)


def test_an_array_may_stand_for_a_list_of_rows():
    assert one(np.ones((2, 3)), [np.ones(3), np.ones(3)]) is None


def test_a_text_is_that_text():
    assert one("bouncing", "bouncing") is None
    assert (
        one("crawling", "bouncing")
        == "a is 'crawling', and 'bouncing' is expected."
    )
    assert one(3, "bouncing") == "a is 3, and 'bouncing' is expected."


def test_how_far_a_number_may_be_off():
    def near(came):
        return difference(came, 1.0, ("a",), relative=0.1)

    assert near(1.09) is None
    assert near(1.11) == "a is 1.11, and 1.0 is expected."
