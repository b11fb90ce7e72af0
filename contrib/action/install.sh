#!/usr/bin/env bash
# Installs gopahole for the steps that follow: the release VERSION, and without that the program that is there, or else the
# newest release. RELEASES is where releases are.
set -euo pipefail
releases=${RELEASES:-https://github.com/gopahole/gopahole/releases}
version=${VERSION:-}

die() { echo "::error title=gopahole::$*" >&2; exit 1; } # what $(get ...) prints is taken, and not shown
get() { curl --fail --silent --show-error --location --retry 3 "$@" || die "no download of ${*: -1}"; }

if [ -z "$version" ] && command -v gopahole >/dev/null; then
  gopahole version
  exit
fi
if [ -z "$version" ]; then
  # The address of the newest release leads to that with its name.
  version=$(get --output /dev/null --write-out '%{url_effective}' "$releases/latest")
  version=${version##*/}
fi
case $version in v[0-9]*) ;; *) die "'$version' is no version of gopahole, such as v0.1.0" ;; esac
case $(uname -m) in
  x86_64) machine=amd64 ;;
  aarch64) machine=arm64 ;;
  *) machine=$(uname -m) ;;
esac
name=gopahole-${version#v}-linux-$machine
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
get --output "$work/$name.tar.gz" "$releases/download/$version/$name.tar.gz"
get --output "$work/SHA256SUMS" "$releases/download/$version/SHA256SUMS"
(cd "$work" && grep -F "  $name.tar.gz" SHA256SUMS | sha256sum --check --quiet --strict) || die "$name.tar.gz is not what its checksum says"
bin=${RUNNER_TEMP:-$HOME/.local}/gopahole/bin
mkdir -p "$bin"
tar -xzf "$work/$name.tar.gz" -C "$bin" --strip-components=1 "$name/gopahole"
[ -z "${GITHUB_PATH:-}" ] || echo "$bin" >>"$GITHUB_PATH"
"$bin/gopahole" version
