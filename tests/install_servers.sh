#!/bin/sh
# The programs that tests start for themselves, and npm, which brings what the console's pages load. Does nothing where they are; installs them on Debian as root; elsewhere
# says what is missing: those tests are then skipped loudly, and with CI=true they fail.
set -eu

missing=
need() { # package, then any of the places where its program may be
    package=$1
    shift
    for place in "$@"; do
        if command -v "$place" >/dev/null 2>&1; then return; fi
    done
    missing="$missing $package"
}
need rabbitmq-server rabbitmq-server /usr/sbin/rabbitmq-server /usr/lib/rabbitmq/bin/rabbitmq-server
need postgresql initdb /usr/lib/postgresql/*/bin/initdb
need chromium chromium chromium-browser google-chrome
need nodejs node nodejs
need npm npm
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed, and only installed for you on Debian as root:$missing" >&2
    exit 0
fi

# While it is there, packages start no service of theirs: the tests start private servers, and end them.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
echo "installing$missing …"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # The names of packages, one word each.
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
    echo "Could not be installed:$missing" >&2
fi
