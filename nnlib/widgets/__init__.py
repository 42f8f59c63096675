"""Pictures that answer to the mouse and the keyboard.

Each widget is a model, plain Python that can be tested without a browser,
and a view. The arithmetic is nnlib's, done in the kernel; the browser draws
what it is sent and says what the reader did.
"""

from nnlib.widgets.activation_explorer.view import activation_explorer
from nnlib.widgets.descent.view import descent
from nnlib.widgets.forward_tracer.view import forward_tracer
from nnlib.widgets.gradient_flow.view import gradient_flow
from nnlib.widgets.graph.view import backprop_stepper, chain_graph
from nnlib.widgets.loss_race.view import loss_race
from nnlib.widgets.perceptron.view import perceptron_digits, perceptron_plane
from nnlib.widgets.playground.view import playground

__all__ = [
    "activation_explorer",
    "backprop_stepper",
    "chain_graph",
    "descent",
    "forward_tracer",
    "gradient_flow",
    "loss_race",
    "perceptron_digits",
    "perceptron_plane",
    "playground",
]
