"""Stands for nnlib.checks and nnlib.widgets in the sandbox: it does nothing.

The cells that check an answer run again elsewhere, where a student's code
cannot reach them; and nobody is there to look at a widget.
"""


def __getattr__(name):
    # Under its own name this is a module like any other.
    if name.startswith("__") or __name__.endswith("inside.quiet"):
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return _nothing


def _nothing(*_values, **_options):
    return None
