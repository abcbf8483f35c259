#!/usr/bin/env bash
# Gets the archive for this machine, checks it, and puts wirecat on the PATH of the job.
# Takes WIRECAT_VERSION ("latest" or 0.1.0) and WIRECAT_RELEASES; RUNNER_TEMP, GITHUB_PATH and
# GITHUB_OUTPUT are the runner's.
set -euo pipefail

fail() {
  echo "::error title=wirecat::$1"
  exit 1
}

releases=${WIRECAT_RELEASES:-https://github.com/wirecat/wirecat/releases}
version=${WIRECAT_VERSION:-latest}
if [[ $version == latest ]]; then
  # The page of the latest release leads to the one of its tag.
  page=$(curl -fsSLI -o /dev/null -w '%{url_effective}' "$releases/latest") ||
    fail "cannot ask $releases for the latest version"
  version=${page##*/}
fi
version=${version#v}

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x86_64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-x86_64) platform=macos-x86_64 ;;
  Darwin-arm64) platform=macos-arm64 ;;
  MINGW*-x86_64 | MSYS*-x86_64) platform=windows-x86_64 ;;
  *) fail "there is no executable for $(uname -s) on $(uname -m): use deno run -A jsr:@wirecat/wirecat" ;;
esac

name=wirecat-$version-$platform
archive=$name.tar.gz
[[ $platform != windows-* ]] || archive=$name.zip
folder=${RUNNER_TEMP:-$(mktemp -d)}/wirecat
mkdir -p "$folder"
cd "$folder"
for file in "$archive" SHA256SUMS; do
  curl -fsSL --retry 3 -o "$file" "$releases/download/v$version/$file" ||
    fail "cannot get $releases/download/v$version/$file"
done
if command -v sha256sum >/dev/null; then check=(sha256sum -c -); else check=(shasum -a 256 -c -); fi
grep " $archive\$" SHA256SUMS | "${check[@]}" >/dev/null || fail "$archive is not what SHA256SUMS says"
if [[ $archive == *.zip ]]; then unzip -qo "$archive"; else tar -xzf "$archive"; fi
echo "$folder/$name" >>"${GITHUB_PATH:-/dev/null}"
echo "version=$version" >>"${GITHUB_OUTPUT:-/dev/null}"
"$folder/$name/wirecat" --version
