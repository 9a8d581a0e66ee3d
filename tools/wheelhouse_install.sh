#!/bin/sh
# Install Altyn from this folder, without a network:  sh install.sh FOLDER
# Another Python than the first python3 on PATH:      PYTHON=/usr/bin/python3.11 sh install.sh FOLDER
set -eu

# Filled in by tools/wheelhouse.py: wheels with compiled code fit one Python on one kind of machine.
want_python='@python@'
want_machine='@machine@'

fail() {
  printf 'altyn: %s\n' "$@" >&2
  exit 1
}

[ $# -eq 1 ] || fail "usage: sh install.sh FOLDER   (a folder that does not exist yet, for example /opt/altyn)"
case $1 in
  /*) target=$1 ;;
  *) target=$PWD/$1 ;;
esac
cd "$(dirname "$0")"
python=${PYTHON:-python3}

if [ -e "$target" ] || [ -L "$target" ]; then
  fail "$target exists already; nothing was changed." \
    "Name a folder that does not exist. An older Altyn stays as it is until you remove its folder."
fi
command -v "$python" >/dev/null 2>&1 || fail "There is no $python on this machine." \
  "Install Python $want_python, or name one: PYTHON=/usr/bin/python$want_python sh install.sh FOLDER"
# -I: neither PYTHONPATH nor the user's own packages reach what is installed.
have=$("$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$have" = "$want_python" ] || fail "These wheels are for Python $want_python; $python is $have." \
  "Name the right one: PYTHON=/usr/bin/python$want_python sh install.sh FOLDER" \
  "Or have a wheelhouse made for this one: make wheelhouse ARGS='--python-version $have'"
have=$("$python" -I -c 'import platform, sys; print(sys.platform, platform.machine())')
[ "$have" = "$want_machine" ] || fail "These wheels are for $want_machine; this machine is $have." \
  "Have a wheelhouse made for it: make wheelhouse ARGS='--platform ...' (docs/how-to/install-offline.md)"
# Debian and Ubuntu keep a part of Python in a package of its own.
"$python" -I -c 'import ensurepip, venv' 2>/dev/null || fail "$python cannot make environments: a part of it is missing." \
  "On Debian and Ubuntu: apt-get install python3-venv (the package lies on their installation medium)"

if command -v sha256sum >/dev/null 2>&1; then
  set -- sha256sum
else
  set -- shasum -a 256
fi
if ! checked=$(LC_ALL=C "$@" -c SHA256SUMS); then
  printf '%s\n' "$checked" | grep -v ': OK$' >&2 || :
  fail "A file here is not what SHA256SUMS says, or is missing; its name stands above. Nothing was installed." \
    "Copy the wheelhouse again. If it stays so, do not use it and ask where it came from."
fi

# What stopped half-way must not look like an installation. The folder is ours: it did not exist.
trap 'rm -rf "$target"' EXIT
trap 'exit 130' INT TERM
"$python" -I -m venv "$target" || fail "$python could not make $target; its own words stand above."
# No index, no setting of this machine's pip: only wheels that lie here and have the hashes in requirements.txt.
pip() {
  PIP_CONFIG_FILE=/dev/null "$target/bin/python" -I -m pip --isolated --disable-pip-version-check --quiet "$@"
}
pip install --no-index --no-cache-dir --find-links . --require-hashes -r requirements.txt ||
  fail "pip refused the wheels; its own words stand above. Nothing was installed."
# pip did its work. Without it and what came with it, the folder holds what sbom.cdx.json lists and nothing else.
pip uninstall --yes setuptools pip 2>/dev/null
"$target/bin/altyn" --version
trap - EXIT

cat <<END
Installed in $target. What to do next:
  $target/bin/altyn demo FOLDER     try it with the registers it ships
  $target/bin/altyn init FOLDER     begin a project of your own
  $target/bin/altyn --help          everything else
Keep sbom.cdx.json: it says what was installed, with licences.
END
