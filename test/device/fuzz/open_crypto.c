/*
 * In the place of mesh_crypto.c and mesh_curve.c, so that what is changed at random gets past the checks of cryptography to the code behind them: a seal
 * opens, a signature verifies, a key is its own point, and every digest of octets of about the same length is the same. Nothing of this protects anything.
 */
#include "mesh_curve.h"

#include <string.h>

int mesh_x25519(uint8_t shared[MESH_KEY], const uint8_t secret[MESH_KEY], const uint8_t theirs[MESH_KEY]) {
  (void)secret;
  if (theirs[0] == 0) return MESH_REFUSED;
  memset(shared, 9, MESH_KEY);
  return MESH_OK;
}

int mesh_x25519_public(uint8_t own[MESH_KEY], const uint8_t secret[MESH_KEY]) {
  memcpy(own, secret, MESH_KEY);
  return MESH_OK;
}

void mesh_sha512(uint8_t out[MESH_HASH], const uint8_t *one, size_t one_length, const uint8_t *two, size_t two_length) {
  uint8_t all = 0;
  for (size_t at = 0; at < one_length; at++) all |= one[at];
  for (size_t at = 0; at < two_length; at++) all |= two[at];
  memset(out, 0x70 + (all == 0) + (one_length + two_length > 2048), MESH_HASH);
}

void mesh_hmac(uint8_t out[MESH_HASH], const uint8_t *key, size_t key_length, const uint8_t *one, size_t one_length, const uint8_t *two,
               size_t two_length) {
  (void)key, (void)key_length;
  mesh_sha512(out, one, one_length, two, two_length);
}

void mesh_seal(uint8_t *sealed, const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *plain,
               size_t length) {
  (void)key, (void)counter, (void)data, (void)data_length;
  if (length > 0) memmove(sealed, plain, length);
  memset(sealed + length, 0, MESH_TAG);
}

int mesh_open(uint8_t *plain, const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *sealed,
              size_t sealed_length) {
  (void)key, (void)counter, (void)data, (void)data_length;
  if (sealed_length < MESH_TAG || sealed[sealed_length - 1] != 0) return MESH_REFUSED;
  if (plain != NULL) memmove(plain, sealed, sealed_length - MESH_TAG);
  return MESH_OK;
}

int mesh_check(const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *sealed, size_t sealed_length) {
  return mesh_open(NULL, key, counter, data, data_length, sealed, sealed_length);
}

void mesh_hkdf(uint8_t out[MESH_KEY], const uint8_t *key, size_t key_length, const uint8_t *info, size_t length) {
  (void)key, (void)key_length, (void)info, (void)length;
  memset(out, 0x11, MESH_KEY);
}

void mesh_labelled_mac(uint8_t out[MESH_HASH], const uint8_t key[MESH_KEY], const char *label, const struct mesh_part *fields, int count) {
  uint8_t all = (uint8_t)strlen(label);
  (void)key;
  for (int field = 0; field < count; field++)
    for (size_t at = 0; at < fields[field].length; at++) all |= fields[field].octets[at];
  memset(out, 0x70 + (all == 0), MESH_HASH);
}

int mesh_equal(const uint8_t *one, const uint8_t *other, size_t length) {
  return memcmp(one, other, length) == 0;
}

void mesh_hail(uint8_t hail[12], const uint8_t key[MESH_KEY], const uint8_t nonce[4]) {
  memcpy(hail, nonce, 4);
  memcpy(hail + 4, key, 8);
}

void mesh_wipe_stack(void) {}

void mesh_wipe(void *secret, size_t length) {
  memset(secret, 0, length);
}

int mesh_point_of(uint8_t point[MESH_POINT], const uint8_t scalar[MESH_SCALAR]) {
  memmove(point, scalar, MESH_POINT);
  return MESH_OK;
}

static void exclusive(uint8_t out[32], const uint8_t one[32], const uint8_t other[32]) {
  for (int at = 0; at < 32; at++) out[at] = one[at] ^ other[at];
}

int mesh_point_subtract(uint8_t out[MESH_POINT], const uint8_t from[MESH_POINT], const uint8_t what[MESH_POINT]) {
  exclusive(out, from, what);
  return MESH_OK;
}

void mesh_scalar_add(uint8_t out[MESH_SCALAR], const uint8_t one[MESH_SCALAR], const uint8_t other[MESH_SCALAR]) {
  exclusive(out, one, other);
}

void mesh_scalar_reduce(uint8_t out[MESH_SCALAR], const uint8_t wide[64]) {
  memmove(out, wide, MESH_SCALAR);
}

void mesh_scalar_of_seed(uint8_t scalar[MESH_SCALAR], const uint8_t seed[32]) {
  memmove(scalar, seed, MESH_SCALAR);
}

int mesh_sign(uint8_t signature[MESH_SIGNATURE], const uint8_t seed[32], const uint8_t digest[MESH_HASH]) {
  (void)seed;
  memcpy(signature, digest, MESH_SIGNATURE);
  return MESH_OK;
}

int mesh_verify(const uint8_t public_key[MESH_POINT], const uint8_t digest[MESH_HASH], const uint8_t signature[MESH_SIGNATURE]) {
  (void)public_key, (void)digest;
  return signature[0] != 0 ? MESH_OK : MESH_REFUSED;
}

int mesh_agree(uint8_t out[MESH_POINT], const uint8_t share[MESH_SCALAR], const uint8_t point[MESH_POINT]) {
  if (point[0] == 0) return MESH_REFUSED;
  exclusive(out, share, point);
  return MESH_OK;
}

int mesh_agree_both(uint8_t out[MESH_POINT], const uint8_t theirs[MESH_POINT], const uint8_t own[MESH_POINT]) {
  if (theirs[0] == 0) return MESH_REFUSED;
  exclusive(out, theirs, own);
  return MESH_OK;
}

int mesh_x25519_of_point(uint8_t u[MESH_KEY], const uint8_t point[MESH_POINT]) {
  memmove(u, point, MESH_KEY);
  return MESH_OK;
}

void mesh_point_of_x25519(uint8_t point[MESH_POINT], const uint8_t u[MESH_KEY]) {
  memmove(point, u, MESH_POINT);
}

void mesh_part_nonce(uint8_t nonce[MESH_SCALAR], const uint8_t share[MESH_SCALAR], const uint8_t drawn[32], const uint8_t whole[MESH_POINT],
                     const uint8_t commitment[MESH_POINT], const uint8_t digest[MESH_HASH]) {
  (void)share, (void)whole, (void)commitment, (void)digest;
  memcpy(nonce, drawn, MESH_SCALAR);
}

int mesh_sign_part(uint8_t signature[MESH_SIGNATURE], const uint8_t share[MESH_SCALAR], uint8_t nonce[MESH_SCALAR], const uint8_t whole[MESH_POINT],
                   const uint8_t commitment[MESH_POINT], const uint8_t digest[MESH_HASH]) {
  (void)share, (void)nonce, (void)whole;
  if (commitment[0] == 0) return MESH_REFUSED;
  memcpy(signature, digest, MESH_SIGNATURE);
  return MESH_OK;
}

/* One name for every key. */
void mesh_fingerprint(enum mesh_curve curve, const uint8_t key[32], char udf[MESH_UDF + 1], uint8_t full[MESH_HASH]) {
  (void)curve, (void)key;
  strcpy(udf, "MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA");
  memset(full, 0x70, MESH_HASH);
}
