#!/usr/bin/env bash
# Writes .env for docker-compose.elk.yml: a copy of .env.example with a random value for each password and key.
#
#   docker/make-env.sh [FILE]      .env beside docker-compose.elk.yml, unless FILE is named; an existing one stays as it is
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-$here/.env}
if [ -e "$target" ]; then
  echo "$target is there already and stays as it is; remove it for new passwords (the volumes keep the old ones)." >&2
  exit 1
fi

random() { # 32 letters and digits: no character that a shell, a URL or YAML reads
  LC_ALL=C tr -dc A-Za-z0-9 < /dev/urandom | head -c 32 || true
}

umask 077
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    [A-Z]*=) printf '%s=%s\n' "${line%%=*}" "$(random)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < "$here/.env.example" > "$target.new"
mv "$target.new" "$target"
echo "wrote $target"
