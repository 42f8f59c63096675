"""A network on screen as lines that build it again."""

from nnlib.layers import Activation


def network_code(steps):
    """Return nnlib lines for the network, the data, loss and gradients."""
    layers, values = [], []
    for op in steps.operations[:-1]:
        if isinstance(op.layer, Activation):
            layers.append(f"Activation({_names(op.layer)})")
            continue
        for key in ("W", "b"):
            array = steps.values[f"{key}{op.number}"]
            place = f'network.layers[{len(layers)}].params["{key}"]'
            values.append(f"{place} = {array.tolist()!r}")
        layers.append(f"Dense({op.layer.n_in}, {op.layer.n_out}, rng)")
    lines = [
        *_imports(steps),
        "",
        "rng = np.random.default_rng(0)",
        f"layers = [{', '.join(layers)}]",
        "network = Network(layers, dtype=float)",
        *values,
        f"X = np.array({steps.values['X'].tolist()!r})",
        f"y = np.array({steps.y.tolist()!r})",
        f"loss, dZ = {steps.loss_function.__name__}(network.forward(X), y)",
        "dX = network.backward(dZ)",
        "for name, layer, key in network.named():",
        '    print(f"dL/d{name}")',
        "    print(layer.grads[key])",
    ]
    return "\n".join(lines)


def _functions(layer):
    """Return an activation's function, and its slope if it came with one."""
    return [f for f in (layer.f, layer.slope) if f]


def _names(layer):
    return ", ".join(f.__name__ for f in _functions(layer))


def _imports(steps):
    """Return the lines that import; what is the reader's own is named."""
    lines = ["import numpy as np", ""]
    functions = [steps.loss_function]
    for op in steps.operations[:-1]:
        if isinstance(op.layer, Activation):
            functions += _functions(op.layer)
    homes = {"nnlib.activations": set(), "nnlib.losses": set()}
    own = []
    for f in functions:
        homes.get(f.__module__, set()).add(f.__name__)
        if f.__module__ not in homes and f.__name__ not in own:
            own.append(f.__name__)
    homes |= {
        "nnlib.layers": {"Activation", "Dense"},
        "nnlib.network": {"Network"},
    }
    for home, names in sorted(homes.items()):
        if names:
            lines.append(f"from {home} import {', '.join(sorted(names))}")
    if own:
        lines.append(f"# your own, defined before: {', '.join(own)}")
    return lines
