#!/usr/bin/env python3
"""Trains a kernel logistic regression network and recalls cues, in NumPy: the yardstick of `cargo xtask bench train`.

Gradient descent on the dual variables alpha (P x N) from zero, all neurons at once, in double precision:

    K = exp(-4 gamma d), d the Hamming distance      alpha <- alpha - eta K (sigma(K alpha) - y + lambda alpha)

with y = 1 where the pattern is +1, else 0. A cue is recalled one neuron after the other until a sweep changes nothing;
kernel values follow each flip, and a field of 0 keeps the neuron. Prints one JSON object; seconds are wall time.
"""
import argparse
import json
import time

import numpy


def kernel(distance, gamma):
    return numpy.exp(-4.0 * gamma * distance)


def distances(a, b):
    """Hamming distances of rows of -1 and +1."""
    return 0.5 * (a.shape[1] - a @ b.T)


def train(patterns, gamma, eta, penalty, updates):
    """The dual variables and the Gram matrix."""
    gram = kernel(distances(patterns, patterns), gamma)
    wanted = 0.5 * (patterns + 1.0)
    duals = numpy.zeros(patterns.shape)
    with numpy.errstate(over="ignore", invalid="ignore"):
        for _ in range(updates):
            outputs = 1.0 / (1.0 + numpy.exp(-(gram @ duals)))
            duals -= eta * (gram @ (outputs - wanted + penalty * duals))
    return duals, gram


def objective(patterns, duals, gram, penalty):
    with numpy.errstate(over="ignore", invalid="ignore"):
        fields = gram @ duals
        loss = numpy.logaddexp(0.0, -patterns * fields).sum()
        return float(loss + 0.5 * penalty * (duals * fields).sum())


def recall(patterns, duals, gamma, cue, sweeps):
    state = cue.copy()
    weights = kernel(distances(state[None, :], patterns)[0], gamma)
    # A flip of neuron i towards a pattern multiplies its kernel value by exp(4 gamma), away from it by exp(-4 gamma).
    steps = numpy.exp(4.0 * gamma * patterns)
    for _ in range(sweeps):
        flipped = False
        for i in range(state.size):
            if (weights @ duals[:, i]) * state[i] < 0.0:
                state[i] = -state[i]
                weights = weights * steps[:, i] if state[i] > 0.0 else weights / steps[:, i]
                flipped = True
        if not flipped:
            break
    return state


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", help="NumPy file of int8 -1 and +1, one pattern per row")
    parser.add_argument("--gamma", type=float, required=True)
    parser.add_argument("--eta", type=float, required=True, help="step size")
    parser.add_argument("--penalty", type=float, required=True, help="lambda")
    parser.add_argument("--updates", type=int, required=True)
    parser.add_argument("--cues", type=int, required=True)
    parser.add_argument("--noise", type=float, required=True, help="probability that a bit of a cue is flipped")
    parser.add_argument("--sweeps", type=int, required=True, help="most sweeps of a recall")
    parser.add_argument("--duals", help="where the dual variables are written")
    args = parser.parse_args()

    patterns = numpy.load(args.patterns).astype(float)
    start = time.perf_counter()
    duals, gram = train(patterns, args.gamma, args.eta, args.penalty, args.updates)
    train_seconds = time.perf_counter() - start
    if args.duals:
        numpy.save(args.duals, duals)

    rng = numpy.random.default_rng(1)
    cues = patterns[rng.integers(len(patterns), size=args.cues)]
    cues[rng.random(cues.shape) < args.noise] *= -1.0
    start = time.perf_counter()
    for cue in cues:
        recall(patterns, duals, args.gamma, cue, args.sweeps)
    recall_seconds = time.perf_counter() - start

    found = objective(patterns, duals, gram, args.penalty)
    print(json.dumps({
        "train_seconds": train_seconds,
        "recall_seconds_per_cue": recall_seconds / max(args.cues, 1),
        # JSON has no word for what is not a number.
        "objective": found if numpy.isfinite(found) else None,
    }))


if __name__ == "__main__":
    main()
