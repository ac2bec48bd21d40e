#!/bin/sh
# One job of an array: extracts the log files of its part of a work list.
#   WORK      s3://BUCKET/PREFIX with the parts, 0.txt, 1.txt, …
#   EXTRACTS  s3://BUCKET/PREFIX where its extract goes
#   OPTIONS   flags for tfctrail extract, separated by blanks
set -eu

part=${AWS_BATCH_JOB_ARRAY_INDEX:-0}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

aws s3 cp --only-show-errors "$WORK/$part.txt" "$scratch/keys.txt"
code=0
# shellcheck disable=SC2086 # options are words
tfctrail extract --quiet --keys-from "$scratch/keys.txt" --out "$scratch/part.ndjson.gz" ${OPTIONS:-} || code=$?
# 5: a log file failed, and its tally says why.
case $code in 0 | 5) ;; *) exit "$code" ;; esac
# A job that runs twice writes the same rows again, under the same name.
aws s3 cp --only-show-errors "$scratch/part.ndjson.gz" "$EXTRACTS/part-$part.ndjson.gz"
