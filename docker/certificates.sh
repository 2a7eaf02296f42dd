#!/usr/bin/env bash
# Makes a certificate authority and a certificate for each service of docker-compose.elk.yml, once; what is there stays.
#
#   certificates.sh FOLDER [LOG_FOLDER]
#
# Keys are PKCS#8, which Logstash's Beats input asks for. To renew: remove the volume `certs`, start again.
set -euo pipefail

folder=${1:?where the certificates go}
logs=${2:-}
days=825
owner=1000:0   # who the images of Elastic run as

mkdir -p "$folder"
cd "$folder"
umask 077

quietly() { # COMMAND...: says what the command said only when it fails
  local said
  said=$("$@" 2>&1) || { echo "$said" >&2; return 1; }
}

certificate() { # NAME SUBJECT-ALTERNATIVE-NAMES
  [ -s "$1.crt" ] && [ -s "$1.key" ] && return
  quietly openssl req -new -newkey rsa:3072 -nodes -keyout "$1.key" -subj "/O=model-logs/CN=$1" -out "$1.csr"
  quietly openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days "$days" -sha256 -out "$1.crt.new" \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n' "$2")
  mv "$1.crt.new" "$1.crt"
  rm -f "$1.csr"
  echo "made $1.crt for $2"
}

if [ ! -s ca.crt ] || [ ! -s ca.key ]; then
  quietly openssl req -x509 -newkey rsa:3072 -nodes -days "$days" -sha256 -keyout ca.key -out ca.crt \
    -subj "/O=model-logs/CN=model-logs certificate authority" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
  echo "made ca.crt"
fi
certificate elasticsearch DNS:elasticsearch,DNS:elasticsearch-warm,DNS:elasticsearch-cold,DNS:localhost,IP:127.0.0.1
certificate kibana DNS:kibana,DNS:localhost,IP:127.0.0.1
certificate logstash DNS:logstash,DNS:localhost,IP:127.0.0.1
certificate filebeat DNS:filebeat

if [ "$(id -u)" -eq 0 ]; then
  chown "$owner" . ./*.crt ./*.key
  # The authority's key signs, and nobody needs it but this script.
  chown 0:0 ca.key
  [ -z "$logs" ] || chown "$owner" "$logs"
fi
chmod 755 .
chmod 644 ./*.crt
chmod 400 ./*.key
echo "certificates are in $folder"
