#!/bin/bash
# Checks what build.sh makes.
set -eu
./build.sh >/dev/null
for file in card/*.txt; do
    grep -q world "$file"
    printf '\033[32mok\033[0m   %s\n' "$file"
done
test "$(wc -l <card/index.txt)" = 4
printf '\033[32mok\033[0m   the index has four lines\n'
