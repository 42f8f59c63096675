"""How fast nnlib trains, beside PyTorch, JAX, scikit-learn and plain numpy.

    python tests/bench/bench.py                          all, three minutes
    python tests/bench/bench.py -w W1 W2 -p nnlib torch  a part of it
    python tests/bench/bench.py --losses                 the same work?

Every peer trains the same workloads, each in a process of its own. All of
them live at once and share the same cores, as many as there are threads, and
the clock goes round them within every repetition: a noisy minute hits all.
Compilers and caches have had a whole training to warm up.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from tables import Timings, table_of_losses, table_of_times
from workloads import SPEC

PEERS = {  # name: module
    "nnlib": "nnlib_",
    "torch": "torch_eager",
    "jax": "jax_jit",
    "sklearn": "sklearn_mlp",
    "textbook": "textbook",
    "floor": "products",
}
WORKER = Path(__file__).with_name("worker.py")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Worker:
    """A process that trains when it is asked to; see worker.py.

    threads : for its matrix products; None leaves that to the library.
    """

    def __init__(self, module, variant="", threads=None):
        environment = {k: v for k, v in os.environ.items() if k not in THREADS}
        environment["JAX_PLATFORMS"] = "cpu"
        if threads is not None:
            environment |= dict.fromkeys(THREADS, str(threads))
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), module, variant],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()  # at the end of its input it ends

    def ask(self, line):
        with suppress(BrokenPipeError):  # then there is no answer either
            print(line, file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "its process ended"}


def main():
    chosen = parsed()
    use_cores(chosen.threads)
    timings = {}
    with ExitStack() as stack:
        workers = start(chosen.peers, chosen.threads, stack)
        for w in chosen.workloads:
            say(f"{w}  {SPEC[w]['desc']}")
            timings |= measure(workers, w, chosen.repetitions)
    if not timings:
        sys.exit("Nothing was measured: no peer does any of this.")
    if chosen.losses:
        print(table_of_losses(timings))
    else:
        print(table_of_times(timings, chosen.threads))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, known in (("workloads", SPEC), ("peers", PEERS)):
        parser.add_argument(
            f"-{name[0]}",
            f"--{name}",
            nargs="+",
            metavar="NAME",
            choices=known,
            default=[*known],
            help=", ".join(known),
        )
    for name, usual in (("threads", 1), ("repetitions", 5)):
        parser.add_argument(
            f"-{name[0]}",
            f"--{name}",
            type=int,
            metavar="N",
            default=usual,
            help=f"{usual} unless you say so",
        )
    parser.add_argument(
        "--losses",
        action="store_true",
        help="print first and last losses in place of times",
    )
    chosen = parser.parse_args()
    for name in ("threads", "repetitions"):
        if getattr(chosen, name) < 1:
            parser.error(f"{name} has to be at least 1")
    if chosen.losses:
        chosen.repetitions = 0
    return chosen


def use_cores(n):
    """Keep this process, and all that it starts, on n cores."""
    if hasattr(os, "sched_setaffinity"):  # not on every system
        cores = sorted(os.sched_getaffinity(0))
        if n > len(cores):
            sys.exit(f"{n} cores are needed, and there are {len(cores)}.")
        os.sched_setaffinity(0, cores[-n:])


def start(peers, threads, stack):
    """Return {name: worker} of the peers that are installed."""
    workers = {
        name: stack.enter_context(Worker(PEERS[name], threads=threads))
        for name in peers
    }
    for name, worker in list(workers.items()):
        missing = worker.answer().get("error")
        if missing:
            del workers[name]
            say(
                f"{name} is left out: {missing}. "
                'To install it: pip install -e ".[bench]"'
            )
    return workers


def measure(workers, w, repetitions):
    """Return {(peer, w): Timings} of all peers that do the workload."""
    timings = {}
    for name, worker in workers.items():
        answer = worker.ask(w)
        if "error" not in answer:
            timings[name, w] = Timings(**answer)
        elif answer["error"]:
            say(f"{name} leaves {w} out: {answer['error']}")
    willing = {name: workers[name] for name, _ in timings}
    for name, seconds in rounds(willing, repetitions):
        timings[name, w].wall.append(seconds["wall"])
        timings[name, w].cpu.append(seconds["cpu"])
    return timings


def rounds(workers, repetitions):
    """Yield (name, seconds) of all workers in turn, so many times."""
    names = list(workers)
    for _ in range(repetitions):
        for name in names:
            answer = workers[name].ask("time")
            if "error" in answer:
                sys.exit(f"{name} failed: {answer['error']}")
            yield name, answer
        names = names[1:] + names[:1]  # nobody always follows the same one


def say(text):
    """Print what is not a result."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
