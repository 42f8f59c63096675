"""One peer in a process of its own, which answers every line with a line.

    python worker.py MODULE [VARIANT]

The name of a workload: train it once, to warm up. `time`: once more, from the
start, with a clock. `peak`: how much memory this process has needed so far.
"""

import gc
import importlib
import json
import sys
import time
from contextlib import suppress


def main(module, variant=None):
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a peer prints is not an answer

    def answer(**found):
        print(json.dumps(found), file=answers, flush=True)

    try:
        peer = importlib.import_module(module)
    except ImportError as error:
        answer(error=str(error))
        return
    answer()
    training = None
    for line in map(str.strip, sys.stdin):
        try:
            if line == "time":
                answer(**timed(training))
            elif line == "peak":
                answer(bytes=peak())
            else:
                training = None  # its memory goes before the next one comes
                training = peer.make(line, variant)
                training.reset()
                losses = [float(loss) for loss in training.run()] or [None]
                answer(first=losses[0], last=losses[-1])
        except NotImplementedError:
            answer(error=None)
        except Exception as error:  # a peer's trouble is not the others'
            answer(error=f"{type(error).__name__}: {error}")


def timed(training):
    """Return the seconds of one training, on the clock and on all cores."""
    training.reset()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    training.run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"wall": wall, "cpu": cpu}


def peak():
    """Return the most bytes that this process has had in memory."""
    import resource  # which Windows does not have

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # the bench was interrupted too
        main(*sys.argv[1:])
