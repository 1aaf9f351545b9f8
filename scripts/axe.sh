#!/usr/bin/env bash
# Fetch axe-core, with which the browser tests check the pages' accessibility: one pinned version, known by its digest.
# Its licence is the MPL-2.0: it stays out of the repository, in a folder that git ignores.
set -euo pipefail
cd "$(dirname "$0")/.."
version=4.14.1
sha512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
folder=tests/browser/cache
file=$folder/axe-$version.min.js

if [ -s "$file" ]; then
  exit 0
fi
if ! command -v npm >/dev/null; then
  if ! command -v apt-get >/dev/null; then
    echo "axe.sh: no npm found and no apt-get to install it. Install npm, or put axe.min.js of axe-core $version at $file." >&2
    exit 2
  fi
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends npm >/dev/null
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack "axe-core@$version" --pack-destination "$work" --ignore-scripts --silent >/dev/null
echo "$sha512  $work/axe-core-$version.tgz" | sha512sum --check --quiet
tar -xzf "$work/axe-core-$version.tgz" -C "$work" package/axe.min.js
mkdir -p "$folder"
rm -f "$folder"/axe-*.min.js
mv "$work/package/axe.min.js" "$file"
