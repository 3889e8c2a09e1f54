#!/usr/bin/env bash
# What sampling and class weights do for rare classes: digits whose classes 5 to 9 have a tenth of their samples. Prints
# the macro F1 on the (balanced) test split after 20 epochs, for five seeds and their mean: of a small MLP and of the CNN of
# jobs/digits-cnn.yaml.
#
#     bash Benchmarks/rare-classes.sh PYTHON        # a Python with h5py and numpy
#
# Needs the release build; takes a minute or two.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${1:-python3}
trireme=.build/release/trireme
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$python" - "$folder" <<'END'
import glob, sys
import h5py, numpy as np

files = [h5py.File(path) for path in sorted(glob.glob("Data/digits/train-*.h5"))]
features = np.concatenate([file["features"][...] for file in files])
labels = np.concatenate([file["labels"][...] for file in files])
kept = np.zeros(len(labels), bool)
for label in range(10):
    places = np.flatnonzero(labels == label)
    kept[places if label < 5 else places[: len(places) // 10]] = True
with h5py.File(f"{sys.argv[1]}/train.h5", "w") as file:
    file.create_dataset("features", data=features[kept], chunks=(64, 1, 8, 8), fletcher32=True)
    file["labels"] = labels[kept]
    for key, value in files[0].attrs.items():
        file.attrs[key] = value
print("samples of each class:", np.bincount(labels[kept]))
END

run() {
  local name=$1 sum=0 all="" score seed
  shift
  for seed in 1 2 3 4 5; do
    "$trireme" train jobs/digits-cnn.yaml --output "$folder/$name-$seed" --set "data.train=[$folder/train.h5]" \
      --set training.seed=$seed --set 'metrics=[macroF1]' --set "model.layers=$layers" "$@" >"$folder/log" 2>&1 ||
      { cat "$folder/log" >&2; exit 1; }
    score=$("$trireme" evaluate "$folder/$name-$seed/checkpoints/latest" --json | sed 's/.*"macroF1":\([0-9.]*\).*/\1/')
    all+=" $score"
  done
  awk -v name="$name" -v all="$all" 'BEGIN {
    n = split(all, x, " "); for (i = 1; i <= n; i++) sum += x[i]
    printf "%-17s mean macro F1 %.4f  (%s )\n", name, sum / n, all }'
}

mlp='[flatten, {dense: {units: 32, activation: relu}}, {dense: {units: 10}}]'
conv='{conv2d: {filters: 16, kernel: 3, padding: same, activation: relu}}'
cnn="[$conv, ${conv/16/32}, {maxPool2d: {size: 2}}, flatten, {dropout: {rate: 0.25}}, {dense: {units: 10}}]"
for network in mlp cnn; do
  layers=${!network}
  run "$network-plain"
  run "$network-weighted" --set 'data.sampling={weighted: {weights: balanced}}'
  run "$network-oversampled" --set data.sampling=oversampled
  run "$network-classWeights" --set 'loss={softmaxCrossEntropy: {classWeights: [1,1,1,1,1,10,10,10,10,10]}}'
done
