"""Weak scaling on the cores of one machine, Trireme and PyTorch DDP (Gloo) in turns: one table.

    bash Benchmarks/scaling.sh --python ~/torch/bin/python [--ranks 2] [--rounds 5]

Each round runs one rank and several of both, one process a core, with the same batch a rank; every
other round goes backwards. Three efficiencies: the step of one rank alone over that of several; the step
of several without the sum over ranks over that with it (both kinds of step in turns in one run), the mean
of the ranks; and the same of the rank that is the last in each step. Cores that share memory slow each
other down whatever they tell each other: the second leaves that out. If one core is slower than another,
the sum has to wait for it: the third leaves that out, too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

from compare import ROOT, optimizer_of, processor

# Name, title, job file, overrides, batch a rank, steps, the second efficiency that is wanted.
CASES = [
    ("cifar-cnn", "CIFAR CNN, batch 32", "cifar-cnn", [], 32, 60, 0.97),
    ("bench-lstm", "LSTM 28-128x2, batch 64", "bench-lstm", [], 64, 40, 0.97),
    ("gpt", "GPT 4 x 128, batch 12", "shakespeare-gpt",
     ["training.microBatches=auto", "optimizer=adamW"], 12, 40, 0.96),
    ("mlp-128", "MLP of 6 million, batch 128", "bench-large-mlp", [], 128, 40, 0.92),
]


def run(command, ranks):
    """Starts a process on each of `ranks` cores and returns what the first prints."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "OMP_NUM_THREADS": "1", "RENDEZVOUS": f"{folder}/ranks",
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        words = ["mpirun", "-n", str(ranks), "--bind-to", "core"] + command
        done = subprocess.run(
            words, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"$ {' '.join(words)}\n{done.stdout}{done.stderr}exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def trireme(tool, case, ranks):
    """The command for Trireme's side."""
    _, _, job, overrides, batch, steps, _ = case
    values = overrides + ["training.threads=1", f"training.globalBatch={batch * ranks}"]
    return [tool, "bench", "train", f"jobs/{job}.yaml", "--efficiency", "--json", "--steps",
            str(steps), "--warmup", "10"] + [part for value in values for part in ("--set", value)]


def pytorch(case, ranks):
    """The command for PyTorch's side."""
    name, _, job, _, _, steps, _ = case
    return [sys.executable, "Benchmarks/pytorch_step.py", name, "--ranks", str(ranks), "--weak",
            "--efficiency", "--steps", str(steps), "--warmup", "10", "--optimizer",
            "adamW" if name == "gpt" else optimizer_of(ROOT / "jobs" / f"{job}.yaml")]


def measure(case, tool, ranks, rounds):
    """All rounds of a case: for each side the steps of one rank, of several, and of these alone."""
    sides = {"Trireme": lambda count: trireme(tool, case, count),
             "PyTorch DDP": lambda count: pytorch(case, count)}
    found = {side: [] for side in sides}
    for number in range(rounds):
        turns = [(side, count) for side in sides for count in (1, ranks)]
        times = {}
        for side, count in turns if number % 2 == 0 else turns[::-1]:
            times[side, count] = run(sides[side](count), count)
        for side in sides:
            several = times[side, ranks]
            found[side].append((times[side, 1]["stepMicroseconds"], several["stepMicroseconds"],
                                several["aloneMicroseconds"], several["lastEfficiency"]))
        print(f"{case[0]}: round {number + 1} of {rounds}", file=sys.stderr)
    return found


def row(title, side, steps, wanted):
    """A row of the table; efficiencies round by round."""
    def middle(values):
        return f"{100 * statistics.median(values):.1f} ({100 * min(values):.1f} - {100 * max(values):.1f})"
    return [title, side, f"{statistics.median(step[0] for step in steps) / 1e3:.2f}",
            f"{statistics.median(step[1] for step in steps) / 1e3:.2f}",
            middle([step[0] / step[1] for step in steps]),
            middle([step[2] / step[1] for step in steps]),
            middle([step[3] for step in steps]), wanted]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trireme", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", help="names, separated by commas; all by default")
    arguments = parser.parse_args()
    names = arguments.cases.split(",") if arguments.cases else [case[0] for case in CASES]
    print(f"{processor()}, {arguments.ranks} ranks, {arguments.rounds} rounds, "
          f"load {os.getloadavg()[0]:.2f} at the start\n")
    print("| batch a rank | | ms, 1 rank | ms, all ranks | of 1 rank % | of the same, sum off % "
          "| of the last, sum off % | wanted |")
    print("| --- | --- | --: | --: | --: | --: | --: | --: |", flush=True)
    for case in CASES:
        if case[0] not in names:
            continue
        for side, steps in measure(case, arguments.trireme, arguments.ranks, arguments.rounds).items():
            wanted = f">= {100 * case[-1]:.0f}" if side == "Trireme" else ""
            print("| " + " | ".join(row(case[1], side, steps, wanted)) + " |", flush=True)


if __name__ == "__main__":
    main()
