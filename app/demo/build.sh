#!/bin/bash
# Builds the greeting card.
set -eu
mkdir -p card
for language in English Deutsch Français Español; do
    printf 'building \033[32m%s\033[0m\n' "$language"
    case $language in
        English) word=Hello ;;
        Deutsch) word=Hallo ;;
        Français) word=Bonjour ;;
        Español) word=Hola ;;
    esac
    echo "$word, world" >"card/$language.txt"
done
cat card/*.txt >card/index.txt
