"""A neuron in a brain and in the machine, side by side."""

import numpy as np
from matplotlib.patches import Circle

from nnlib.plots.style import Picture, color, drawing

ALT = (
    "Left, a nerve cell: branched dendrites collect signals through synapses "
    "of different strength, the cell body adds them up, and the axon fires if "
    "the sum is large enough. Right, the perceptron: inputs times weights go "
    "into a sum with a bias, then a threshold gives 0 or 1."
)


def neurons():
    """Draw a nerve cell and a perceptron with the same parts in one line."""
    with drawing(8.0, 3.6) as figure:
        brain, machine = figure.subplots(1, 2)
        for axes in (brain, machine):
            axes.set(xlim=(0, 10), ylim=(-1.2, 7.8), aspect="equal")
            axes.set_axis_off()
        _draw_cell(brain)
        _draw_perceptron(machine)
        return Picture(figure, ALT)


def _draw_cell(axes):
    ink, dendrite, axon = color("ink"), color("class_1"), color("class_0")
    axes.set_title("In a brain")
    for height, strength in ((6.6, 4.5), (4.0, 1.5), (1.4, 3.0)):
        s = np.linspace(0, 1, 40)
        bend = height + (4 - height) * s**2
        axes.plot(0.9 + 3.2 * s, bend, color=dendrite, ls="-", lw=strength)
        for lift in (-0.7, 0.7):
            twig = height + lift * (1 - s) ** 2
            axes.plot(0.3 + 1.6 * s, twig, color=dendrite, ls="-", lw=1.2)
    axes.add_patch(Circle((4.7, 4), 1.1, color=dendrite))
    axes.add_patch(Circle((4.7, 4), 0.4, color=color("card")))
    axes.plot([5.7, 8.6], [4, 4], color=axon, ls="-", lw=4)
    for end in (2.9, 4.0, 5.1):
        axes.plot([8.6, 9.5], [4, end], color=axon, ls="-", lw=1.6)
        axes.add_patch(Circle((9.5, end), 0.17, color=axon))
    for x, y, text in (
        (2.0, -1.1, "dendrites, with\nsynapses weak and strong"),
        (4.9, 5.4, "cell body\nadds up"),
        (7.6, 2.2, "axon\nfires or not"),
    ):
        axes.text(x, y, text, ha="center", va="bottom", color=ink, size=9)


def _draw_perceptron(axes):
    ink, first, second = color("ink"), color("class_1"), color("class_0")
    axes.set_title("In the machine")
    beside = {6.6: (2.8, 5.75), 4.0: (2.2, 4.2), 1.4: (1.9, 2.8)}
    for i, (height, label) in enumerate(beside.items(), start=1):
        _arrow(axes, (1.0, height), (3.8, 4 + 0.14 * (height - 4)), first)
        axes.text(0.4, height, f"$x_{i}$", va="center", color=ink, size=12)
        axes.text(*label, f"$w_{i}$", ha="center", color=first, size=12)
    axes.add_patch(Circle((4.7, 4), 0.95, fill=False, ec=first, lw=2))
    axes.text(4.7, 4, r"$\Sigma$", ha="center", va="center", size=16)
    _arrow(axes, (4.7, 6.4), (4.7, 5.0), first)
    _arrow(axes, (5.7, 4), (7.0, 4), ink)
    axes.plot([7.1, 7.8, 7.8, 8.5], [3.4, 3.4, 4.6, 4.6], color=second, ls="-")
    _arrow(axes, (8.6, 4), (9.6, 4), ink)
    for x, y, text in (
        (4.7, 6.5, "bias $b$"),
        (6.3, 4.2, "$z$"),
        (4.7, 2.0, "weighted\nsum"),
        (7.8, 2.2, "threshold\n0 or 1"),
    ):
        axes.text(x, y, text, ha="center", va="bottom", color=ink, size=9)


def _arrow(axes, start, end, line_color):
    look = {"arrowstyle": "-|>", "color": line_color, "lw": 1.8}
    axes.annotate("", end, start, arrowprops=look)
