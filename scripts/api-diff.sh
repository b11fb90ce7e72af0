#!/usr/bin/env bash
# make api-diff: what the exported API of the public packages has lost, changed and gained since a release, the last tag
# by default. BASE names another commit. For packages that one side does not have it says so.
set -euo pipefail
cd "$(dirname "$0")/.."
apidiff=golang.org/x/exp/cmd/apidiff@latest
base=${BASE:-$(git describe --tags --abbrev=0 --match 'v*' HEAD^ 2>/dev/null || true)}
[ -n "$base" ] || { echo "api-diff: no release yet, nothing to compare with"; exit 0; }

tmp=$(mktemp -d)
trap 'git worktree remove --force "$tmp/old" 2>/dev/null || true; rm -rf "$tmp"' EXIT
GOBIN=$tmp go install "$apidiff"
git worktree add --quiet --detach "$tmp/old" "$base"

packages() { (cd "$1" && go list -f '{{if ne .Name "main"}}{{.ImportPath}}{{end}}' ./... | grep -v /internal/ | sort -u); }
packages "$tmp/old" >"$tmp/before"
packages . >"$tmp/after"
echo "## API since $base"
while read -r package; do
  if ! grep -qxF "$package" "$tmp/after"; then
    echo "### $package: is gone"
  elif ! grep -qxF "$package" "$tmp/before"; then
    echo "### $package: is new"
  else
    (cd "$tmp/old" && "$tmp/apidiff" -w "$tmp/export" "$package" >/dev/null)
    changes=$("$tmp/apidiff" "$tmp/export" "$package")
    [ -z "$changes" ] || printf '### %s\n%s\n' "$package" "$changes"
  fi
done < <(sort -u "$tmp/before" "$tmp/after")
