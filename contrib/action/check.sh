#!/usr/bin/env bash
# Says which kernels take the BTF of modules: a table in the summary of the run, an annotation for each module that is
# refused, and a file of JSON. MODULES, KERNELS, BASE, GENERATE and FAIL are the inputs
# of action.yml.
set -euo pipefail
die() { echo "::error title=gopahole::$*"; exit 1; }
work=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/gopahole.XXXXXX")
summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
fail=${FAIL:-refused}
generate=${GENERATE:-false}
case $generate in true | false) ;; *) die "generate is '$generate', and not true or false" ;; esac
[ "$generate" = false ] || [ -n "${BASE:-}" ] || die "generate needs base"
case $fail in refused | never) ;; *) die "fail is '$fail', and not refused or never" ;; esac

# lines TEXT: the lines that are not empty, without spaces around them, into the array list
lines() {
  list=()
  local line
  while IFS= read -r line; do
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    [ -z "$line" ] || list+=("$line")
  done <<<"$1"
}

lines "${MODULES:?}"
modules=()
for pattern in "${list[@]}"; do
  found=()
  # A pattern that matches nothing stays as it is, and compgen finds nothing.
  while IFS= read -r file; do found+=("$file"); done < <(compgen -G "$pattern" | sort)
  [ ${#found[@]} -gt 0 ] || die "no modules: there is no $pattern"
  modules+=("${found[@]}")
done

# fetched FILE: the file, or what its URL leads to, in $file
fetched() {
  file=$1
  case $1 in
    http://* | https://* | file://*)
      file=$work/download/$((++downloads))/$(basename "${1%%[?#]*}")
      mkdir -p "$(dirname "$file")"
      curl --fail --silent --show-error --location --retry 3 --output "$file" "$1" || die "no download of $1"
      ;;
  esac
}

lines "${KERNELS:?}"
bases=() packages=()
downloads=0
for kernel in "${list[@]}"; do
  fetched "$kernel"
  case $file in
    *.deb | *.ddeb | *.rpm) packages+=("$file") ;;
    *.btf.tar.xz | *.btf.tar.zst | *.btf.tar.gz)
      mkdir -p "$work/archives/$((++downloads))"
      tar -xf "$file" -C "$work/archives/$downloads" || die "$kernel: no archive"
      bases+=(--base="$work/archives/$downloads")
      ;;
    *)
      [ -e "$file" ] || die "no kernel: there is no $kernel"
      bases+=(--base="$file")
      ;;
  esac
done
if [ ${#packages[@]} -gt 0 ]; then
  gopahole archive run --layout=btfhub -o "$work/packages" "${packages[@]}"
  while IFS= read -r file; do { tar -xf "$file" -C "$(dirname "$file")" && rm "$file"; } || die "$file: no archive"; done < <(find "$work/packages" -name '*.btf.tar.*')
  bases+=(--base="$work/packages")
fi

bad=0
{
  echo '### BTF of kernel modules'
  echo
} >>"$summary"

if [ -n "${BASE:-}" ]; then
  fetched "$BASE"
  [ -e "$file" ] || die "no base: there is no $BASE"
  if [ "$generate" = true ]; then
    gopahole gen --base="$file" "${modules[@]}" 2>"$work/errors" || die "$(head -n 1 "$work/errors")"
  fi
  # Modules offer functions, or have none; either is said.
  gopahole verify --kfuncs --base="$file" "${modules[@]}" >"$work/verify" 2>&1 || bad=1
  {
    echo 'On the kernel that they were built for:'
    echo
    sed 's/^/    /' "$work/verify"
    echo
  } >>"$summary"
fi

status=0
gopahole relocate --check --markdown "${bases[@]}" "${modules[@]}" >>"$summary" 2>"$work/errors" || status=$?
[ $status -lt 2 ] || die "$(head -n 1 "$work/errors")"
report=$work/report.json
gopahole relocate --check --json "${bases[@]}" "${modules[@]}" >"$report" 2>/dev/null || true
# The reasons once more, where a run shows its annotations.
gopahole relocate --check "${bases[@]}" "${modules[@]}" 2>/dev/null | grep -E '(refused|: -E[A-Z]+:|danger|misread|crashes|hangs)' |
  while IFS= read -r line; do
    line=${line//'%'/%25}
    echo "::warning title=BTF of a module::$line"
  done || true
[ $status -eq 0 ] || bad=1

relocates=true
[ $bad -eq 0 ] || relocates=false
[ -z "${GITHUB_OUTPUT:-}" ] || { echo "relocates=$relocates"; echo "report=$report"; } >>"$GITHUB_OUTPUT"
echo "relocates: $relocates"
[ $bad -eq 0 ] || [ "$fail" = never ]
