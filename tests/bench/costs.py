"""What nnlib's training costs beside the arithmetic, and what disturbs it.

    python tests/bench/costs.py

history: the time of `fit`, divided by that of a bare loop of train_step over
the same rows. busy cores: the time of `fit` while other programs keep two
cores busy, divided by its time if numpy has been told to use one core; and
the same for the bare loop if nobody tells it. memory: the most that a process
needs to train W3, divided by what PyTorch needs.

Ratios of times are medians over many rounds, in which all take turns. It is
done in about two minutes, and needs Linux.
"""

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from statistics import median

import fitting
from bench import Worker, measure, rounds, say, start, use_cores
from worker import timed

BUSY = """
import os

bench = os.getppid()
while os.getppid() == bench:  # nobody goes on when the bench has ended
    for _ in range(100_000):
        pass
"""


def main():
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("costs.py needs Linux, to say which cores are busy.")
    use_cores(2)
    show("", "found", "goal")
    for w in ("W1", "W2"):
        show(f"history, {w}", f"{history(w):.2f}", "1.05")
    told, untold = busy_cores()
    show("busy cores, W3, fit", f"{told:.2f}", "1.20")
    show("busy cores, W3, without one_blas_thread", f"{untold:.2f}")
    show("memory, W3", memory(), "1.00")


def show(what, found, goal=""):
    print(f"{what:42}{found:>7}{goal:>7}", flush=True)


def history(w, repetitions=60):
    """Return the CPU time of fit, divided by that of the bare loop."""
    fit, bare = fitting.make(w, "fit"), fitting.make(w, "bare")
    ratios = []
    for turn in range(repetitions):
        # The second finds warmer caches, so that each is it half the time.
        order = (fit, bare) if turn % 2 else (bare, fit)
        seconds = {training: timed(training)["cpu"] for training in order}
        ratios.append(seconds[fit] / seconds[bare])
    return median(ratios)


def busy_cores(repetitions=20, repetitions_untold=3):
    """Return the wall times of fit, and of a loop with as many threads as
    numpy likes, divided by that of fit on one thread.
    """
    with ExitStack() as stack:
        untold = {"untold": prepared(stack, "free")}
        others = {
            "fit": prepared(stack, "fit"),
            "one": prepared(stack, "fit", threads=1),
        }
        stack.enter_context(busy_programs())
        walls = {"fit": [], "one": [], "untold": []}
        for name, seconds in rounds(others, repetitions):
            walls[name].append(seconds["wall"])
        for name, seconds in rounds(untold, repetitions_untold):
            walls[name].append(seconds["wall"])
    pairs = zip(walls["fit"], walls["one"], strict=True)
    return (
        median(fit / one for fit, one in pairs),
        median(walls["untold"]) / median(walls["one"]),
    )


def prepared(stack, way, threads=None):
    """Return a worker that has trained W3 once."""
    worker = stack.enter_context(Worker("fitting", way, threads))
    error = worker.answer().get("error") or worker.ask("W3").get("error")
    if error:
        sys.exit(f"fitting.py failed: {error}")
    return worker


@contextmanager
def busy_programs():
    """Keep every core busy that this process may use."""
    programs = []
    try:
        for core in os.sched_getaffinity(0):
            program = subprocess.Popen([sys.executable, "-c", BUSY])
            programs.append(program)
            os.sched_setaffinity(program.pid, {core})
        yield programs
    finally:
        for program in programs:
            program.kill()
            program.wait()


def memory():
    """Return nnlib's greatest memory divided by PyTorch's, or a dash."""
    with ExitStack() as stack:
        workers = start(["nnlib", "torch"], 1, stack)
        measure(workers, "W3", repetitions=0)
        peaks = {name: w.ask("peak")["bytes"] for name, w in workers.items()}
    if len(peaks) < 2:
        return "-"
    for name, size in peaks.items():
        say(f"{name} needs {size / 1e6:.0f} MB for W3")
    return f"{peaks['nnlib'] / peaks['torch']:.2f}"


if __name__ == "__main__":
    main()
