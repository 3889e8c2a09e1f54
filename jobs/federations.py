"""Makes shards of two data sets that are federations by themselves: hospitals, and speakers of plays.

    python3 jobs/federations.py hearts FOLDER --output runs/data/hearts
    python3 jobs/federations.py speakers input.txt --output runs/data/speakers

hearts: the heart disease data of UCI, FOLDER holding processed.{cleveland,hungarian,switzerland,va}.data; one
shard a hospital. Seventeen features: amounts by scales that no hospital had to be asked for, levels as 0 or 1; what
is not known becomes 0, the middle of its scale. Three columns that most hospitals do not have are left out.

speakers: tiny Shakespeare; each speaker with 2,000 letters or more is a client. Samples are 40 letters, labels the
letters that follow them, /speaker the client. Needs numpy and h5py.
"""

import argparse
import os
import re

import h5py
import numpy as np

HOSPITALS = ["cleveland", "hungarian", "switzerland", "va"]
LENGTH = 40


def write(path, features, labels, classes, **further):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_dataset("features", data=features, chunks=(min(256, len(features)),) + features.shape[1:])
        file.create_dataset("labels", data=labels.astype("int32"))
        for name, values in further.items():
            file.create_dataset(name, data=values.astype("int32"))
        file.attrs["formatVersion"] = 1
        file.attrs["classes"] = classes
    print(f"{path}: {len(features)} samples")


def patient(fields):
    """The features of one line, and whether there is a disease."""
    values = [None if field == "?" else float(field) for field in fields]
    age, sex, pain, pressure, cholesterol, sugar, ecg, rate, angina, depression = values[:10]

    def scaled(value, middle, width):
        return 0.0 if value is None else (value - middle) / width

    def levels(value, all_levels):
        return [float(value == level) for level in all_levels]

    # A cholesterol of 0 was not measured.
    features = [
        scaled(age, 54, 9), scaled(pressure or None, 132, 18), scaled(cholesterol or None, 240, 50),
        scaled(rate, 138, 26), scaled(depression, 0.9, 1.1),
    ]
    features += levels(sex, [1]) + levels(pain, [1, 2, 3, 4]) + levels(sugar, [0, 1])
    return features + levels(ecg, [0, 1, 2]) + levels(angina, [0, 1]), values[13] > 0


def hearts(folder, output):
    for number, hospital in enumerate(HOSPITALS):
        with open(f"{folder}/processed.{hospital}.data") as file:
            patients = [patient(line.strip().split(",")) for line in file if line.strip()]
        order = np.random.default_rng(number).permutation(len(patients))
        features = np.array([patients[i][0] for i in order], dtype="float32")
        labels = np.array([patients[i][1] for i in order])
        write(f"{output}/train-{number}-{hospital}.h5", features, labels, ["well", "ill"])


def speakers(path, output):
    with open(path) as file:
        text = file.read()
    vocabulary = sorted(set(text))
    ids = {letter: index for index, letter in enumerate(vocabulary)}
    parts = {}
    for block in re.split(r"\n\n+", text):
        name, _, said = block.partition(":\n")
        if said and "\n" not in name:
            parts[name] = parts.get(name, "") + said + "\n"
    features, labels, owners = [], [], []
    names = sorted(name for name, said in parts.items() if len(said) >= 2000)
    if not names:
        raise SystemExit(f"{path}: nobody says 2,000 letters; speeches begin with a line \"NAME:\" after an empty one")
    for number, name in enumerate(names):
        tokens = [ids[letter] for letter in parts[name]]
        for start in range(0, len(tokens) - LENGTH, LENGTH):
            features.append(tokens[start : start + LENGTH])
            labels.append(tokens[start + 1 : start + LENGTH + 1])
            owners.append(number)
    write(
        f"{output}/train.h5", np.array(features, dtype="uint8"), np.array(labels), vocabulary, speaker=np.array(owners)
    )
    print(f"{len(names)} speakers, {len(vocabulary)} letters")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["hearts", "speakers"])
    parser.add_argument("source", help="the folder, or the text")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    {"hearts": hearts, "speakers": speakers}[arguments.kind](arguments.source, arguments.output)


if __name__ == "__main__":
    main()
