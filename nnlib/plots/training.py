"""How a training run went: losses by epoch, norms by layer."""

import numpy as np

from nnlib.plots.style import Picture, color, drawing


def history(run):
    """Draw the losses of a run over its epochs, and the score if there is one.

    Parameters
    ----------
    run : nnlib.training.History
        The loss of every step, faint, and its mean over each epoch; with
        validation, the loss on the rows held out and where it was lowest.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the run took no step.

    >>> from nnlib.training import History
    >>> history(History([2.0, 1.0, 0.5, 0.5], steps_per_epoch=2))
    Loss by epoch: 1.5 in the first, 0.5 in the last of 2.
    """
    if not run.loss:
        raise ValueError(
            "history: the run has no steps.\n"
            "  Needed: the History of a fit that took at least one."
        )
    panels = 2 if run.score else 1
    with drawing(6.4, 3.2 if panels == 1 else 5.0) as figure:
        axes = figure.subplots(panels, sharex=True, squeeze=False)[:, 0]
        means = _draw_losses(axes[0], run)
        if run.score:
            axes[1].plot(np.arange(1, len(run.score) + 1), run.score)
            axes[1].set(ylabel="score, held out")
        axes[-1].set(xlabel="epoch")
        axes[-1].xaxis.get_major_locator().set_params(integer=True)
        return Picture(figure, _sentence(run, means))


def norms(run, kind="gradient"):
    """Draw one number for each layer, after the first and the last epoch.

    Parameters
    ----------
    run : nnlib.training.History
        Of a `fit` with norms=True.
    kind : "gradient" or "activation"
        The gradient's length for each layer that learns, or the mean length
        of a row of each layer's output.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the run recorded no norms, or `kind` is another word.

    >>> from nnlib.training import History
    >>> norms(History(gradient_norms=[[0.1, 1.0]], epochs=1))
    Gradient norms by layer, after epoch 1: from 0.1 in the first to 1.
    """
    if kind not in ("gradient", "activation"):
        raise ValueError(
            f'norms: kind is {kind!r}.\n  Needed: "gradient" or "activation".'
        )
    table = getattr(run, f"{kind}_norms")
    if not table:
        raise ValueError(
            "norms: the run recorded no norms.\n"
            "  Needed: fit(..., norms=True).\n"
            "  Hint: train again with it; it costs little."
        )
    with drawing(6.4, 3.2) as figure:
        axes = figure.subplots()
        layers = np.arange(len(table[0]))
        for epoch in sorted({1, len(table)}):
            sizes = np.array(table[epoch - 1])
            sizes[sizes == 0] = np.nan  # a logarithm has no place for it
            axes.semilogy(layers, sizes, marker="o", label=f"epoch {epoch}")
        noun = "that learns" if kind == "gradient" else "of the network"
        axes.set(xlabel=f"layer {noun}, from the input", ylabel=f"{kind} norm")
        axes.xaxis.get_major_locator().set_params(integer=True)
        low, high = axes.get_ylim()
        axes.set_ylim(low / 3, 3 * high)  # a decade at least
        if len(table) > 1:
            figure.legend(loc="outside right upper")
        first, last = table[-1][0], table[-1][-1]
        return Picture(
            figure,
            f"{kind.capitalize()} norms by layer, after epoch {len(table)}: "
            f"from {first:.3g} in the first to {last:.3g}.",
        )


def _draw_losses(axes, run):
    """Draw the loss of every step and every epoch; return the latter."""
    size = run.steps_per_epoch
    steps = np.array(run.loss)
    means = [np.mean(steps[i : i + size]) for i in range(0, len(steps), size)]
    x = np.arange(1, len(steps) + 1) / size
    axes.plot(x, steps, color=color("faint"), linestyle="-", linewidth=1)
    # A mean over an epoch belongs to its middle, what is measured after it
    # to its end.
    middles = np.arange(len(means)) + 0.5
    axes.plot(middles, means, label="trained on", zorder=3)
    if run.validation_loss:
        held_out = np.arange(1, len(run.validation_loss) + 1)
        axes.plot(held_out, run.validation_loss, label="held out", zorder=3)
    if run.best_epoch:
        best = run.validation_loss[run.best_epoch - 1]
        axes.plot(run.best_epoch, best, "o", color=color("class_0"), zorder=4)
    axes.set(ylabel="loss", ylim=(0, 1.05 * max(np.max(means), steps[0])))
    if run.validation_loss:
        axes.legend(loc="upper right")
    return means


def _sentence(run, means):
    text = (
        f"Loss by epoch: {means[0]:.3g} in the first, {means[-1]:.3g} in the "
        f"last of {len(means)}."
    )
    if run.best_epoch:
        best = run.validation_loss[run.best_epoch - 1]
        text += f" On rows held out, {best:.3g} at best, in {run.best_epoch}."
    if run.score:
        text += f" Score there at the end: {run.score[-1]:.3g}."
    return text
