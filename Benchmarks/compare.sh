#!/usr/bin/env bash
# Times training steps of Trireme and of PyTorch side by side, pinned to the same cores, and prints
# a table. See Benchmarks/README.md for how it measures.
#
#     bash Benchmarks/compare.sh --python ~/torch/bin/python [--rounds 7] [--output FILE.json]

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

python=${PYTHON:-python3}
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --python) [ $# -ge 2 ] || { echo "--python needs a path" >&2; exit 2; }
      python=$2; shift 2 ;;
    --python=*) python=${1#--python=}; shift ;;
    -h | --help) exec "$python" "$root/Benchmarks/compare.py" --trireme "" --help ;;
    *) arguments+=("$1"); shift ;;
  esac
done

if ! command -v "$python" >/dev/null; then
  echo "No such Python: $python. Name one with --python or in PYTHON." >&2
  exit 2
fi
if ! "$python" -c 'import torch' 2>/dev/null; then
  cat >&2 <<END
$python has no PyTorch. Install it into an environment of its own, and name that:

    python3 -m venv ~/torch && ~/torch/bin/pip install torch
    bash Benchmarks/compare.sh --python ~/torch/bin/python
END
  exit 2
fi
command -v taskset >/dev/null || { echo "taskset is missing: apt-get install util-linux" >&2; exit 2; }

source "$root/jobs/install.sh"
require_swift
echo "Building" >&2
swift build -c release --package-path "$root" --product trireme >&2
exec "$python" "$root/Benchmarks/compare.py" \
  --trireme "$root/.build/release/trireme" ${arguments[@]+"${arguments[@]}"}
