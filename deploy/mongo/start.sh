#!/bin/bash
# Starts a member of the replica set: lays down the key that members know each other by, then hands over.
set -euo pipefail
umask 077
printf '%s' "$MONGO_KEY" > /run/mongo/key
exec docker-entrypoint.sh mongod --replSet fonds --keyFile /run/mongo/key --bind_ip_all --wiredTigerCacheSizeGB 0.75
