#!/usr/bin/env bash
# Weak scaling of Trireme and of PyTorch DDP side by side, one table; see scaling.py.
#
#     bash Benchmarks/scaling.sh --python ~/torch/bin/python [--ranks 2] [--rounds 5]
#
# Needs the release build, and quiet cores.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
if [ "${1-}" = --python ]; then python=$2; shift 2; fi
exec "$python" "$root/Benchmarks/scaling.py" --trireme "$root/.build/release/trireme" "$@"
