#!/bin/sh
# Makes the certificates of the tests anew. Needs OpenSSL 3.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/index.txt"
echo 1000 > "$work/serial"

cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = tests
[tests]
database = $work/index.txt
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[client]
basicConstraints = critical, CA:false
extendedKeyUsage = clientAuth
[self_signed]
basicConstraints = critical, CA:true
subjectAltName = DNS:localhost, IP:127.0.0.1
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
CONFIG

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

# sign NAME COMMON_NAME SECTION ISSUER [END]
sign() {
  openssl req -new -config "$work/ca.cnf" -key "$1.key" -subj "/CN=$2" -out "$work/$1.csr"
  if [ "$4" = self ]; then issuer="-selfsign -keyfile $1.key"
  else issuer="-cert $4.pem -keyfile $4.key"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/$1.csr" -out "$1.pem" $issuer \
    -extensions "$3" -startdate 20200101000000Z -enddate "${5:-20991231235959Z}" 2>/dev/null
}

key root; sign root "wirecat test root" authority self
key intermediate; sign intermediate "wirecat test intermediate" authority root
key server; sign server localhost server intermediate
key expired; sign expired localhost server root 20200201000000Z
key client; sign client "wirecat test client" client root
key self-signed; sign self-signed localhost self_signed self

# Clients with a chain of their own, whose name needs escapes.
key clients-root; sign clients-root "wirecat test clients" authority self
key clients-middle; sign clients-middle "wirecat test clients intermediate" authority clients-root
key chained-client; sign chained-client 'al\+ice, "of" tests' client clients-middle
cat clients-middle.pem >> chained-client.pem

cat intermediate.pem root.pem > "$work/issuers.pem"
archive() { openssl pkcs12 -export -in "$1.pem" -inkey "$1.key" -out "$2" -passout "pass:$3"; }
openssl pkcs12 -export -in server.pem -inkey server.key -certfile "$work/issuers.pem" \
  -out server.p12 -passout pass:sesame
openssl pkcs12 -export -legacy -in server.pem -inkey server.key -certfile "$work/issuers.pem" \
  -out server-legacy.p12 -passout pass:sesame
archive server server-no-password.p12 ""
archive client client.p12 sesame
openssl pkcs8 -topk8 -in server.key -out server-encrypted.key -passout pass:sesame
openssl req -new -config "$work/ca.cnf" -key server.key -subj /CN=localhost |
  openssl x509 -req -signkey server.key -days 27000 -out version-1.pem 2>/dev/null
openssl pkcs8 -topk8 -in server.key -v2 des3 -out server-des3.key -passout pass:sesame
openssl pkcs8 -topk8 -in server.key -v2 aes-128-cbc -v2prf hmacWithSHA1 -out server-sha1.key \
  -passout pass:sesame
cat server.pem intermediate.pem > server-chain.pem
rm -f root.key intermediate.key clients-root.key clients-middle.*
