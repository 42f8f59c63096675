"""recurrent: against textbook loops, one sequence and one step at a time.

`lesson` is those loops. What it does not know (batches, masks, chunks) is
held to it: whatever is processed together must equal what is processed alone.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.layers import Dense
from nnlib.network import Network
from nnlib.recurrent import GRU, LSTM, RNN
from nnlib.shapes import ShapeError

KINDS = [RNN, GRU, LSTM]
EVERY = pytest.mark.parametrize("kind", KINDS)
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
N, STEPS, N_IN, HIDDEN = 3, 7, 2, 4


# --- the textbook -----------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def rnn_step(p, x, h):
    new = np.tanh(x @ p["W"][0] + h[0] @ p["U"][0] + p["b"][0])
    return np.array([new]), new


def rnn_back(p, g, x, h, new, dh):
    dz = dh[0] * (1 - new**2)
    g["W"][0] += np.outer(x, dz)
    g["U"][0] += np.outer(h[0], dz)
    g["b"][0] += dz
    return p["W"][0] @ dz, np.array([p["U"][0] @ dz])


def gru_step(p, x, h):
    h = h[0]
    r = sigmoid(x @ p["W"][0] + h @ p["U"][0] + p["b"][0])
    z = sigmoid(x @ p["W"][1] + h @ p["U"][1] + p["b"][1])
    q = h @ p["U"][2] + p["c"]
    n = np.tanh(x @ p["W"][2] + p["b"][2] + r * q)
    return np.array([(1 - z) * n + z * h]), (r, z, q, n)


def gru_back(p, g, x, h, kept, dh):
    (r, z, q, n), h, dh = kept, h[0], dh[0]
    dn = dh * (1 - z) * (1 - n**2)
    dz = dh * (h - n) * z * (1 - z)
    dr = dn * q * r * (1 - r)
    dq = dn * r
    dx, dh = np.zeros_like(x), dh * z
    for k, (a, s) in enumerate([(dr, dr), (dz, dz), (dn, dq)]):
        g["W"][k] += np.outer(x, a)
        g["b"][k] += a
        g["U"][k] += np.outer(h, s)
        dx += p["W"][k] @ a
        dh += p["U"][k] @ s
    g["c"] += dq
    return dx, np.array([dh])


def lstm_step(p, x, s):
    h, c = s
    zi, zf, zo, zg = (
        x @ p["W"][k] + h @ p["U"][k] + p["b"][k] for k in range(4)
    )
    i, f, o, g = sigmoid(zi), sigmoid(zf), sigmoid(zo), np.tanh(zg)
    new = f * c + i * g
    return np.array([o * np.tanh(new), new]), (i, f, o, g, new)


def lstm_back(p, grads, x, s, kept, ds):
    (h, c), (i, f, o, g, new), (dh, dc) = s, kept, ds
    dc = dc + dh * o * (1 - np.tanh(new) ** 2)
    dz = [
        dc * g * i * (1 - i),
        dc * c * f * (1 - f),
        dh * np.tanh(new) * o * (1 - o),
        dc * i * (1 - g**2),
    ]
    dx, back = np.zeros_like(x), np.zeros_like(h)
    for k, d in enumerate(dz):
        grads["W"][k] += np.outer(x, d)
        grads["U"][k] += np.outer(h, d)
        grads["b"][k] += d
        dx += p["W"][k] @ d
        back += p["U"][k] @ d
    return dx, np.array([back, dc * f])


TEXTBOOK = {
    RNN: (rnn_step, rnn_back),
    GRU: (gru_step, gru_back),
    LSTM: (lstm_step, lstm_back),
}


def lesson(layer, x, state, dH, dstate):
    """One sequence: return H, the last state, grads, dx, the first dstate.

    x : (n_steps, n_in), dH : (n_steps, n_hidden), the states (n_states, h).
    """
    step, back = TEXTBOOK[type(layer)]
    p = layer.params
    states, kept = [state], []
    for x_t in x:
        state, keep = step(p, x_t, state)
        states.append(state)
        kept.append(keep)
    H = np.array([s[0] for s in states[1:]]).reshape(-1, layer.n_out)
    grads = {name: np.zeros_like(array) for name, array in p.items()}
    dx, ds = np.zeros_like(x), dstate.copy()
    for t in reversed(range(len(x))):
        ds[0] += dH[t]
        dx[t], ds = back(p, grads, x[t], states[t], kept[t], ds)
    return H, state, grads, dx, ds


# --- what is compared -------------------------------------------------------


def build(kind, seed=0, n_in=N_IN, n_hidden=HIDDEN, **kwargs):
    """Return a layer none of whose parameters are 0."""
    rng = np.random.default_rng(seed)
    layer = kind(n_in, n_hidden, rng, **kwargs)
    for p in layer.params.values():
        p += 0.5 * rng.normal(size=p.shape)
    return layer


def arrays(layer, seed=1, n=N, n_steps=STEPS):
    """Return X, state, dH and dstate at random."""
    rng = np.random.default_rng(seed)
    state = (layer.n_states, n, layer.n_out)
    return (
        rng.normal(size=(n, n_steps, layer.n_in)),
        rng.normal(size=state) / 2,
        rng.normal(size=(n, n_steps, layer.n_out)),
        rng.normal(size=state),
    )


def run(layer, X, state, dH, dstate, mask=None):
    """Return the same five as `lesson`, of the layer; copies."""
    H = layer.forward(X, mask=mask, state=state)
    end = layer.state.copy()
    dX = layer.backward(dH, dstate=dstate)
    grads = {name: g.copy() for name, g in layer.grads.items()}
    return H.copy(), end, grads, dX.copy(), layer.dstate.copy()


def close(ours, expected):
    """Compare two such fives."""
    for name, grad in expected[2].items():
        np.testing.assert_allclose(ours[2][name], grad, err_msg=name, **CLOSE)
    for k, what in {0: "H", 1: "state", 3: "dX", 4: "dstate"}.items():
        np.testing.assert_allclose(ours[k], expected[k], err_msg=what, **CLOSE)


def by_the_book(layer, X, state, dH, dstate):
    """Every sequence by itself; gradients of the parameters add up."""
    alone = [
        lesson(layer, X[i], state[:, i], dH[i], dstate[:, i])
        for i in range(len(X))
    ]
    H, end, grads, dX, start = zip(*alone, strict=True)
    total = {name: sum(g[name] for g in grads) for name in grads[0]}
    end, start = np.stack(end, axis=1), np.stack(start, axis=1)
    return np.stack(H), end, total, np.stack(dX), start


def masked_by_the_book(layer, X, state, dH, dstate, mask):
    """The same for sequences with gaps: lesson sees the steps that exist.

    In a gap the output is the state before: its gradient belongs to the last
    step that exists, or to the state at the start.
    """
    H, dX = np.zeros_like(dH), np.zeros_like(X)
    end, start = np.zeros_like(state), np.zeros_like(state)
    total = {name: np.zeros_like(p) for name, p in layer.params.items()}
    for i, steps in enumerate(mask):
        last = np.cumsum(steps) - 1  # of the existing ones, at every step
        own, before = np.zeros((steps.sum(), layer.n_out)), np.zeros(HIDDEN)
        for t, k in enumerate(last):
            (before if k < 0 else own[k])[:] += dH[i, t]
        h, end[:, i], grads, dX[i, steps], start[:, i] = lesson(
            layer, X[i, steps], state[:, i], own, dstate[:, i]
        )
        start[0, i] += before
        H[i] = [state[0, i] if k < 0 else h[k] for k in last]
        for name, grad in grads.items():
            total[name] += grad
    return H, end, total, dX, start


# --- forward and backward ---------------------------------------------------


@EVERY
@pytest.mark.parametrize(
    "size",
    [(N, STEPS, N_IN, HIDDEN), (1, 5, 3, 2), (4, 1, 2, 3), (1, 1, 1, 1)],
)
def test_a_batch_is_the_textbook_row_by_row(kind, size):
    n, n_steps, n_in, n_hidden = size
    layer = build(kind, 3, n_in, n_hidden)
    given = arrays(layer, 4, n, n_steps)
    close(run(layer, *given), by_the_book(layer, *given))


@EVERY
def test_without_a_state_it_starts_at_zeros_and_ends_without_a_slope(kind):
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    with_zeros = run(layer, X, 0 * state, dH, 0 * dstate)
    close(run(layer, X, None, dH, None), with_zeros)
    assert layer.forward(X).tolist() == with_zeros[0].tolist()


@EVERY
def test_a_slope_of_the_state_alone_is_a_slope_of_zeros_in_between(kind):
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    expected = by_the_book(layer, X, state, 0 * dH, dstate)
    close(run(layer, X, state, None, dstate), expected)


@EVERY
def test_a_second_backward_says_the_same_and_the_arguments_stay(kind):
    layer = build(kind)
    given = arrays(layer)
    mask = np.arange(STEPS) < np.array([[7], [3], [5]])
    copies = [array.copy() for array in (*given, mask)]
    for array in (*given, mask):
        array.flags.writeable = False
    X, state, dH, dstate = given
    first = run(layer, X, state, dH, dstate, mask)
    dX = layer.backward(dH, dstate=dstate)
    assert dX.tolist() == first[3].tolist()
    assert layer.dstate.tolist() == first[4].tolist()
    for name, grad in first[2].items():
        assert layer.grads[name].tolist() == grad.tolist()
    for array, copy in zip((*given, mask), copies, strict=True):
        assert np.array_equal(array, copy)


@EVERY
def test_without_an_input_gradient_the_others_are_the_same(kind):
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    _, _, grads, _, start = run(layer, X, state, dH, dstate)
    assert layer.backward(dH, input_gradient=False, dstate=dstate) is None
    assert layer.dstate.tolist() == start.tolist()
    for name, grad in grads.items():
        assert layer.grads[name].tolist() == grad.tolist()


@EVERY
def test_gradients_are_written_where_they_stood(kind):
    """A network's vector sees them only there."""
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    before = dict(layer.grads)
    layer.grads["U"][:] = np.nan
    run(layer, X, state, dH, dstate)
    for name, grad in layer.grads.items():
        assert grad is before[name]
        assert np.isfinite(grad).all()
        assert grad.shape == layer.params[name].shape


@EVERY
def test_the_last_output_is_the_output_of_the_last_step(kind):
    layer, short = build(kind), build(kind, last=True)
    X, state, dH, dstate = arrays(layer)
    dH[:, :-1] = 0
    whole = run(layer, X, state, dH, dstate)
    ours = run(short, X, state, dH[:, -1], dstate)
    assert ours[0].shape == short.output_shape(X.shape) == (N, HIDDEN)
    close((whole[0][:, -1], *whole[1:]), ours)


@EVERY
def test_the_last_output_of_a_padded_sequence_is_that_of_its_last_step(kind):
    layer = build(kind, last=True)
    X, *_ = arrays(layer)
    lengths = [7, 3, 5]
    mask = np.arange(STEPS) < np.array(lengths)[:, np.newaxis]
    H = layer.forward(X, mask)
    for i, length in enumerate(lengths):
        alone = layer.forward(X[i : i + 1, :length])
        np.testing.assert_allclose(H[i], alone[0], **CLOSE)


@EVERY
def test_the_state_of_one_batch_survives_the_next(kind):
    layer = build(kind)
    X, *_ = arrays(layer)
    layer.forward(X)
    state = layer.state
    copy = state.copy()
    layer.forward(-X)
    assert state.tolist() == copy.tolist()


@EVERY
def test_the_shapes_that_summary_shows_are_those_that_come(kind):
    for last in (False, True):
        layer = build(kind, last=last)
        H = layer.forward(np.zeros((N, STEPS, N_IN)))
        assert layer.output_shape((N, STEPS, N_IN)) == H.shape


@EVERY
def test_float32_stays_float32_and_agrees(kind):
    rng = np.random.default_rng(0)
    layers = [build(kind), Dense(HIDDEN, 2, rng)]
    exact = Network(layers, float)
    single = Network([build(kind), Dense(HIDDEN, 2, rng)], np.float32)
    single.theta[:] = exact.theta
    X = rng.normal(size=(N, STEPS, N_IN))
    A, G = exact.forward(X), rng.normal(size=(N, STEPS, 2))
    B = single.forward(X)
    dX, dx = exact.backward(G), single.backward(G)
    layer = single.layers[0]
    assert {a.dtype for a in (B, dx, layer.state, layer.dstate)} == {B.dtype}
    assert B.dtype == np.float32
    np.testing.assert_allclose(B, A, atol=2e-6)
    np.testing.assert_allclose(dx, dX, atol=2e-5)
    np.testing.assert_allclose(single.gradient, exact.gradient, atol=1e-4)


@EVERY
def test_lists_and_integers_are_taken_as_floats(kind):
    layer = build(kind)
    X = np.arange(12).reshape(2, 3, N_IN)
    H = layer.forward(X / 1.0)
    assert layer.forward(X).tolist() == H.tolist()
    assert layer.forward(X.tolist()).tolist() == H.tolist()


@EVERY
def test_huge_inputs_saturate_without_a_warning(kind):
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    H, end, grads, dX, start = run(layer, 1e4 * X, state, dH, dstate)
    assert np.abs(H).max() <= 1
    for array in (end, dX, start, *grads.values()):
        assert np.isfinite(array).all()


def test_the_forget_gate_starts_open_and_the_others_do_not():
    layer = LSTM(3, 5, np.random.default_rng(0))
    assert layer.params["b"].tolist() == [[0] * 5, [1] * 5, [0] * 5, [0] * 5]
    for kind in (RNN, GRU):
        layer = kind(3, 5, np.random.default_rng(0))
        assert not layer.params["b"].any()


@EVERY
def test_every_gate_is_drawn_by_itself_and_turns_the_state(kind):
    layer = kind(3, 5, np.random.default_rng(0))
    U = layer.params["U"]
    for g, u in enumerate(U):
        np.testing.assert_allclose(u.T @ u, np.eye(5), atol=1e-12)
        for other in range(g):
            assert not np.allclose(u, U[other])
            assert not np.allclose(*layer.params["W"][[g, other]])


# --- masks ------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(KINDS),
    st.lists(
        st.lists(st.booleans(), min_size=STEPS, max_size=STEPS),
        min_size=N,
        max_size=N,
    ),
)
def test_where_there_is_no_step_nothing_happens(kind, rows):
    """Padding behind, before or between, up to a sequence of no step."""
    mask, layer = np.array(rows), build(kind)
    given = arrays(layer)
    expected = masked_by_the_book(layer, *given, mask)
    close(run(layer, *given, mask=mask), expected)


@EVERY
def test_a_padded_batch_gives_what_each_sequence_gives_alone(kind):
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    lengths = [7, 1, 4]
    mask = np.arange(STEPS) < np.array(lengths)[:, np.newaxis]
    X[~mask] = 1e6  # whatever stands in the padding
    dH[~mask] = 0
    H, end, grads, dX, start = run(layer, X, state, dH, dstate, mask)
    assert not dX[~mask].any()
    total = {name: np.zeros_like(p) for name, p in layer.params.items()}
    for i, length in enumerate(lengths):
        one = slice(i, i + 1)
        alone = run(
            layer,
            X[one, :length],
            state[:, one],
            dH[one, :length],
            dstate[:, one],
        )
        np.testing.assert_allclose(H[one, :length], alone[0], **CLOSE)
        np.testing.assert_allclose(end[:, one], alone[1], **CLOSE)
        np.testing.assert_allclose(dX[one, :length], alone[3], **CLOSE)
        np.testing.assert_allclose(start[:, one], alone[4], **CLOSE)
        for name, grad in alone[2].items():
            total[name] += grad
    close((H, end, grads, dX, start), (H, end, total, dX, start))


@EVERY
@pytest.mark.parametrize("dtype", [bool, int, float, list])
def test_a_mask_may_be_of_ones_and_zeros(kind, dtype):
    layer = build(kind)
    X, *_ = arrays(layer)
    mask = np.arange(STEPS) < np.array([[7], [3], [5]])
    H = layer.forward(X, mask)
    same = mask.tolist() if dtype is list else mask.astype(dtype)
    assert layer.forward(X, same).tolist() == H.tolist()


@EVERY
def test_a_mask_is_forgotten_at_the_next_forward(kind):
    layer = build(kind)
    given = arrays(layer)
    expected = run(layer, *given)
    layer.forward(given[0], np.zeros((N, STEPS)))
    close(run(layer, *given), expected)


# --- states handed over, and truncation -------------------------------------


@EVERY
@pytest.mark.parametrize("cut", [1, 3, 6])
def test_two_halves_with_the_state_handed_over_are_one_pass(kind, cut):
    layer = build(kind)
    X, state, dH, dstate = arrays(layer)
    whole = run(layer, X, state, dH, dstate)
    first, second = build(kind), build(kind)
    H1 = first.forward(X[:, :cut], state=state)
    H2 = second.forward(X[:, cut:], state=first.state)
    dX2 = second.backward(dH[:, cut:], dstate=dstate)
    dX1 = first.backward(dH[:, :cut], dstate=second.dstate)
    close(
        (
            np.concatenate([H1, H2], axis=1),
            second.state,
            {k: first.grads[k] + second.grads[k] for k in first.grads},
            np.concatenate([dX1, dX2], axis=1),
            first.dstate,
        ),
        whole,
    )


@EVERY
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("k", [1, 2, 3, 7, 10])
def test_truncation_is_a_pass_over_chunks_that_hand_no_slope_back(
    kind, k, masked
):
    layer, plain = build(kind, truncate=k), build(kind)
    X, state, dH, dstate = arrays(layer)
    mask = np.arange(STEPS) < np.array([[7], [3], [5]])
    mask = mask if masked else np.ones_like(mask)
    parts = []
    handed = state
    for start in range(0, STEPS, k):
        chunk = slice(start, start + k)
        slope = dstate if start + k >= STEPS else None
        parts.append(
            run(
                plain,
                X[:, chunk],
                handed,
                dH[:, chunk],
                slope,
                mask[:, chunk],
            )
        )
        handed = parts[-1][1]
    H, end, grads, dX, first = zip(*parts, strict=True)
    close(
        run(layer, X, state, dH, dstate, mask),
        (
            np.concatenate(H, axis=1),
            end[-1],
            {name: sum(g[name] for g in grads) for name in grads[0]},
            np.concatenate(dX, axis=1),
            first[0],
        ),
    )


# --- vanishing and exploding ------------------------------------------------


@pytest.mark.parametrize("scale", [0.5, 0.9, 1.0, 1.1, 2.0])
def test_a_slope_is_multiplied_at_every_step(scale):
    """At rest at 0, where tanh has slope 1, only U is left of a step."""
    layer = RNN(1, 8, np.random.default_rng(0))
    layer.params["U"] *= scale
    H = layer.forward(np.zeros((1, 100, 1)))
    assert not H.any()
    layer.backward(None, dstate=np.ones((1, 1, 8)))
    measured = np.linalg.norm(layer.dstate) / np.linalg.norm(np.ones(8))
    np.testing.assert_allclose(measured, scale**100, rtol=1e-10)


def test_the_slope_by_early_inputs_vanishes_or_explodes():
    rng = np.random.default_rng(0)
    X = 1e-30 * rng.normal(size=(4, 60, 3))  # stays where tanh has slope 1
    lengths = {}
    for scale in (0.6, 1.5):
        layer = RNN(3, 8, np.random.default_rng(1))
        layer.params["U"] *= scale
        H = layer.forward(X)
        dH = np.zeros_like(H)
        dH[:, -1] = 1
        dX = layer.backward(dH)
        lengths[scale] = np.linalg.norm(dX, axis=(0, 2))
    assert lengths[0.6][0] < 1e-12 * lengths[0.6][-1]
    assert lengths[1.5][0] > 1e9 * lengths[1.5][-1]


def test_open_gates_hand_a_slope_on_whole():
    lstm = LSTM(1, 4, np.random.default_rng(0))
    lstm.params["b"][1] = 50.0  # never forgets
    lstm.params["U"][:] = 0  # and no other path
    lstm.forward(np.zeros((1, 100, 1)))
    lstm.backward(None, dstate=np.array([[[0.0] * 4], [[1.0] * 4]]))
    np.testing.assert_allclose(lstm.dstate[1], 1, rtol=1e-12)
    gru = GRU(1, 4, np.random.default_rng(0))
    gru.params["b"][1] = 50.0  # keeps the old state
    gru.params["U"][:] = 0
    gru.forward(np.zeros((1, 100, 1)))
    gru.backward(None, dstate=np.ones((1, 1, 4)))
    np.testing.assert_allclose(gru.dstate, 1, rtol=1e-12)


# --- errors -----------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("dH", [np.zeros((1, 1, HIDDEN)), None])
def test_backward_before_forward_is_explained(kind, dH):
    with pytest.raises(ValueError, match="Needed: ") as caught:
        build(kind).backward(dH)
    assert str(caught.value) == (
        f"{kind.__name__}.backward: forward has not run.\n"
        "  Needed: forward(X) first; backward goes its way back.\n"
        "  Hint: was forward called on another layer?"
    )


@EVERY
@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((7, 2), "it has 2 axes; needed: 3 axes."),
        ((3, 7, 5), "print both shapes; which of the two arrays is not as "),
        ((3, 0, 2), "X is empty. Did a filter or a slice leave no rows?"),
        ((0, 7, 2), "X is empty. Did a filter or a slice leave no rows?"),
    ],
)
def test_an_input_of_another_shape_is_explained(kind, shape, hint):
    with pytest.raises(ShapeError) as caught:
        build(kind).forward(np.zeros(shape))
    assert str(caught.value).startswith(
        f"{kind.__name__}.forward: X has shape {shape}.\n"
        "  Needed: (n, n_steps, n_in) with n_in = 2.\n"
        f"  Hint: {hint}"
    )


@EVERY
def test_a_mask_of_another_shape_is_explained(kind):
    layer = build(kind)
    X, *_ = arrays(layer)
    with pytest.raises(ShapeError) as caught:
        layer.forward(X, np.ones((STEPS, N)))
    assert str(caught.value) == (
        f"{kind.__name__}.forward: mask has shape (7, 3).\n"
        "  Needed: (n, n_steps) with n = 3, n_steps = 7.\n"
        "  Hint: rows are samples. mask.T has a fitting shape; are samples "
        "in columns?"
    )


WRONG_STATES = [(N, HIDDEN), (HIDDEN,), (3, N, HIDDEN), (1, 1, HIDDEN)]


@EVERY
@pytest.mark.parametrize("shape", WRONG_STATES)
def test_a_state_of_another_shape_is_explained(kind, shape):
    """Repeated to fit, an LSTM's h would be its c as well."""
    layer = build(kind)
    X, *_ = arrays(layer)
    with pytest.raises(ShapeError) as caught:
        layer.forward(X, state=np.zeros(shape))
    said = str(caught.value)
    assert said.startswith(f"{kind.__name__}.forward: state has shape {shape}")
    assert f"n_states = {layer.n_states}, n = 3, n_hidden = 4" in said


@EVERY
@pytest.mark.parametrize("shape", WRONG_STATES)
def test_a_slope_of_the_state_of_another_shape_is_explained(kind, shape):
    layer = build(kind)
    X, *_ = arrays(layer)
    layer.forward(X)
    with pytest.raises(ShapeError) as caught:
        layer.backward(None, dstate=np.zeros(shape))
    assert str(caught.value).startswith(
        f"{kind.__name__}.backward: dstate has shape {shape}."
    )


@EVERY
@pytest.mark.parametrize("last", [False, True])
def test_a_slope_of_the_output_of_another_shape_is_explained(kind, last):
    layer = build(kind, last=last)
    X, _, dH, _ = arrays(layer)
    H = layer.forward(X)
    wrong = dH if last else dH[:, -1]
    with pytest.raises(ShapeError) as caught:
        layer.backward(wrong)
    assert str(caught.value) == (
        f"{kind.__name__}.backward: dA has shape {wrong.shape}.\n"
        f"  Needed: {H.shape}, the shape of the last output.\n"
        "  Hint: dA holds one slope for every number that came out."
    )


@EVERY
@pytest.mark.parametrize(
    ("sizes", "came"),
    [
        ({"n_in": 0}, "n_in is 0"),
        ({"n_hidden": 2.5}, "n_hidden is 2.5"),
        ({"truncate": 0}, "truncate is 0"),
        ({"truncate": 2.5}, "truncate is 2.5"),
    ],
)
def test_sizes_are_counts(kind, sizes, came):
    sizes = {"n_in": 2, "n_hidden": 3, **sizes}
    with pytest.raises(ValueError, match="Needed: a whole number") as caught:
        kind(rng=np.random.default_rng(0), **sizes)
    assert str(caught.value).startswith(f"{kind.__name__}: {came}.\n")


@EVERY
def test_chance_has_to_be_handed_in(kind):
    with pytest.raises(ValueError, match="rng is 0") as caught:
        kind(2, 3, 0)
    assert "make one, rng = np.random.default_rng(0)" in str(caught.value)
