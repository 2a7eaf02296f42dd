#!/usr/bin/env bash
# Installs what a few tests use beside Python packages: Chromium (the pages), Alertmanager (alerts), Redis (the fraud
# service), stress-ng and libfaketime (chaos), PostgreSQL (MLflow's registry), shellcheck and logrotate (what we ship for shells)
# and the system's libzstd (the node), which need root and apt, and Toxiproxy (the shipper on a bad network), which
# needs Go and goes into the user's cache.
# Elsewhere it says what is missing, and the tests that need it are skipped by name.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v go >/dev/null; then
  python3 -m benchmarks.proof.toxiproxy >/dev/null
else
  echo "tests/tools.sh: no Go here to install Toxiproxy with; the tests that need it are skipped." >&2
fi

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v redis-server >/dev/null || missing+=(redis-server)
{ command -v prometheus-alertmanager || command -v alertmanager; } >/dev/null || missing+=(prometheus-alertmanager)
{ compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; } >/dev/null || missing+=(postgresql)
command -v stress-ng >/dev/null || missing+=(stress-ng)
command -v shellcheck >/dev/null || missing+=(shellcheck)
{ command -v logrotate || test -x /usr/sbin/logrotate; } >/dev/null || missing+=(logrotate)
compgen -G "/usr/lib/*/faketime/libfaketime.so.1" >/dev/null || missing+=(libfaketime)
ldconfig -p 2>/dev/null | grep -q libzstd.so.1 || missing+=(libzstd1)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "tests/tools.sh: not installed here: ${missing[*]}; the tests that need them are skipped." >&2
  exit 0
fi
echo "tests/tools.sh: installing ${missing[*]}" >&2
apt-get update -qq
# RUNLEVEL: the services of Alertmanager, Redis and PostgreSQL are not started; the tests start their own, on loopback.
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
