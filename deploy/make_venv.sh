#!/bin/sh
# Makes the virtual environment named by $1 with the newest suitable Python, or says what is missing.
set -eu
venv=${1:?usage: make_venv.sh DIRECTORY}
unsuitable=""
bare=""
for python in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    # The embedded database has wheels for these.
    if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'; then
        unsuitable="$python is $version"
    elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        bare="$version"
    else
        echo "fonds: making $venv with Python $version; the first installation takes a minute or two"
        rm -rf "$venv"
        exec "$python" -m venv "$venv"
    fi
done
if [ -n "$bare" ]; then
    echo "fonds: Python $bare is here, but its venv module is not. On Debian and Ubuntu: apt install python$bare-venv" >&2
elif [ -n "$unsuitable" ]; then
    echo "fonds: Python 3.11, 3.12 or 3.13 is needed; $unsuitable. Name another one: make setup PYTHON=/path/to/python3" >&2
else
    echo "fonds: no Python found. On Debian and Ubuntu: apt install python3 python3-venv" >&2
fi
exit 1
