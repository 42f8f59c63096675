"""The two perceptron widgets as a cell shows them."""

import copy

from nnlib.plots import plane, weights
from nnlib.widgets.perceptron.model import Digits, Plane
from nnlib.widgets.view import View, javascript, stylesheet


class _PlaneView(View):
    _esm = javascript("perceptron/plane.js")
    _css = stylesheet("perceptron/perceptron.css")


class _DigitsView(View):
    _esm = javascript("perceptron/digits.js")
    _css = stylesheet("perceptron/perceptron.css")


def perceptron_plane(X, y, learning_rate=1.0):
    """Show points that can be dragged, and a perceptron learning from them.

    Parameters
    ----------
    X : ndarray, shape (n, 2)
        At most 200 points.
    y : ndarray of int, shape (n,)
        0 or 1.
    learning_rate : float

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the points X and y, and the weights w and b.

    Raises
    ------
    ShapeError, ValueError

    Source: lessons/01_perceptron, "Step through it".
    """
    model = Plane(X, y, learning_rate)

    def still():
        later = copy.deepcopy(model)
        while later.updates < 3:
            later.next()
            if later.last is None:
                break
        return plane(
            later.X,
            later.y,
            later.w,
            later.b,
            alt="A still of the widget that runs in JupyterLab. "
            + later.sentence(),
            title="points, and the line where z = 0",
        )

    return _PlaneView(model, still)


def perceptron_digits(X, y, X_test, y_test, names=("0", "1")):
    """Show a perceptron learning digits: each misread picture is a step.

    Parameters
    ----------
    X, y : ndarray of shape (n, 64), ndarray of int, shape (n,)
        Pictures to learn from, with labels 0 and 1.
    X_test, y_test : ndarray of shape (m, 64), ndarray of int, shape (m,)
        Pictures that it is tested on after each step.
    names : (str, str)
        What the two classes are called.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the weights w and b.

    Raises
    ------
    ShapeError, ValueError

    Source: lessons/01_perceptron, "One rule".
    """
    model = Digits(X, y, X_test, y_test, names)

    def still():
        later = copy.deepcopy(model)
        later.next()
        first = later.w
        later.end()
        return weights(
            [first, later.w],
            titles=["after 1 mistake", f"after {later.updates}"],
            alt="A still of the widget that runs in JupyterLab: the weights "
            "as pictures. " + later.sentence(),
        )

    return _DigitsView(model, still)
