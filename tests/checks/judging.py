"""Judging answers to exercises, on many draws of their random inputs."""

import numpy as np
import pytest

from nnlib.checks import examine

RUNS = 200


def outcomes(exercise, answer, runs=RUNS):
    """Return what is found on each of many draws."""
    return [
        examine(exercise, answer, np.random.default_rng(seed))
        for seed in range(runs)
    ]


def one_by_one(answers):
    """Give a test each (exercise, answer, ...) of a list in turn."""
    names = ("exercise", "answer", "what")[: len(answers[0])]
    return pytest.mark.parametrize(
        names,
        [
            pytest.param(*row, id=f"{row[0].name}-{row[1].__name__}")
            for row in answers
        ],
    )


def assert_passes(exercise, answer, runs=RUNS):
    for outcome in outcomes(exercise, answer, runs):
        assert outcome.state == "passed", str(outcome)
        assert outcome.mistake is None


def assert_named(exercise, answer, what, runs=RUNS):
    """It is refused on every draw, and the mistake is named on every draw."""
    for outcome in outcomes(exercise, answer, runs):
        assert outcome.state in ("wrong", "raised"), str(outcome)
        assert outcome.mistake == what, str(outcome)
