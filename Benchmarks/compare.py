"""Runs the contenders of each case in alternation and prints medians and ratios.

Started by compare.sh, which builds Trireme and finds PyTorch. Uses the standard library only.
"""

import argparse
import datetime
import importlib.util
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclass
class Contender:
    """A process that prints one JSON object with `stepMicroseconds`, its own median."""

    name: str
    command: list[str]
    # The ratio to the case's first contender that is wanted; None if it is there for information.
    goal: float | None = None


@dataclass
class Case:
    """Contenders for one piece of work. The first is what the others are compared with."""

    name: str
    title: str
    contenders: list[Contender]
    cores: int = 1
    environment: dict[str, str] = field(default_factory=dict)


# MARK: - Cases


def optimizer_of(job):
    """The optimizer's name in a job file, so that both sides use the same one."""
    found = re.search(r"^optimizer:\s*\{?\s*(\w+)", job.read_text(), re.MULTILINE)
    if not found:
        sys.exit(f"{job}: no line «optimizer: ...»")
    return found.group(1)


def jax_contenders(goal):
    """JAX's `jit` on bench-small-mlp, if this Python has it."""
    if not importlib.util.find_spec("jax"):
        return []
    return [Contender("JAX jit", [sys.executable, str(ROOT / "Benchmarks" / "jax_step.py")], goal)]


def step_case(tool, name, title, steps, warmup, goals, job=None, network=None, overrides=(),
              also=()):
    """A whole training step on one core; `goals` are the wanted ratios of PyTorch's variants.

    The job file and PyTorch's network have the case's name, unless `job` and `network` say others;
    `overrides` are the job's `--set`, `also` further contenders.
    """
    job = ROOT / "jobs" / f"{job or name}.yaml"
    counts = ["--steps", str(steps), "--warmup", str(warmup)]
    pytorch = [sys.executable, str(ROOT / "Benchmarks" / "pytorch_step.py"), network or name,
               "--optimizer", optimizer_of(job)] + counts
    variants = {
        "PyTorch": [], "PyTorch, fused optimizer": ["--fused"],
        "PyTorch, channels_last": ["--channels-last"],
        "PyTorch, channels_last, fused optimizer": ["--channels-last", "--fused"],
        "PyTorch, time-major": ["--time-major"],
        "PyTorch, time-major, fused optimizer": ["--time-major", "--fused"],
        "PyTorch, without oneDNN": ["--no-mkldnn"],
        "PyTorch, time-major, without oneDNN, fused optimizer": ["--time-major", "--no-mkldnn", "--fused"],
        "PyTorch, float32, fused optimizer": ["--fused"],
        "PyTorch, bfloat16": ["--bfloat16"],
        "PyTorch, bfloat16, fused optimizer": ["--bfloat16", "--fused"],
        "PyTorch, time-major, bfloat16, fused optimizer": ["--time-major", "--bfloat16", "--fused"],
        "PyTorch, attention written out": ["--plain-attention"],
        "PyTorch, attention written out, fused optimizer": ["--plain-attention", "--fused"],
    }
    return Case(name, title, [
        Contender("Trireme", [tool, "bench", "train", str(job), "--json"] + counts
                  + [part for override in overrides for part in ("--set", override)]),
        *(Contender(variant, pytorch + variants[variant], goal) for variant, goal in goals.items()),
        *also,
    ])


def all_cases(tool):
    """What is compared; add a case here and its network to pytorch_step.py."""
    # PyTorch in bfloat16, and its best in float32.
    dense = ["PyTorch, bfloat16", "PyTorch, bfloat16, fused optimizer",
             "PyTorch, float32, fused optimizer"]
    recurrent = ["PyTorch, bfloat16", "PyTorch, time-major, bfloat16, fused optimizer",
                 "PyTorch, time-major, fused optimizer",
                 "PyTorch, time-major, without oneDNN, fused optimizer"]
    return [
        step_case(
            tool, "cifar-cnn", "CIFAR CNN, batch 32", steps=60, warmup=20,
            goals={"PyTorch": 2.5, "PyTorch, channels_last": 2.5,
                   "PyTorch, channels_last, fused optimizer": 2.5}),
        step_case(
            tool, "cifar-resnet20", "ResNet-20 on CIFAR, batch 64", steps=15, warmup=5,
            goals={"PyTorch": 2.0, "PyTorch, channels_last": 2.0,
                   "PyTorch, channels_last, fused optimizer": 2.0}),
        step_case(
            tool, "bench-small-mlp", "MLP 10-100-10, batch 10", steps=4000, warmup=1000,
            goals={"PyTorch": 15.0, "PyTorch, fused optimizer": 15.0}, also=jax_contenders(3.0)),
        step_case(
            tool, "bench-rnn", "RNN 28-128x2, 28 steps, batch 64", steps=60, warmup=20,
            goals={"PyTorch": 2.4, "PyTorch, time-major": 2.4,
                   "PyTorch, time-major, fused optimizer": 2.4,
                   "PyTorch, time-major, without oneDNN, fused optimizer": 2.4}),
        step_case(
            tool, "bench-lstm", "LSTM 28-128x2, 28 steps, batch 64", steps=40, warmup=10,
            goals={"PyTorch": 1.8, "PyTorch, time-major": 1.8,
                   "PyTorch, time-major, fused optimizer": 1.8,
                   "PyTorch, without oneDNN": 1.8}),
        step_case(
            tool, "gpt", "GPT 4 x 128, 64 tokens, batch 12", steps=40, warmup=10,
            job="shakespeare-gpt",
            # One micro-batch, and AdamW without what PyTorch's side does not do either.
            overrides=["training.globalBatch=12", "training.microBatches=auto", "optimizer=adamW"],
            goals={"PyTorch": 2.0, "PyTorch, fused optimizer": 2.0,
                   "PyTorch, attention written out": 2.0,
                   "PyTorch, attention written out, fused optimizer": 2.0}),
        step_case(
            tool, "mlp-128", "MLP 784-2048-2048-10, batch 128", steps=40, warmup=10,
            job="bench-large-mlp", goals={"PyTorch": 1.1, "PyTorch, fused optimizer": 1.1}),
        step_case(
            tool, "mlp-32", "MLP 784-2048-2048-10, batch 32", steps=80, warmup=20,
            job="bench-large-mlp", overrides=["training.globalBatch=32"],
            goals={"PyTorch": 1.3, "PyTorch, fused optimizer": 1.3}),
        # Large products in bfloat16 on both sides: training.compute here, autocast there.
        *(step_case(
            tool, f"{network}-bfloat16", f"{title}, bfloat16", steps=40, warmup=10, job=job or network,
            network=network, overrides=[*overrides, "training.compute=bfloat16"],
            goals=dict.fromkeys(variants))
          for network, title, job, overrides, variants in [
              ("bench-rnn", "RNN 28-128x2, 28 steps, batch 64", None, [], recurrent),
              ("bench-lstm", "LSTM 28-128x2, 28 steps, batch 64", None, [], recurrent),
              ("gpt", "GPT 4 x 128, 64 tokens, batch 12", "shakespeare-gpt",
               ["training.globalBatch=12", "training.microBatches=auto", "optimizer=adamW"], dense),
              ("mlp-128", "MLP 784-2048-2048-10, batch 128", "bench-large-mlp", [], dense)]),
    ]


def on_ranks(case, ranks):
    """The case on several processes, one a core: Trireme's ranks against PyTorch's
    DistributedDataParallel over Gloo. The global batch stays. Others are left out."""
    launch = ["mpirun", "-n", str(ranks), "--bind-to", "core", "--cpu-set", "{cores}"]
    contenders = []
    for contender in case.contenders:
        if any(part.endswith("pytorch_step.py") for part in contender.command):
            contenders.append(Contender(
                contender.name.replace("PyTorch", "PyTorch DDP"),
                launch + contender.command + ["--ranks", str(ranks)], contender.goal))
        elif contender is case.contenders[0]:
            contenders.append(Contender(contender.name, launch + contender.command))
    return Case(case.name, f"{case.title}, {ranks} ranks", contenders, ranks, case.environment)


# MARK: - Measuring


def pinned(command, cores):
    chosen = ",".join(map(str, cores))
    if command[0] == "mpirun":
        return [chosen if part == "{cores}" else part for part in command]
    return ["taskset", "-c", chosen] + command


def measure(contender, case, cores):
    """Runs one process and returns what it printed."""
    threads = 1 if contender.command[0] == "mpirun" else case.cores
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads), "RENDEZVOUS": f"{folder}/ranks",
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        } | case.environment
        run = subprocess.run(
            pinned(contender.command, cores[:case.cores]), env=environment, cwd=ROOT,
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    try:
        if run.returncode != 0:
            raise ValueError(f"exit code {run.returncode}")
        return json.loads(run.stdout)
    except ValueError as error:
        sys.exit(f"{case.name}, {contender.name}: {error}\n$ {' '.join(contender.command)}\n"
                 f"{run.stdout}{run.stderr}")


def run_case(case, rounds, cores):
    """All rounds of a case. Every other round goes backwards, so that a drift favours nobody."""
    times = {contender.name: [] for contender in case.contenders}
    versions = {}
    for number in range(rounds):
        order = case.contenders if number % 2 == 0 else case.contenders[::-1]
        for contender in order:
            result = measure(contender, case, cores)
            times[contender.name].append(result["stepMicroseconds"])
            versions[contender.name] = result.get("version")
        line = "  ".join(f"{name} {values[-1]:.0f}" for name, values in times.items())
        print(f"{case.name}: round {number + 1} of {rounds}: {line}", file=sys.stderr)
    base = times[case.contenders[0].name]
    rows = []
    for contender in case.contenders:
        own = times[contender.name]
        ratios = [other / first for other, first in zip(own, base)]
        rows.append({
            "name": contender.name, "version": versions[contender.name],
            "medianMicroseconds": statistics.median(own), "minMicroseconds": min(own),
            "maxMicroseconds": max(own), "roundMicroseconds": own,
            "ratio": statistics.median(ratios), "minRatio": min(ratios), "maxRatio": max(ratios),
            "goal": contender.goal,
        })
    return {"name": case.name, "title": case.title, "cores": case.cores, "contenders": rows}


def table(case):
    """A case as Markdown, aligned for the terminal too. Times in microseconds."""
    lines = [[case["title"], "median us", "min", "max", "ratio", "wanted"],
             ["---", "--:", "--:", "--:", "--:", "--:"]]
    for row in case["contenders"]:
        lines.append([
            row["name"], f"{row['medianMicroseconds']:.1f}", f"{row['minMicroseconds']:.1f}",
            f"{row['maxMicroseconds']:.1f}", f"{row['ratio']:.2f}",
            f">= {row['goal']:g}" if row["goal"] else ""])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    aligned = []
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        aligned.append("| " + " | ".join(cells) + " |")
    return "\n".join(aligned)


def processor():
    """The processor's name."""
    try:
        found = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


# MARK: - Command


def main():
    parser = argparse.ArgumentParser(
        prog="compare.sh", description="Times training steps of Trireme and PyTorch side by side.",
        epilog="compare.sh itself takes --python PATH (or PYTHON): a Python that has torch.")
    parser.add_argument("--trireme", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", help="names, separated by commas; all by default")
    parser.add_argument("--ranks", type=int, default=1, help="processes, each on a core of its own")
    parser.add_argument("--cores", help="cores to pin to, such as 1 or 2,3; the last by default")
    parser.add_argument("--output", help="also write all numbers to this JSON file")
    parser.add_argument("--check", action="store_true", help="exit 1 if a wanted ratio is missed")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")

    cases = all_cases(arguments.trireme)
    if arguments.cases:
        names = arguments.cases.split(",")
        unknown = set(names) - {case.name for case in cases}
        if unknown:
            parser.error(f"no case {', '.join(sorted(unknown))}; "
                         f"there are {', '.join(case.name for case in cases)}")
        cases = [case for case in cases if case.name in names]
    if arguments.ranks > 1:
        cases = [on_ranks(case, arguments.ranks) for case in cases]
    allowed = sorted(os.sched_getaffinity(0))
    # The first core serves most interrupts: begin at the other end.
    cores = list(map(int, arguments.cores.split(","))) if arguments.cores else allowed[::-1]
    most = max(case.cores for case in cases)
    if len(cores) < most:
        parser.error(f"{most} cores are needed, {len(cores)} may be used")

    report = {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "machine": f"{processor()}, {len(allowed)} cores",
        "loadBefore": os.getloadavg()[0],
        "rounds": arguments.rounds,
        "cases": [],
    }
    busy = report["loadBefore"] > 0.5
    print(f"{report['machine']}; load {report['loadBefore']:.2f}"
          + (": the machine is not quiet, do not trust the numbers" if busy else ""),
          file=sys.stderr)
    for case in cases:
        report["cases"].append(run_case(case, arguments.rounds, cores))

    version = next((row["version"] for case in report["cases"] for row in case["contenders"]
                    if row["version"]), "?")
    print(f"{report['date'][:10]}, {report['machine']}, PyTorch {version}, "
          f"{arguments.rounds} rounds\n")
    print("\n\n".join(table(case) for case in report["cases"]))
    if arguments.output:
        pathlib.Path(arguments.output).write_text(json.dumps(report, indent=2) + "\n")
    missed = [f"{case['name']}, {row['name']}: {row['ratio']:.2f} < {row['goal']:g}"
              for case in report["cases"] for row in case["contenders"]
              if row["goal"] and row["ratio"] < row["goal"]]
    if missed and arguments.check:
        sys.exit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
