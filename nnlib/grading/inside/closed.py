"""Stands for each module of nnlib that a sheet does without.

The sandbox has this file in their place. Whatever is imported from it is a
class, so that it can be inherited from and asked about, and cannot be used.
"""


def __getattr__(name):
    # Under its own name this is a module like any other.
    if name.startswith("__") or __name__.endswith("inside.closed"):
        raise AttributeError(f"module {__name__} has no attribute {name}")
    globals()[name] = thing = refusing(__name__, name)
    return thing


def refusing(module, name):
    """Return what stands for a name of a module while a sheet is graded.

    >>> refusing("nnlib.losses", "huber")(1, 2)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    RuntimeError: nnlib.losses.huber is closed while this sheet ...
    """
    return type(name, (), {"__new__": _refuse, "__module__": module})


def _refuse(kind, *_values, **_options):
    # Not a NotImplementedError: that would look like an untouched answer.
    raise RuntimeError(
        f"{kind.__module__}.{kind.__qualname__} is closed while this sheet "
        "is graded: the sheet asks for it, or does without it."
    )
