#!/usr/bin/env bash
# Holds `trireme plan` against simulated clusters, and ends with 1 where they differ by more than 15 %. Leaves
# report.html, the simulated curves beside the planned ones, in .build/simulation. Needs smpirun (Debian's
# libsimgrid-dev), the release build and PYTHON (python3).
#
#     compare.sh [RANKS] [KINDS] [ALGORITHMS] [PROFILE] [BUCKET_MEGABYTES]
#
# RANKS "16 64 256", KINDS "flat fattree", ALGORITHMS "ring halving doubling"; PROFILE is by default the small one
# beside this script, whose times are made up and the same everywhere.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
ranks=${1:-16 64 256} kinds=${2:-flat fattree} algorithms=${3:-ring halving doubling}
profile=${4:-$here/profile.json} megabytes=${5:-0.5}
out=$root/.build/simulation
python=${PYTHON:-python3}

[ -e "$out/simulation.so" ] || bash "$here/simulate.sh" build
: >"$out/table"
for kind in $kinds; do
  for count in $ranks; do
    bash "$here/simulate.sh" network "$kind" >"$out/network.yaml"
    for algorithm in $algorithms; do
      simulated=$(bash "$here/simulate.sh" run "$kind" "$count" "$profile" "$algorithm" \
        "$("$python" -c "print(int($megabytes * 1000000))")")
      planned=$("$root/.build/release/trireme" plan "$root/jobs/bench-mlp.yaml" --profile "$profile" --json \
        --network "$out/network.yaml" --ranks "$count" --set "parallel.allReduce=$algorithm" \
        --set "parallel.bucketMegabytes=$megabytes" | tr -d '\n')
      printf '%s\t%s\t%s\t%s\n' "$kind" "$algorithm" "$simulated" "$planned" >>"$out/table"
    done
  done
done
code=0
"$python" - "$out/table" "$profile" "$out" <<'PYTHON' || code=$?
import json, sys
table, profile, folder = sys.argv[1:]
profile = json.load(open(profile))
alone = sum(profile["opMicroseconds"]) + profile["updateMicroseconds"]
print("platform  ranks  sum        simulated ms  planned ms   error  efficiency")
worst, curves = 0, {}
for line in open(table):
    kind, algorithm, simulated, planned = line.rstrip("\n").split("\t")
    simulated, row = json.loads(simulated), json.loads(planned)["rows"][0]
    if not simulated["isRight"]:
        sys.exit(f"{kind} {algorithm}: the simulated ranks have added up something else")
    error = row["step"] / simulated["stepMicroseconds"] - 1
    worst = max(worst, abs(error))
    print(f"{kind:8} {simulated['ranks']:6}  {algorithm:9} {simulated['stepMicroseconds'] / 1e3:13.3f}"
          f" {row['step'] / 1e3:11.3f} {100 * error:+6.1f} % {100 * row['efficiency']:9.1f} %")
    for name, step in [("simulated", simulated["stepMicroseconds"]), ("planned", row["step"])]:
        curves.setdefault(f"{name}, {kind}, {algorithm}", []).append(
            {"ranks": simulated["ranks"], "stepSeconds": step / 1e6, "efficiency": alone / step})
print(f"worst {100 * worst:.1f} %")
json.dump([{"name": name, "points": points} for name, points in curves.items()], open(f"{folder}/curves.json", "w"))
sys.exit(worst > 0.15)
PYTHON
bash "$here/simulate.sh" network "${kinds%% *}" >"$out/network.yaml"
"$root/.build/release/trireme" plan "$root/jobs/bench-mlp.yaml" --profile "$profile" --network "$out/network.yaml" \
  --ranks "1,${ranks// /,}" --set "parallel.allReduce=${algorithms%% *}" \
  --set "parallel.bucketMegabytes=$megabytes" --beside "$out/curves.json" --output "$out" >/dev/null
exit "$code"
