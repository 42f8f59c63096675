"""nnlib: neural networks in plain numpy, written to be read.

One idea per module, in the order of the lessons:

    shapes        what an array must look like, and what to say if it does not
    datasets      points, digits, sounds, dates and prices to learn from
    perceptron    a weighted sum, a threshold, and a rule that learns
    activations   the bend after the weighted sum, and its slope
    losses        one number that says how wrong, and which way is better
    initializers  where training starts
    layers        what networks are made of, and the contract they keep
    network       layers in a row: forward, backward, save and load
    graph         the chain rule, one number at a time
    gradcheck     nudge, and see whether the slope told the truth
    optimizers    from a gradient to a step
    training      the loop around everything
    recurrent     the same weights at every step, and a state between
    fixed_point   a network that runs until it rests

Beside the core stand `plots` (still pictures), `widgets` (moving ones) and
`checks` (what a right answer to an exercise is); and what has nothing to do
with learning: `real_data`, `drawing`, `hints`, `machine`,
`installation` and `cli`.
"""

__version__ = "0.1.0"


def written_for(version):
    """Say so if this page was written for another nnlib than this one.

    Source: lessons/00_start_here, "How a page works".

    >>> written_for("0.1")
    >>> written_for("0.0")  # doctest: +ELLIPSIS
    This page was written for nnlib 0.0, and nnlib 0.1.0 is installed.
      Results and messages may differ from the text.
      To mend it: take pages and nnlib from the same download...
    """
    installed = ".".join(__version__.split(".")[:2])
    if version != installed:
        print(
            f"This page was written for nnlib {version}, and nnlib "
            f"{__version__} is installed.\n"
            "  Results and messages may differ from the text.\n"
            "  To mend it: take pages and nnlib from the same download of "
            "the book, run `make lab` there, and restart the kernel."
        )
