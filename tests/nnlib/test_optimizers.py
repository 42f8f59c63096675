"""optimizers: textbook steps, schedules, clipping, and every error."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnlib.optimizers import (
    SGD,
    Adam,
    Cosine,
    Momentum,
    RMSprop,
    StepDecay,
    clip_by_global_norm,
    global_norm,
)
from nnlib.shapes import ShapeError

# Laws of arithmetic show in a few examples; no deadline, for slow machines.
quick = settings(max_examples=25, deadline=None)
EVERY = [SGD, Momentum, RMSprop, Adam]
every_optimizer = pytest.mark.parametrize("optimizer", EVERY)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# --- the textbooks' steps, for one number, in plain Python ------------------


def plain_sgd(theta, gradients, rates):
    for gradient, rate in zip(gradients, rates, strict=False):
        theta -= rate * gradient
        yield theta


def plain_momentum(theta, gradients, rates, momentum=0.9):
    velocity = 0.0
    for gradient, rate in zip(gradients, rates, strict=False):
        velocity = momentum * velocity + gradient
        theta -= rate * velocity
        yield theta


def plain_rmsprop(theta, gradients, rates, decay=0.9):
    square = 0.0
    for gradient, rate in zip(gradients, rates, strict=False):
        square = decay * square + (1 - decay) * gradient**2
        theta -= rate * gradient / (math.sqrt(square) + 1e-8)
        yield theta


def plain_adam(theta, gradients, rates, beta1=0.9, beta2=0.999):
    m = v = 0.0
    steps = zip(gradients, rates, strict=False)
    for t, (gradient, rate) in enumerate(steps, start=1):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        mean, square = m / (1 - beta1**t), v / (1 - beta2**t)
        theta -= rate * mean / (math.sqrt(square) + 1e-8)
        yield theta


PLAIN = [
    (SGD, plain_sgd, {}),
    (Momentum, plain_momentum, {}),
    (Momentum, plain_momentum, {"momentum": 0.5}),
    (Momentum, plain_momentum, {"momentum": 0}),
    (RMSprop, plain_rmsprop, {}),
    (RMSprop, plain_rmsprop, {"decay": 0.5}),
    (RMSprop, plain_rmsprop, {"decay": 0.0}),
    (Adam, plain_adam, {}),
    (Adam, plain_adam, {"beta1": 0.5, "beta2": 0.7}),
    (Adam, plain_adam, {"beta1": 0.0, "beta2": 0.0}),
]
textbook = pytest.mark.parametrize(("optimizer", "plain", "options"), PLAIN)


def problem(shape=(3, 2), n_steps=20, seed=0, size=1.0):
    """A start, and gradients of very different sizes."""
    rng = np.random.default_rng(seed)
    sizes = size * 10.0 ** rng.integers(-4, 3, size=shape)
    return rng.normal(size=shape), sizes * rng.normal(size=(n_steps, *shape))


def plain_path(plain, theta, gradients, rates, options):
    """Return theta after every step, entry by entry, without numpy."""
    path = np.empty(gradients.shape)
    for place in np.ndindex(theta.shape):
        column = gradients[(slice(None), *place)].tolist()
        start = theta[place].item()
        path[(slice(None), *place)] = list(
            plain(start, column, rates, **options)
        )
    return path


@textbook
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 2)])
def test_twenty_steps_agree_with_the_textbook(
    optimizer, plain, options, shape
):
    theta, gradients = problem(shape)
    rates = itertools.repeat(0.1)
    path = plain_path(plain, theta, gradients, rates, options)
    theta, stepper = np.array(theta), optimizer(0.1, **options)
    for gradient, expected in zip(gradients, path, strict=True):
        stepper.step(theta, np.asarray(gradient))
        assert np.allclose(theta, expected, rtol=1e-12, atol=1e-12)
    assert stepper.steps == 20


@textbook
def test_a_schedule_sets_the_rate_of_every_step(optimizer, plain, options):
    theta, gradients = problem()
    schedule = Cosine(0.5, n_steps=15, last=0.01)
    rates = [schedule(t) for t in range(20)]
    path = plain_path(plain, theta, gradients, rates, options)
    stepper = optimizer(schedule, **options)
    for gradient, expected in zip(gradients, path, strict=True):
        stepper.step(theta, gradient)
        assert np.allclose(theta, expected, rtol=1e-12, atol=1e-12)


@textbook
def test_float32_stays_and_comes_close(optimizer, plain, options):
    theta, gradients = problem()
    theta, gradients = theta.astype(np.float32), gradients.astype(np.float32)
    rates = itertools.repeat(0.1)
    path = plain_path(plain, theta, gradients, rates, options)
    stepper = optimizer(0.1, **options)
    for gradient in gradients:
        stepper.step(theta, gradient)
    assert theta.dtype == np.float32
    assert np.allclose(theta, path[-1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rate", [0.1, np.float64(0.1), np.array(0.1)])
@every_optimizer
def test_a_rate_of_any_kind_leaves_float32_alone(optimizer, rate):
    theta, gradients = problem()
    theta, gradients = theta.astype(np.float32), gradients.astype(np.float32)
    again = theta.copy()
    stepper, same = optimizer(0.1), optimizer(rate)
    for gradient in gradients:
        stepper.step(theta, gradient)
        same.step(again, gradient)
    assert again.dtype == np.float32
    assert np.allclose(again, theta, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (RMSprop(), {"learning_rate": 0.001, "decay": 0.9}),
        (Adam(), {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999}),
        (Momentum(0.5), {"learning_rate": 0.5, "momentum": 0.9}),
        (SGD(0.5), {"learning_rate": 0.5, "steps": 0}),
    ],
)
def test_what_is_not_given_has_its_customary_value(optimizer, expected):
    assert {name: getattr(optimizer, name) for name in expected} == expected


def test_a_repr_says_what_there_is():
    assert [repr(optimizer(0.5)) for optimizer in EVERY] == [
        "SGD(0.5)",
        "Momentum(0.5)",
        "RMSprop(0.5)",
        "Adam(0.5)",
    ]
    assert repr(Adam(StepDecay(1.0, 10))) == (
        "Adam(StepDecay(rate=1.0, every=10, factor=0.1))"
    )


# --- what a step touches and what it leaves ---------------------------------


@every_optimizer
@dtypes
def test_theta_changes_in_place_and_the_gradient_does_not(optimizer, dtype):
    network = np.ones((4, 6), dtype)
    part = network[1::2, ::3]  # a view: its steps are the network's
    gradient = np.full((2, 2), 2.0, dtype)
    gradient.setflags(write=False)
    stepper = optimizer(0.25)
    for _ in range(3):
        assert stepper.step(part, gradient) is None
    assert (part < 1).all()
    assert np.array_equal(network[1::2, ::3], part)
    part[:] = 1
    assert (network == 1).all()
    assert (gradient == 2).all()


@every_optimizer
def test_the_gradient_may_live_in_one_array_for_ever(optimizer):
    """What is remembered is a copy: networks reuse their gradients."""
    theta, gradients = problem()
    again, buffer = theta.copy(), np.empty((3, 2))
    stepper, same = optimizer(0.1), optimizer(0.1)
    for gradient in gradients:
        stepper.step(theta, gradient)
        buffer[:] = gradient
        same.step(again, buffer)
        buffer[:] = np.nan
    assert np.array_equal(again, theta)


@every_optimizer
def test_a_layout_in_memory_makes_no_difference(optimizer):
    theta, gradients = problem()
    again = np.asfortranarray(theta)
    stepper, same = optimizer(0.1), optimizer(0.1)
    for k, gradient in enumerate(gradients):
        stepper.step(theta, gradient)
        turned = np.asfortranarray(gradient)
        same.step(again, turned if k % 2 else gradient)
    assert np.array_equal(again, theta)


@every_optimizer
def test_two_optimizers_share_no_memory(optimizer):
    theta, gradients = problem()
    first, second, alone = theta.copy(), theta.copy(), theta.copy()
    one, other, only = optimizer(0.1), optimizer(0.1), optimizer(0.1)
    for gradient in gradients:
        one.step(first, gradient)
        other.step(second, -gradient)
        only.step(alone, gradient)
    assert np.array_equal(first, alone)


@every_optimizer
def test_a_gradient_of_0_moves_nothing(optimizer):
    theta = np.array([1.0, -2.0])
    stepper = optimizer(0.1)
    for _ in range(3):
        stepper.step(theta, np.zeros(2))
    assert theta.tolist() == [1.0, -2.0]


@every_optimizer
@quick
@given(st.integers(0, 2**32 - 1))
def test_every_entry_learns_on_its_own(optimizer, seed):
    theta, gradients = problem((4,), 5, seed)
    parts = [theta[k : k + 1].copy() for k in range(4)]
    stepper, steppers = optimizer(0.1), [optimizer(0.1) for _ in parts]
    for gradient in gradients:
        stepper.step(theta, gradient)
        for k, part in enumerate(parts):
            steppers[k].step(part, gradient[k : k + 1])
    assert np.allclose(np.concatenate(parts), theta, rtol=1e-13)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
def test_adam_and_rmsprop_ignore_the_size_of_a_gradient(size):
    theta, gradients = problem(size=size)
    for optimizer, length in ((Adam, 0.1), (RMSprop, 0.1 * 10**0.5)):
        moved = theta.copy()
        optimizer(0.1).step(moved, gradients[0])
        steps = (theta - moved) / np.sign(gradients[0])
        # 1e-8 is there to keep 0 / 0 away, and shows in the smallest.
        assert np.allclose(steps, length, rtol=2e-2)


@pytest.mark.parametrize("optimizer", [RMSprop, Adam])
@pytest.mark.parametrize("size", [0.0, 1e-45, 1e-30, 1e-19, 1e18])
def test_sizes_at_the_edge_of_float32_leave_finite_numbers(optimizer, size):
    theta = np.zeros(2, np.float32)
    stepper = optimizer(0.1)
    for _ in range(3):
        stepper.step(theta, np.full(2, size, np.float32))
    assert np.isfinite(theta).all()
    assert (theta <= 0).all()


@pytest.mark.parametrize(
    ("optimizer", "rate", "limit"),
    [(SGD, 0.1, 1e-12), (Momentum, 0.02, 1e-6), (Adam, 0.1, 1e-6)],
)
@dtypes
def test_every_optimizer_finds_the_bottom_of_a_bowl(
    optimizer, rate, limit, dtype
):
    """L = (x - 1)^2 / 2 + 5 (y + 2)^2, ten times steeper along y."""
    theta, bottom = np.zeros(2, dtype), np.array([1, -2], dtype)
    steepness = np.array([1, 10], dtype)
    stepper = optimizer(rate)
    for _ in range(600):
        stepper.step(theta, steepness * (theta - bottom))
    assert theta.dtype == dtype
    assert np.abs(theta - bottom).max() < max(limit, np.finfo(dtype).eps * 8)


@dtypes
def test_rmsprop_circles_the_bottom_at_the_size_of_its_steps(dtype):
    theta, bottom = np.zeros(2, dtype), np.array([1, -2], dtype)
    stepper = RMSprop(0.01)
    for _ in range(600):
        stepper.step(theta, np.array([1, 10], dtype) * (theta - bottom))
    assert np.abs(theta - bottom).max() < 0.02


def test_beyond_two_over_the_steepness_sgd_climbs():
    theta = np.array([1.0])
    stepper = SGD(0.201)
    for _ in range(50):
        stepper.step(theta, 10 * theta)
    assert abs(theta.item()) > 1


# --- schedules --------------------------------------------------------------


@every_optimizer
def test_a_schedule_is_asked_once_a_step_and_counts_from_0(optimizer):
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1

    stepper = optimizer(schedule)
    assert asked == []
    theta, gradients = problem(n_steps=4)
    for gradient in gradients:
        stepper.step(theta, gradient)
    assert asked == [0, 1, 2, 3]


def test_step_decay_goes_down_one_stair_at_a_time():
    schedule = StepDecay(0.8, every=3, factor=0.5)
    rates = [schedule(t) for t in range(10)]
    assert rates == [0.8] * 3 + [0.4] * 3 + [0.2] * 3 + [0.1]
    assert StepDecay(1.0, every=2)(2) == 0.1
    assert StepDecay(1.0, every=1, factor=0.5)(10) == 2**-10


@pytest.mark.parametrize("n_steps", [1, 2, 7, 100])
@pytest.mark.parametrize(("rate", "last"), [(0.5, 0.125), (1.0, 1e-6)])
def test_cosine_is_half_a_wave(n_steps, rate, last):
    schedule = Cosine(rate, n_steps, last)
    rates = [schedule(t) for t in range(n_steps + 1)]
    expected = [
        (rate + last) / 2 + (rate - last) / 2 * math.cos(math.pi * t / n_steps)
        for t in range(n_steps + 1)
    ]
    assert rates == pytest.approx(expected, rel=1e-9)
    assert rates[0] == rate
    assert rates[-1] == pytest.approx(last)
    assert all(a > b for a, b in itertools.pairwise(rates))
    assert {type(r) for r in rates} == {float}


def test_cosine_stays_at_its_last_rate_when_the_wave_is_over():
    schedule = Cosine(0.5, n_steps=10, last=0.125)
    assert [schedule(t) for t in (10, 11, 20, 1000)] == [0.125] * 4


def test_cosine_ends_above_0_so_that_the_last_step_is_one():
    theta, stepper = np.array([1.0]), SGD(Cosine(0.1, n_steps=5))
    for _ in range(12):
        stepper.step(theta, np.array([1.0]))
    assert stepper.steps == 12
    assert Cosine(0.1, n_steps=5)(12) == 1e-6


def test_schedules_can_be_compared_and_not_changed():
    assert StepDecay(0.1, 5) == StepDecay(0.1, 5, 0.1)
    assert Cosine(0.1, 5) != Cosine(0.1, 6)
    with pytest.raises(AttributeError):
        Cosine(0.1, 5).rate = 0.2


# --- clipping ---------------------------------------------------------------


def arrays_of(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    shapes = [(3, 2), (2,), (1, 1, 4)]
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def length(grads):
    entries = [g.ravel().tolist() for g in grads]
    return math.hypot(*itertools.chain(*entries))


@dtypes
@quick
@given(st.integers(0, 2**32 - 1))
def test_the_norm_is_that_of_all_arrays_as_one_vector(dtype, seed):
    grads = arrays_of(seed, dtype)
    rel = 1e-13 if dtype is np.float64 else 1e-6
    assert global_norm(grads) == pytest.approx(length(grads), rel=rel)
    assert type(global_norm(grads)) is float


@dtypes
@quick
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10.0))
def test_clipping_keeps_the_direction_and_limits_the_length(
    dtype, seed, max_norm
):
    grads = arrays_of(seed, dtype)
    before, rel = length(grads), 1e-12 if dtype is np.float64 else 1e-5
    assume(abs(before - max_norm) > 1e-3)
    copies = [g.copy() for g in grads]
    clipped = clip_by_global_norm(grads, max_norm)
    expected = min(before, max_norm)
    assert length(clipped) == pytest.approx(expected, rel=rel)
    # One factor for all: clipping each array alone would turn the vector.
    factor = expected / before
    for old, copy, new in zip(grads, copies, clipped, strict=True):
        assert new.dtype == dtype
        assert np.allclose(new, factor * copy, rtol=rel, atol=0)
        assert np.array_equal(old, copy)


@dtypes
def test_what_is_short_enough_is_left_as_it_is(dtype):
    grads = [np.array([3.0], dtype), np.array([[4.0]], dtype)]
    for max_norm in (5.0, 5, 6.0, 1e30):
        clipped = clip_by_global_norm(grads, max_norm)
        assert [g.tolist() for g in clipped] == [[3.0], [[4.0]]]
        assert {g.dtype.type for g in clipped} == {dtype}


@dtypes
def test_gradients_of_0_have_no_length_and_stay(dtype):
    grads = [np.zeros(3, dtype), np.zeros((2, 2), dtype)]
    assert global_norm(grads) == 0.0
    for g in clip_by_global_norm(grads, 1e-3):
        assert not g.any()
        assert g.dtype == dtype


@pytest.mark.parametrize(
    "size", [1e-38, 1e-30, 1e-23, 1e-19, 1e-15, 1e15, 1e19, 1e25, 5e37]
)
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
def test_squares_beyond_float32_are_no_problem(size, layout):
    first = layout(np.full((2, 2), 1.5 * size, np.float32))
    grads = [first, np.array([4.0 * size], np.float32)]
    assert global_norm(grads) == pytest.approx(5 * size, rel=1e-6)
    clipped = clip_by_global_norm(grads, 2.5 * size)
    assert np.allclose(clipped[0] / np.float32(size), 0.75, rtol=1e-5)
    assert np.allclose(clipped[1] / np.float32(size), 2.0, rtol=1e-5)
    assert {g.dtype.type for g in clipped} == {np.float32}


def test_huge_and_tiny_arrays_are_one_vector():
    grads = [np.array([3e18, 4e18], np.float32), np.array([1e-10])]
    clipped = clip_by_global_norm(grads, 1.0)
    assert clipped[0] == pytest.approx(np.array([0.6, 0.8]), rel=1e-6)
    assert clipped[1] == pytest.approx(np.array([2e-29]), rel=1e-6)


def test_lists_and_integers_are_taken_as_floats():
    clipped = clip_by_global_norm([[3, 0], np.array([[4]])], 1.0)
    assert np.allclose(clipped[0], [0.6, 0.0])
    assert np.allclose(clipped[1], [[0.8]])
    assert global_norm([np.array([3]), [4.0]]) == 5.0


def test_no_gradients_have_no_length():
    assert global_norm([]) == 0.0
    assert clip_by_global_norm([], 1.0) == []


@pytest.mark.parametrize("size", [1.0, 1e25])
def test_grads_may_be_made_one_by_one(size):
    grads = [np.array([3 * size], "f"), np.array([4 * size], "f")]
    assert global_norm(g for g in grads) == pytest.approx(5 * size)
    clipped = clip_by_global_norm((g for g in grads), 1.0)
    assert [g.item() for g in clipped] == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
@dtypes
def test_a_gradient_that_is_not_finite_is_handed_on(wrong, dtype):
    """It has no direction to keep; the next loss shows that it came."""
    grads = [np.array([1.0], dtype), np.array([1.0, wrong], dtype)]
    clipped = clip_by_global_norm(grads, 1.0)
    for old, new in zip(grads, clipped, strict=True):
        assert np.array_equal(new, old, equal_nan=True)
    assert not np.isfinite(global_norm(grads))


# --- errors -----------------------------------------------------------------


def said(function, *args, kind=ValueError, **kwargs):
    """Return the message of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args, **kwargs)
    assert type(caught.value) is kind
    return str(caught.value)


SHARES = [
    (Momentum, "momentum"),
    (RMSprop, "decay"),
    (Adam, "beta1"),
    (Adam, "beta2"),
]
NOT_ABOVE_0 = [
    (0, "0"),
    (-0.1, "-0.1"),
    (np.nan, "nan"),
    (np.inf, "inf"),
    ("0.1", "'0.1'"),
    (None, "None"),
    ([0.1, 0.2], "an array of shape (2,)"),
]


@every_optimizer
@pytest.mark.parametrize(("rate", "came"), NOT_ABOVE_0)
def test_the_learning_rate_is_one_number_above_0(optimizer, rate, came):
    message = said(optimizer, rate)
    assert message.startswith(
        f"{optimizer.__name__}: learning_rate is {came}.\n"
        "  Needed: one number above 0.\n"
        "  Hint: "
    )


@every_optimizer
@pytest.mark.parametrize(("rate", "came"), NOT_ABOVE_0)
def test_what_a_schedule_returns_is_one_number_above_0(optimizer, rate, came):
    theta = np.array([1.0])
    stepper = optimizer(lambda step: rate)
    message = said(stepper.step, theta, np.array([1.0]))
    assert message.startswith(
        f"schedule: learning rate is {came}.\n"
        "  Needed: one number above 0.\n"
        "  Hint: "
    )
    assert (theta.tolist(), stepper.steps) == ([1.0], 0)


@pytest.mark.parametrize(
    ("optimizer", "name"),
    SHARES,
)
@pytest.mark.parametrize("value", [1, 1.0, 1.5, -0.1])
def test_what_is_kept_of_the_past_is_a_share(optimizer, name, value):
    assert said(optimizer, 0.1, **{name: value}) == (
        f"optimizer: {name} is {value}.\n"
        "  Needed: a number from 0 to below 1.\n"
        "  Hint: 0.9 remembers about ten steps, 0.999 about a thousand."
    )


@pytest.mark.parametrize(
    ("optimizer", "name"),
    SHARES,
)
@pytest.mark.parametrize(
    ("value", "came"), [(np.nan, "nan"), ("0.9", "'0.9'"), (None, "None")]
)
def test_what_is_kept_of_the_past_is_a_number(optimizer, name, value, came):
    assert said(optimizer, 0.1, **{name: value}) == (
        f"optimizer: {name} is {came}.\n"
        "  Needed: one finite number.\n"
        "  Hint: 0.5 would do, for example."
    )


@every_optimizer
@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        (
            (2,),
            "they are compared entry by entry; nothing is repeated to fit.",
        ),
        (
            (2, 3),
            "gradient.reshape(theta.shape) has it; is that meant?",
        ),
    ],
)
def test_a_gradient_of_another_shape_is_never_stretched(
    optimizer, shape, hint
):
    """And the step that failed leaves no trace in the ones that follow."""
    theta, gradients = problem()
    expected = theta.copy()
    stepper, unspoilt = optimizer(0.1), optimizer(0.1)
    for gradient in gradients:
        before = theta.copy()
        message = said(stepper.step, theta, np.ones(shape), kind=ShapeError)
        assert message.endswith(
            f"gradient has shape {shape}.\n"
            "  Needed: (3, 2), the shape of theta.\n"
            f"  Hint: {hint}"
        )
        assert np.array_equal(theta, before)
        stepper.step(theta, gradient)
        unspoilt.step(expected, gradient)
    assert np.array_equal(theta, expected)


@every_optimizer
@pytest.mark.parametrize("kind", [list, np.int64])
def test_a_gradient_may_be_a_list_or_integers(optimizer, kind):
    theta, expected = np.zeros(2), np.zeros(2)
    stepper, same = optimizer(0.1), optimizer(0.1)
    for values in ([3, -1], [1, 2]):
        given_ = values if kind is list else np.array(values, kind)
        stepper.step(theta, given_)
        same.step(expected, np.array(values, float))
    assert np.array_equal(theta, expected)


@every_optimizer
@pytest.mark.parametrize(
    "theta",
    [[1.0, 2.0], np.array([1, 2]), 1.0, np.float64(1.0)],
    ids=["list", "integers", "float", "numpy number"],
)
def test_what_cannot_change_in_place_is_refused(optimizer, theta):
    """theta = X[0] may be a number: subtracting from it would go nowhere."""
    stepper = optimizer(0.1)
    message = said(stepper.step, theta, np.ones(np.shape(theta)))
    assert "theta" in message
    assert stepper.steps == 0


@pytest.mark.parametrize("optimizer", [Momentum, RMSprop, Adam])
@pytest.mark.parametrize(
    ("first", "second"), [((3, 2), (2,)), ((2,), (3, 2)), ((1,), (3,))]
)
def test_another_theta_needs_another_optimizer(optimizer, first, second):
    """Weights and biases in turn: their pasts must not be mixed."""
    stepper, theta = optimizer(0.1), np.zeros(second)
    stepper.step(np.zeros(first), np.ones(first))
    with pytest.raises(ValueError, match="another") as caught:
        stepper.step(theta, np.ones(second))
    assert "\n  Needed: " in str(caught.value)
    assert not theta.any()
    assert stepper.steps == 1


@pytest.mark.parametrize(("max_norm", "came"), NOT_ABOVE_0)
def test_max_norm_is_one_number_above_0(max_norm, came):
    message = said(clip_by_global_norm, [np.ones(2)], max_norm)
    assert message.startswith(
        f"clip_by_global_norm: max_norm is {came}.\n"
        "  Needed: one number above 0.\n"
        "  Hint: "
    )


def test_gradients_that_are_not_numbers_are_named():
    assert said(clip_by_global_norm, [["a"]], 1.0) == (
        "clip_by_global_norm: grads is list of dtype <U1.\n"
        "  Needed: an array of numbers.\n"
        "  Hint: np.array(grads, dtype=float) must work on it; look for text, "
        "None or a row that is too short."
    )


def test_one_vector_stays_a_vector_or_is_refused():
    """A network's whole gradient is one array, and no list of arrays."""
    gradient = np.array([3.0, 4.0])
    try:
        clipped = clip_by_global_norm(gradient, 1.0)
    except ValueError as caught:
        assert "Needed: " in str(caught)  # noqa: PT017
    else:
        assert isinstance(clipped, np.ndarray)
        assert np.allclose(clipped, [0.6, 0.8])
