"""All widgets on one page, and how a reader works each of them."""

from dataclasses import dataclass

PAGE = "lessons/00_widgets.ipynb"


@dataclass(frozen=True)
class Stop:
    """One widget of the tour.

    Attributes
    ----------
    name : str
        Of the function that makes it.
    label : str
        Its accessible name.
    focus : str
        CSS selector of what takes the keys.
    keys : tuple of str
        Two keys to press in turn; each changes what is seen.
    says : str
        What the line of text contains after the first of them.
    drag : str
        CSS selector of what is dragged.
    path : ((float, float), (float, float))
        From where to where, as shares of its width and height.
    dragged : str
        What the line of text contains then.
    fullest : str
        A key after which most is seen, if that is not at the start.
    """

    name: str
    label: str
    focus: str
    keys: tuple
    says: str
    drag: str
    path: tuple
    dragged: str
    fullest: str = ""


STOPS = [
    Stop(
        "playground",
        "Playground: a network that learns while you watch",
        ".nn-net canvas",
        (".", ","),
        "Step 1, epoch 0.",
        ".nn-controls input[type=range] >> nth=3",
        ((0.7, 0.5), (0.3, 0.5)),
        "Step",
    ),
    Stop(
        "perceptron_plane",
        "Perceptron on a plane",
        "svg.nn-plane",
        ("n", "f"),
        "Mistake 1: point 1 is a 0",
        "svg.nn-plane g g >> nth=0",
        ((0.5, 0.5), (2.0, 0.0)),
        "Point 1, a 0, is now at",
    ),
    Stop(
        "activation_explorer",
        "Activation and its slope",
        "canvas[role=slider]",
        ("ArrowRight", "ArrowLeft"),
        "sigmoid at z = 0.1",
        "canvas[role=slider]",
        ((0.5, 0.5), (0.7, 0.5)),
        "sigmoid at z = ",
    ),
    Stop(
        "loss_race",
        "Squared error against cross-entropy",
        ".nn-player button >> nth=0",
        ("e", ","),
        "Cross-entropy is below 0.1 after",
        ".nn-controls input[type=range] >> nth=0",
        ((0.5, 0.5), (0.8, 0.5)),
        "put out a = 0.99",
    ),
    Stop(
        "descent",
        "Gradient descent on a landscape",
        ".nn-descent-map canvas",
        ("ArrowRight", "ArrowLeft"),
        "from (-1.75, 0.90)",
        ".nn-descent-map canvas",
        ((0.5, 0.5), (0.7, 0.4)),
        "from (",
    ),
    Stop(
        "gradient_flow",
        "Gradient flow through many layers",
        "canvas[role=slider]",
        ("ArrowRight", "ArrowLeft"),
        "Layer 2 of 30",
        "canvas[role=slider]",
        ((0.3, 0.5), (0.6, 0.5)),
        "of 30: gradient norm",
    ),
    Stop(
        "forward_tracer",
        "Forward pass, one layer at a time",
        ".nn-ft-cells",
        (".", ","),
        "Nothing has been computed yet",
        ".nn-ft-pad",
        ((0.2, 0.2), (0.8, 0.8)),
        "as you changed it",
    ),
    Stop(
        "chain_graph",
        "An expression whose inputs can be nudged",
        ".nn-graph button >> nth=0",
        ("ArrowRight", "ArrowLeft"),
        "a is nudged by +0.02",
        ".nn-controls input[type=range] >> nth=0",
        ((0.5, 0.5), (0.7, 0.5)),
        "a is nudged by +0.",
    ),
    Stop(
        "backprop_stepper",
        "Backpropagation, one operation at a time",
        ".nn-player button >> nth=0",
        ("ArrowRight", "ArrowLeft"),
        "Step 1 of",
        ".nn-player input[type=range]",
        ((0.1, 0.5), (0.6, 0.5)),
        "Step",
        "End",
    ),
]
