#!/bin/bash
# Makes the bucket and the archive's own user in it; may be run again.
set -euo pipefail
mc alias set --quiet store http://minio:9000 "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD"
# With object lock, which a bucket can only be given at birth: originals of archived records are held by it.
mc mb --ignore-existing --with-lock store/fonds
mc admin user add store fonds "$S3_PASSWORD"
cat > /tmp/policy.json <<'POLICY'
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::fonds", "arn:aws:s3:::fonds/*"]}
]}
POLICY
mc admin policy create store fonds /tmp/policy.json
# Attaching what is attached already is an error; what counts is that it is.
mc admin policy attach store fonds --user fonds || [[ $(mc admin user info store fonds) == *PolicyName*fonds* ]]
