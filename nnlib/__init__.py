"""nnlib: neural networks in plain numpy, written to be read.

One idea per module, in the order of the lessons:

    shapes       what an array must look like, and what to say if it does not
    datasets     points, digits and other things to learn from
    perceptron   a weighted sum, a threshold, and a rule that learns

Beside the core stand `plots` (still pictures), `widgets` (moving ones) and
`checks` (what a right answer to an exercise is).
"""

__version__ = "0.1.0"


def written_for(version):
    """Say so if this page was written for another nnlib than this one.

    Parameters
    ----------
    version : str
        "MAJOR.MINOR" of the nnlib that the page was written for.

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
