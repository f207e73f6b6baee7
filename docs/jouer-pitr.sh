#!/bin/bash
# Plays the point-in-time recovery of docs/exploitation.md, to the letter, on a scratch cluster.
#
#   apt-get install pgbackrest postgresql && docs/jouer-pitr.sh
#
# As root. Only the paths, the pass phrase and the minute are replaced; "sudo" and "systemctl" act
# on the scratch cluster. Ends with code 0 when what was done after the minute is gone, what was
# done before is there, and the audit log says what it should.
set -euo pipefail

projet=$(cd "$(dirname "$0")/.." && pwd)
page=$projet/docs/exploitation.md
binaires=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
dossier=$(mktemp -d -t tandem-pitr-XXXX)
chown postgres: "$dossier"
trap 'runuser -u postgres -- "$binaires/pg_ctl" stop -s -m immediate -D "$dossier/main" || true; rm -rf "$dossier"' EXIT

# A block of the page, found by one of its lines, for this cluster.
bloc() {
  awk -v cherche="$1" '/^ *```/ { if (dedans && vu) { printf "%s", lignes; exit } dedans = !dedans; lignes = ""; vu = 0; next }
    dedans { lignes = lignes $0 "\n"; if (index($0, cherche)) vu = 1 }' "$page" |
    sed -e "s|/var/lib/pgbackrest|$dossier/depot|; s|/var/lib/postgresql/16/main|$dossier/main|" \
      -e "s|cipher-pass=.*|cipher-pass=$phrase|" -e "s|--target=\"[^\"]*\"|--target=\"${minute:-}\"|"
}
sudo() { shift 2; runuser -u postgres -- "$@"; }
systemctl() { runuser -u postgres -- "$binaires/pg_ctl" "$1" -s -w -D "$dossier/main" -l "$dossier/journal"; }
jouer() { local lignes; lignes=$(bloc "$1"); echo "--- $lignes"; eval "$lignes"; }
tandem() { (cd "$projet" && .venv/bin/flask tandem "$@"); }
mds() { tandem mds lister; }

phrase=$(head -c 24 /dev/urandom | base64)
runuser -u postgres -- "$binaires/initdb" --no-sync -A trust -D "$dossier/main" > /dev/null
export PGBACKREST_CONFIG=$dossier/pgbackrest.conf PGBACKREST_LOG_PATH=$dossier PGBACKREST_LOCK_PATH=$dossier PGBACKREST_PG1_SOCKET_PATH=$dossier
install -o postgres -m 0600 <(bloc 'repo1-path=') "$PGBACKREST_CONFIG"
bloc 'archive_mode' >> "$dossier/main/postgresql.conf"
printf "listen_addresses = ''\nunix_socket_directories = '%s'\n" "$dossier" >> "$dossier/main/postgresql.conf"
systemctl start
jouer stanza-create

socket=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], ""))' "$dossier")
psql -q -h "$dossier" -U postgres -c "create role tandem_proprietaire login createrole" \
  -c "create database tandem owner tandem_proprietaire encoding 'UTF8' template template0"
export DATABASE_URL="postgresql://tandem_app@/tandem?host=$socket" DATABASE_OWNER_URL="postgresql://tandem_proprietaire@/tandem?host=$socket"
export TANDEM_ENV=test SECRET_KEY=$phrase$phrase TANDEM_INSTANCE=$dossier/instance TANDEM_REPERES=$dossier/reperes
mkdir "$dossier/instance" "$dossier/reperes"
tandem init > /dev/null
tandem mds ajouter AVA "Avant la minute" --ouverte-le 2035-01-01
tandem verifier-journal
sleep 2
minute=$(psql -At -h "$dossier" -U postgres -c 'select now()')
sleep 2
tandem mds ajouter FAU "Une faute" --ouverte-le 2035-01-01
tandem verifier-journal
psql -q -h "$dossier" -U postgres -c 'select pg_switch_wal()' > /dev/null
jouer 'type=time'

until psql -At -h "$dossier" -U postgres -c 'select pg_is_in_recovery()' | grep -q f; do sleep 1; done
mds | grep -q AVA
if mds | grep -q FAU; then echo "what was done after the minute is still there"; exit 1; fi
if tandem verifier-journal; then echo "the mark of a seal that is gone was not told"; exit 1; fi
tandem verifier-journal --apres-restauration "retour à la minute $minute"
tandem verifier-journal
echo "Revenu à $minute : « Avant la minute » y est, « Une faute » n'y est plus."
