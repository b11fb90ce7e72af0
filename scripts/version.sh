#!/bin/sh
# The version of this tree, or with --commit its commit: of the history, or else of the file VERSION, which a release
# has. A tree with neither is devel.
cd "$(dirname "$0")/.." || exit 1
if [ -e .git ]; then
  case $1 in
    --commit) git rev-parse HEAD ;;
    *) git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null || echo devel ;;
  esac
elif [ -f VERSION ]; then
  case $1 in
    --commit) sed -n 2p VERSION ;;
    *) sed -n 1p VERSION ;;
  esac
else
  [ "$1" = --commit ] || echo devel
fi
