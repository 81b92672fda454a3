#!/bin/bash
# Takes its time, so that there is a live log to watch.
set -eu
for ((round = 1; round <= ${ROUNDS:-5}; round++)); do
    printf 'round %2d of %d: \033[33mposting the card\033[0m … ' "$round" "${ROUNDS:-5}"
    sleep 0.5
    printf '\033[32marrived\033[0m\n'
done
