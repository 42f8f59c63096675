"""The bench measures what it says: every peer starts alike and learns."""

import os
import subprocess
import sys
from contextlib import ExitStack, nullcontext
from pathlib import Path

import bench
import costs
import fitting
import nnlib_
import numpy as np
import products
import pytest
import sklearn_mlp
import tables
import textbook
import worker
from tables import Timings
from workloads import SPEC, data, gemms, init, plan

HERE = Path(__file__).parent
each_workload = pytest.mark.parametrize("w", SPEC)


def trained(peer, w, n=2):
    training = peer.make(w, "variant")
    training.reset()
    return training, training.run(n)


def command(*arguments):
    return subprocess.run(
        [sys.executable, HERE / "bench.py", *arguments],
        capture_output=True,
        text=True,
    )


# --- the work ---------------------------------------------------------------


@each_workload
def test_nnlib_does_what_the_textbook_does(w):
    _, losses = trained(nnlib_, w)
    _, expected = trained(textbook, w)
    assert len(losses) == 2
    assert np.isfinite(losses).all()
    # In W6 the textbook has two biases for a sum, and so takes larger steps.
    later = 1e-3 if w == "W6" else 1e-4
    assert losses[0] == pytest.approx(expected[0], abs=1e-4)
    assert losses[1] == pytest.approx(expected[1], abs=later)
    assert losses[0] != losses[1]


@pytest.mark.parametrize("peer", [nnlib_, textbook], ids=["nnlib", "textbook"])
def test_reset_goes_back_to_the_start(peer):
    training, losses = trained(peer, "W4")
    training.reset()
    assert training.run(2) == losses


def test_gradients_are_clipped_alike():
    """In W5 none is as long as 1: there it is the look that takes time."""
    losses = []
    for peer in (nnlib_, textbook):
        training = peer.make("W5", "variant")
        training.spec = {**SPEC["W5"], "clip": 0.1}
        training.reset()
        losses.append(training.run(3))
    _, unclipped = trained(textbook, "W5", n=3)
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert losses[0][2] > unclipped[2] + 1e-3


def test_norms_of_every_layer_are_noted_at_every_step():
    found, _ = trained(nnlib_, "W4")
    expected, _ = trained(textbook, "W4")
    assert np.shape(found.norms) == np.shape(expected.norms) == (2, 31)
    # nnlib's are those of a layer, with its bias.
    ratios = np.divide(found.norms, expected.norms)
    assert (ratios > 0.999).all()
    assert (ratios < 1.1).all()


@pytest.mark.parametrize("w", ["W1", "W2"])
def test_scikit_learn_trains_whole_epochs(w):
    _, losses = trained(sklearn_mlp, w, n=1)
    assert len(losses) == 1
    assert np.isfinite(losses).all()


def test_scikit_learn_says_what_it_does_not_do():
    with pytest.raises(NotImplementedError, match="W5"):
        sklearn_mlp.make("W5")


@each_workload
def test_the_floor_has_no_losses(w):
    assert trained(products, w)[1] == []


@each_workload
def test_all_data_are_drawn_anew_and_the_same(w):
    for draw in (data, init):
        first, again = draw(w), draw(w)
        np.testing.assert_equal(first, again)
        assert first is not again


@pytest.mark.parametrize("w", ["W2", "W3", "W4"])
def test_every_row_comes_once_an_epoch(w):
    X, y, orders = data(w)
    epochs = SPEC[w]["epochs"]
    steps = len(orders) // epochs
    for epoch in range(epochs):
        rows = np.concatenate(orders[epoch * steps : (epoch + 1) * steps])
        assert (np.sort(rows) == np.arange(len(X))).all()
    assert len(X) == len(y)


def test_the_words_are_answered_backwards():
    source, known, answer = (column[0] for column in data("W6"))
    assert (answer == source[::-1]).all()
    assert (known[1:] == answer[:-1]).all()
    assert (known[0] == 0).all()


def test_the_products_of_a_small_network_are_all_there():
    # Of W1: forward, for W, and for the inputs of all layers but the first.
    assert sorted(gemms("W1")) == sorted(
        [
            *((1000, 200, 2, 16, "NN"), (1000, 2, 200, 16, "TN")),
            *((1000, 200, 16, 16, "NN"), (1000, 16, 200, 16, "TN")),
            *((1000, 200, 16, 16, "NT"), (1000, 200, 16, 1, "NN")),
            *((1000, 16, 200, 1, "TN"), (1000, 200, 1, 16, "NT")),
        ]
    )


@each_workload
def test_a_plan_takes_the_batches_in_their_order(w):
    columns, picks = plan(w)
    assert len({len(column) for column in columns}) == 1
    if SPEC[w]["kind"] == "mlp":
        np.testing.assert_equal(picks, data(w)[-1])
    else:
        assert picks[9:12] == [9, 0, 1]


# --- the clock --------------------------------------------------------------


def test_a_worker_trains_and_is_timed():
    with bench.Worker("textbook", threads=1) as peer:
        assert peer.answer() == {}
        losses = peer.ask("W1")
        assert losses["first"] > losses["last"] > 0
        seconds = peer.ask("time")
        assert seconds["wall"] > 0 < seconds["cpu"]
        assert 1e7 < peer.ask("peak")["bytes"] < 1e10


def test_a_worker_tells_what_goes_wrong(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text(
        "import os\n"
        "def make(w, variant):\n"
        "    print('this is not an answer')\n"
        "    if w == 'W1':\n"
        "        raise NotImplementedError(w)\n"
        "    if w == 'W2':\n"
        "        raise ValueError('a reason')\n"
        "    os._exit(1)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with bench.Worker("broken") as peer:
        assert peer.answer() == {}
        assert peer.ask("W1") == {"error": None}
        assert peer.ask("W2") == {"error": "ValueError: a reason"}
        assert "error" in peer.ask("time")
        assert peer.ask("W3") == {"error": "its process ended"}
        peer.process.wait()
        assert peer.ask("W3") == {"error": "its process ended"}


def test_who_is_missing_is_left_out_with_a_word(monkeypatch, capsys):
    monkeypatch.setitem(bench.PEERS, "torch", "nowhere")
    with ExitStack() as stack:
        workers = bench.start(["torch", "floor", "floor"], 1, stack)
        assert list(workers) == ["floor"]
    assert capsys.readouterr().err == (
        "torch is left out: No module named 'nowhere'. "
        'To install it: pip install -e ".[bench]"\n'
    )


class Peer:
    """Stands in for a Worker: answers from a list."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def ask(self, line):
        return self.answers.pop(0)


def test_the_clock_goes_round(capsys):
    once = {"wall": 2.0, "cpu": 1.0}
    losses = {"first": 0.5, "last": 0.1}
    peers = {
        "a": Peer(losses, once, once),
        "b": Peer({"error": None}),
        "c": Peer({"error": "a reason"}),
        "d": Peer(losses, once, once),
    }
    timings = bench.measure(peers, "W1", 2)
    expected = Timings(0.5, 0.1, [2.0, 2.0], [1.0, 1.0])
    assert timings == {("a", "W1"): expected, ("d", "W1"): expected}
    assert capsys.readouterr().err == "c leaves W1 out: a reason\n"


def test_nobody_is_always_the_first():
    peers = {name: Peer({}, {}, {}) for name in "abc"}
    names = [name for name, _ in bench.rounds(peers, 3)]
    assert "".join(names) == "abcbcacab"


def test_who_fails_under_the_clock_ends_it():
    with pytest.raises(SystemExit, match=r"^a failed: a reason$"):
        list(bench.rounds({"a": Peer({"error": "a reason"})}, 1))


def test_more_cores_than_there_are():
    with pytest.raises(SystemExit, match=r"^10000 cores are needed, and"):
        bench.use_cores(10_000)


# --- the command ------------------------------------------------------------


def test_the_command_prints_one_table():
    done = command("-w", "W1", "-p", "nnlib", "textbook", "floor", "-r", "1")
    assert done.stderr == f"W1  {SPEC['W1']['desc']}\n"
    first, *_ = lines = done.stdout.splitlines()
    assert first.split() == ["threads", "1,", "rounds", "1", "W1"]
    assert [line.split()[0] for line in lines[1:11:3]] == [
        *("nnlib", "textbook", "floor", "nnlib")
    ]
    assert "~" not in "".join(lines[:11])


def test_the_command_compares_losses():
    done = command("-w", "W1", "-p", "nnlib", "--losses")
    assert done.stdout.split() == [
        *("W1", "nnlib", "first", "loss", "0.68955"),
        *("last", "loss", "0.00551"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-w", "W9"], "-w/--workloads: invalid choice: 'W9' (choose from "),
        (["-p", "me"], "-p/--peers: invalid choice: 'me' (choose from "),
        (["-t", "0"], "threads has to be at least 1"),
        (["-r", "0"], "repetitions has to be at least 1"),
    ],
)
def test_what_the_command_does_not_know(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench.py", *arguments])
    with pytest.raises(SystemExit):
        bench.parsed()
    assert said in capsys.readouterr().err


def test_nothing_to_measure():
    done = command("-w", "W5", "-p", "sklearn")
    assert done.returncode == 1
    assert "Nothing was measured" in done.stderr


# --- the table --------------------------------------------------------------


def row(table, peer, what):
    lines = [line.split() for line in table.splitlines()]
    start = next(i for i, line in enumerate(lines) if line[:1] == [peer])
    found = [line for line in lines[start:] if what.split()[0] in line]
    return found[0][found[0].index(what.split()[-1]) + 1 :]


def timing(first, wall, cpu):
    return Timings(first, 0.0, [wall, 2 * wall, 3 * wall], [cpu, 2 * cpu, cpu])


def test_on_one_thread_peers_are_compared_by_cpu_time():
    table = tables.table_of_times(
        {
            ("nnlib", "W1"): timing(0.5, 0.1, 0.1),
            ("torch", "W1"): timing(0.50009, 0.2, 0.4),
        }
    )
    assert row(table, "nnlib", "median wall ms") == ["200"]
    assert row(table, "nnlib", "least CPU ms") == ["100"]
    assert row(table, "nnlib", "speed") == ["4.00"]
    assert "least CPU time of torch" in table


def test_on_more_threads_peers_are_compared_by_wall_time():
    timings = {
        ("nnlib", "W1"): timing(0.5, 0.1, 0.1),
        ("torch", "W1"): timing(0.5, 0.2, 0.4),
    }
    table = tables.table_of_times(timings, threads=2)
    assert row(table, "nnlib", "speed") == ["2.00"]
    assert "least wall time of torch" in table


def test_other_work_is_marked_and_gaps_are_dashes():
    table = tables.table_of_times(
        {
            ("nnlib", "W1"): timing(0.5002, 0.1, 0.1),
            ("textbook", "W1"): timing(0.5, 0.1, 0.1),
            ("nnlib", "W2"): timing(0.5, 0.1, 0.2),
            ("floor", "W2"): timing(None, 0.1, 0.1),
        }
    )
    assert row(table, "nnlib", "speed") == ["1.00~", "-"]
    assert row(table, "textbook", "least CPU ms") == ["100", "-"]
    assert table.splitlines()[-5].split()[-2:] == ["-", "50%"]


def test_a_table_is_as_wide_as_a_page():
    timings = {
        (peer, w): timing(0.5 if peer == "torch" else 0.6, 10, 10)
        for peer in bench.PEERS
        for w in SPEC
    }
    for table in (
        tables.table_of_times(timings, threads=16),
        tables.table_of_losses(timings),
    ):
        assert max(map(len, table.splitlines())) <= 79


# --- the costs --------------------------------------------------------------


def test_three_ways_to_do_the_same():
    losses = {}
    for way in fitting.WAYS:
        training = fitting.make("W1", way)
        training.reset()
        training.epochs = 3
        losses[way] = training.run()
    assert losses["fit"] == losses["bare"] == losses["free"]
    assert len(losses["fit"]) == 3


def test_history_is_a_ratio():
    assert costs.history("W1", repetitions=1) > 0


def test_busy_programs_end(monkeypatch):
    core = min(os.sched_getaffinity(0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {core})
    with costs.busy_programs() as (program,):
        assert program.poll() is None
    assert program.poll() is not None


def test_busy_cores_are_two_ratios(monkeypatch):
    def prepared(stack, way, threads=None):
        wall = {"fit": 3.0 if threads == 1 else 4.5, "free": 30.0}[way]
        return Peer(*[{"wall": wall, "cpu": 1.0}] * 5)

    monkeypatch.setattr(costs, "prepared", prepared)
    monkeypatch.setattr(costs, "busy_programs", nullcontext)
    assert costs.busy_cores(5, 2) == (1.5, 10.0)


def test_memory_is_compared_if_there_is_somebody(monkeypatch, capsys):
    losses = {"first": 0.5, "last": 0.1}
    peers = {"nnlib": Peer(losses, {"bytes": 3e8})}
    monkeypatch.setattr(costs, "start", lambda *_: peers)
    assert costs.memory() == "-"
    peers["nnlib"] = Peer(losses, {"bytes": 3e8})
    peers["torch"] = Peer(losses, {"bytes": 6e8})
    assert costs.memory() == "0.50"
    assert capsys.readouterr().err == (
        "nnlib needs 300 MB for W3\ntorch needs 600 MB for W3\n"
    )


def test_timed_starts_from_the_start():
    seen = []

    class Training:
        def reset(self):
            seen.append("reset")

        def run(self):
            seen.append("run")

    assert worker.timed(Training()).keys() == {"wall", "cpu"}
    assert seen == ["reset", "run"]
