#!/bin/sh
# Fetches Debian's source of libsodium and compiles the part of it that the device link needs, for a target; nothing of it stays in this tree.
#   libsodium.sh DIR COMPILER FLAGS...    makes DIR/libsodium.a and DIR/include
set -eu
dir=$1 compiler=$2
shift 2
mkdir -p "$dir/lists/partial"
cd "$dir"
if [ ! -d source ]; then
  echo "deb-src http://deb.debian.org/debian bookworm main" >sources.list
  apt="-o Dir::Etc::sourcelist=$dir/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$dir/lists"
  apt-get $apt update -qq 2>/dev/null
  apt-get $apt source -qq --download-only libsodium 2>/dev/null
  mkdir source.new
  tar -xzf libsodium_*.orig.tar.gz -C source.new --strip-components=1
  sed -e 's/@VERSION@/1.0.18/' -e 's/@SODIUM_LIBRARY_VERSION_MAJOR@/10/' -e 's/@SODIUM_LIBRARY_VERSION_MINOR@/3/' -e 's/@SODIUM_LIBRARY_MINIMAL_DEF@//' \
    source.new/src/libsodium/include/sodium/version.h.in >source.new/src/libsodium/include/sodium/version.h
  mv source.new source
fi
code=source/src/libsodium
rm -rf objects libsodium.a
mkdir objects
for file in \
  crypto_scalarmult/curve25519/scalarmult_curve25519 crypto_scalarmult/curve25519/ref10/x25519_ref10 crypto_core/ed25519/ref10/ed25519_ref10 \
  crypto_core/ed25519/core_ed25519 crypto_sign/ed25519/ref10/keypair crypto_scalarmult/ed25519/ref10/scalarmult_ed25519_ref10 \
  crypto_hash/sha512/cp/hash_sha512_cp crypto_auth/hmacsha512/auth_hmacsha512 crypto_aead/chacha20poly1305/sodium/aead_chacha20poly1305 \
  crypto_stream/chacha20/stream_chacha20 crypto_stream/chacha20/ref/chacha20_ref crypto_onetimeauth/poly1305/onetimeauth_poly1305 \
  crypto_onetimeauth/poly1305/donna/poly1305_donna crypto_verify/sodium/verify sodium/utils sodium/core sodium/runtime; do
  "$compiler" "$@" -w -DCONFIGURED=1 -DHAVE_C_VARARRAYS=1 -DSODIUM_STATIC=1 -DNATIVE_LITTLE_ENDIAN=1 -I$code/include -I$code/include/sodium -c "$code/$file.c" \
    -o "objects/$(basename "$file").o"
done
"${compiler%gcc}ar" rcs libsodium.a objects/*.o
ln -sfn "$code/include" include
