#include "mesh_curve.h"

#include <sodium.h>
#include <string.h>

/* dom2 of RFC 8032 with the phflag 0 and no context. */
static const uint8_t domain[34] = "SigEd25519 no Ed25519 collisions";

int mesh_point_of(uint8_t point[MESH_POINT], const uint8_t scalar[MESH_SCALAR]) {
  return crypto_scalarmult_ed25519_base_noclamp(point, scalar) == 0 ? MESH_OK : MESH_REFUSED;
}

int mesh_point_subtract(uint8_t out[MESH_POINT], const uint8_t from[MESH_POINT], const uint8_t what[MESH_POINT]) {
  return crypto_core_ed25519_sub(out, from, what) == 0 ? MESH_OK : MESH_REFUSED;
}

void mesh_scalar_add(uint8_t out[MESH_SCALAR], const uint8_t one[MESH_SCALAR], const uint8_t other[MESH_SCALAR]) {
  crypto_core_ed25519_scalar_add(out, one, other);
}

void mesh_scalar_reduce(uint8_t out[MESH_SCALAR], const uint8_t wide[64]) {
  crypto_core_ed25519_scalar_reduce(out, wide);
}

/* The clamped first half is the scalar, the second half the prefix of signatures. */
static void expand(uint8_t scalar[MESH_SCALAR], uint8_t prefix[32], const uint8_t seed[32]) {
  uint8_t digest[MESH_HASH], wide[64] = {0};
  mesh_sha512(digest, seed, 32, NULL, 0);
  memcpy(wide, digest, 32);
  wide[0] &= 248;
  wide[31] = (wide[31] & 127) | 64;
  mesh_scalar_reduce(scalar, wide);
  memcpy(prefix, digest + 32, 32);
  mesh_wipe(digest, sizeof digest);
  mesh_wipe(wide, sizeof wide);
}

void mesh_scalar_of_seed(uint8_t scalar[MESH_SCALAR], const uint8_t seed[32]) {
  uint8_t prefix[32];
  expand(scalar, prefix, seed);
  mesh_wipe(prefix, sizeof prefix);
}

static void challenge(uint8_t out[MESH_SCALAR], const uint8_t *one, size_t one_length, const uint8_t *two, const uint8_t digest[MESH_HASH]) {
  crypto_hash_sha512_state state;
  uint8_t wide[64];
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, domain, sizeof domain);
  crypto_hash_sha512_update(&state, one, one_length);
  if (two != NULL) crypto_hash_sha512_update(&state, two, 32);
  crypto_hash_sha512_update(&state, digest, MESH_HASH);
  crypto_hash_sha512_final(&state, wide);
  mesh_scalar_reduce(out, wide);
}

int mesh_sign(uint8_t signature[MESH_SIGNATURE], const uint8_t seed[32], const uint8_t digest[MESH_HASH]) {
  uint8_t scalar[MESH_SCALAR], prefix[32], nonce[MESH_SCALAR], k[MESH_SCALAR], own[MESH_POINT];
  expand(scalar, prefix, seed);
  challenge(nonce, prefix, sizeof prefix, NULL, digest);
  int status = mesh_point_of(signature, nonce) == MESH_OK && mesh_point_of(own, scalar) == MESH_OK ? MESH_OK : MESH_REFUSED;
  challenge(k, signature, MESH_POINT, own, digest);
  crypto_core_ed25519_scalar_mul(k, k, scalar);
  mesh_scalar_add(signature + MESH_POINT, nonce, k);
  mesh_wipe(scalar, sizeof scalar);
  mesh_wipe(prefix, sizeof prefix);
  mesh_wipe(nonce, sizeof nonce);
  mesh_wipe(k, sizeof k);
  return status;
}

int mesh_verify(const uint8_t public_key[MESH_POINT], const uint8_t digest[MESH_HASH], const uint8_t signature[MESH_SIGNATURE]) {
  uint8_t k[MESH_SCALAR], left[MESH_POINT], right[MESH_POINT], wide[64] = {0}, reduced[MESH_SCALAR];
  memcpy(wide, signature + MESH_POINT, MESH_SCALAR);
  mesh_scalar_reduce(reduced, wide);
  if (memcmp(reduced, signature + MESH_POINT, MESH_SCALAR) != 0) return MESH_REFUSED;
  challenge(k, signature, MESH_POINT, public_key, digest);
  if (mesh_point_of(left, reduced) != MESH_OK || crypto_scalarmult_ed25519_noclamp(right, k, public_key) != 0) return MESH_REFUSED;
  if (mesh_point_subtract(left, left, right) != MESH_OK) return MESH_REFUSED;
  return memcmp(left, signature, MESH_POINT) == 0 ? MESH_OK : MESH_REFUSED;
}

/* Zero bits at the end of a digest, which raise the first octet: 20, 30, 40, 50. */
static uint8_t level(const uint8_t digest[MESH_HASH]) {
  int zeros = 0;
  for (int at = MESH_HASH - 1; at >= 0 && zeros < 64; at--) {
    if (digest[at] == 0) {
      zeros += 8;
      continue;
    }
    for (uint8_t octet = digest[at]; (octet & 1) == 0; octet >>= 1) zeros++;
    break;
  }
  return zeros < 20 ? 0 : zeros >= 50 ? 4 : (uint8_t)(zeros / 10 - 1);
}

void mesh_fingerprint(enum mesh_curve curve, const uint8_t key[32], char udf[MESH_UDF + 1], uint8_t full[MESH_HASH]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  uint8_t head[16] = {0x30, 46, 0x30, 7, 6, 3, 0x2b, 0x65, curve == MESH_ED25519 ? 0x70 : 0x6e, 5, 0, 3, 35, 0, 4, 32};
  uint8_t digest[MESH_HASH];
  mesh_sha512(digest, head, sizeof head, key, 32);
  mesh_sha512(digest, (const uint8_t *)"PKIXKey:", 8, digest, sizeof digest);
  full[0] = (uint8_t)(0x60 + level(digest));
  memcpy(full + 1, digest, MESH_HASH - 1);
  for (int letter = 0, out = 0; letter < 28; letter++) {
    int bit = 5 * letter;
    unsigned two = (unsigned)full[bit / 8] << 8 | full[bit / 8 + 1];
    if (letter > 0 && letter % 4 == 0) udf[out++] = '-';
    udf[out++] = letters[two >> (11 - bit % 8) & 31];
    udf[out] = 0;
  }
}
