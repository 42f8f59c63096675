"""Activations: the bend after the weighted sum, and its slope.

Without a bend between them, two layers are one. Its slope decides what can be
learned: every gradient on its way back is multiplied by it.

A function takes scores Z, an array of any shape, and returns A = f(Z), of the
same shape. Its slope, f_prime, takes Z as well, never A; who has A at hand
may pass it second. SLOPES finds the slope of a function. Nothing overflows.

Source: lessons/02_activations, and softmax lessons/03_losses.

>>> Z = np.array([-1000.0, -1.0, 0.0, 1.0])
>>> for f in (sigmoid, tanh, relu, leaky_relu, gelu):
...     A, slope = f(Z).round(2) + 0.0, SLOPES[f](Z).round(2)
...     print(f"{f.__name__:10}", A, slope)
sigmoid    [0.   0.27 0.5  0.73] [0.   0.2  0.25 0.2 ]
tanh       [-1.   -0.76  0.    0.76] [0.   0.42 1.   0.42]
relu       [0. 0. 0. 1.] [0. 0. 0. 1.]
leaky_relu [-10.    -0.01   0.     1.  ] [0.01 0.01 0.01 1.  ]
gelu       [ 0.   -0.16  0.    0.84] [ 0.   -0.08  0.5   1.08]
>>> softmax([[1000.0, 1000.0], [0.0, np.log(3.0)]])
array([[0.5 , 0.5 ],
       [0.25, 0.75]])
"""

import numpy as np

from nnlib.shapes import as_floats


def step(Z):
    """Return 1 where Z >= 0, else 0. McCulloch and Pitts 1943."""
    Z = as_floats("step", "Z", Z)
    return (Z >= 0).astype(Z.dtype)


def step_prime(Z, A=None):
    """Return 0: a flat curve does not say which way to go."""
    return np.zeros_like(as_floats("step_prime", "Z", Z))


def identity(Z):
    """Return Z: no bend at all."""
    return as_floats("identity", "Z", Z)


def identity_prime(Z, A=None):
    """Return 1."""
    return np.ones_like(as_floats("identity_prime", "Z", Z))


def sigmoid(Z):
    """Return 1 / (1 + exp(-Z)), between 0 and 1. Verhulst 1845."""
    # The same curve through tanh, which cannot overflow and is faster.
    A = np.tanh(0.5 * as_floats("sigmoid", "Z", Z))
    A *= 0.5
    A += 0.5
    return A


def sigmoid_prime(Z, A=None):
    """Return A (1 - A), at most 1/4."""
    A = sigmoid(Z) if A is None else A
    return A - A * A


def tanh(Z):
    """Return tanh(Z), between -1 and 1. LeCun and others 1998."""
    return np.tanh(as_floats("tanh", "Z", Z))


def tanh_prime(Z, A=None):
    """Return 1 - A^2, at most 1."""
    A = tanh(Z) if A is None else A
    return 1 - A * A


def relu(Z):
    """Return Z where it is above 0, else 0. Nair and Hinton 2010."""
    Z = as_floats("relu", "Z", Z)
    return np.maximum(Z, np.zeros(Z.shape, Z.dtype))  # faster than with 0


def relu_prime(Z, A=None):
    """Return 1 where Z > 0, else 0; at 0 itself the book takes 0."""
    Z = as_floats("relu_prime", "Z", Z)
    return (Z > 0).astype(Z.dtype)


def leaky_relu(Z):
    """Return Z where it is above 0, else Z / 100. Maas and others 2013."""
    Z = as_floats("leaky_relu", "Z", Z)
    return np.maximum(Z, 0.01 * Z)


def leaky_relu_prime(Z, A=None):
    """Return 1 where Z > 0, else 1/100."""
    Z = as_floats("leaky_relu_prime", "Z", Z)
    return np.where(Z > 0, Z.dtype.type(1), Z.dtype.type(0.01))


def gelu(Z):
    """Return 0.5 Z (1 + tanh(u)), u as below. Hendrycks and Gimpel 2016."""
    Z = as_floats("gelu", "Z", Z)
    return 0.5 * Z * (1 + np.tanh(_gelu_inner(Z)))


def gelu_prime(Z, A=None):
    """Return 0.5 (1 + tanh(u)) + 0.5 Z (1 - tanh(u)^2) du/dZ."""
    Z = as_floats("gelu_prime", "Z", Z)
    T = np.tanh(_gelu_inner(Z))
    du = (2 / np.pi) ** 0.5 * (1 + 3 * 0.044715 * Z * Z)
    return 0.5 * (1 + T) + 0.5 * Z * (1 - T * T) * du


def softmax(Z):
    """Return exp(z_i) / sum of exp(z_j) in each row. Bridle 1990."""
    Z = as_floats("softmax", "Z", Z)
    E = np.exp(Z - Z.max(axis=-1, keepdims=True))  # the shift cancels out
    return E / E.sum(axis=-1, keepdims=True)


def softmax_prime(Z, A=None):
    """Return each row's matrix of slopes, dA_i/dZ_j = A_i (1[i=j] - A_j)."""
    A = softmax(Z) if A is None else A
    eye = np.eye(A.shape[-1], dtype=A.dtype)
    return A[..., :, np.newaxis] * (eye - A[..., np.newaxis, :])


SLOPES = {
    step: step_prime,
    identity: identity_prime,
    sigmoid: sigmoid_prime,
    tanh: tanh_prime,
    relu: relu_prime,
    leaky_relu: leaky_relu_prime,
    gelu: gelu_prime,
    softmax: softmax_prime,
}


def _gelu_inner(Z):
    return (2 / np.pi) ** 0.5 * (Z + 0.044715 * Z * Z * Z)
