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

int mesh_agree(uint8_t out[MESH_POINT], const uint8_t share[MESH_SCALAR], const uint8_t point[MESH_POINT]) {
  /* s* = 8 (s / 8 mod L): the point three times doubled, times the share divided by eight. */
  static const uint8_t eighth[MESH_SCALAR] = {0x79, 0x2f, 0xdc, 0xe2, 0x29, 0xe5, 0x06, 0x61, 0xd0, 0xda, 0x1c, 0x7d, 0xb3, 0x9d, 0xd3, 0x07,
                                              0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x06};
  uint8_t scalar[MESH_SCALAR], eightfold[MESH_POINT];
  memcpy(eightfold, point, sizeof eightfold);
  for (int doubled = 0; doubled < 3; doubled++)
    if (crypto_core_ed25519_add(eightfold, eightfold, eightfold) != 0) return MESH_REFUSED;
  crypto_core_ed25519_scalar_mul(scalar, share, eighth);
  int status = crypto_scalarmult_ed25519_noclamp(out, scalar, eightfold) == 0 ? MESH_OK : MESH_REFUSED;
  mesh_wipe(scalar, sizeof scalar);
  return status;
}

int mesh_agree_both(uint8_t out[MESH_POINT], const uint8_t theirs[MESH_POINT], const uint8_t own[MESH_POINT]) {
  bool right = crypto_core_ed25519_is_valid_point(theirs) == 1 && crypto_core_ed25519_add(out, theirs, own) == 0;
  return right && crypto_core_ed25519_is_valid_point(out) == 1 ? MESH_OK : MESH_REFUSED;
}

int mesh_x25519_of_point(uint8_t u[MESH_KEY], const uint8_t point[MESH_POINT]) {
  return crypto_sign_ed25519_pk_to_curve25519(u, point) == 0 ? MESH_OK : MESH_REFUSED;
}

/* --- numbers modulo p = 2^255 - 19, of which everybody may know how long they take: eight limbs, below 2^256 --- */

/* What is above 2^256 comes back 38-fold. */
static void fold(uint32_t out[8], const uint32_t low[8], const uint32_t *high, uint32_t carry) {
  uint64_t sum = 0;
  for (int at = 0; at < 8; at++) {
    sum += low[at] + (high == NULL ? 0 : (uint64_t)38 * high[at]);
    out[at] = (uint32_t)sum;
    sum >>= 32;
  }
  for (sum += carry; sum != 0;) {
    sum *= 38;
    for (int at = 0; at < 8; at++) {
      sum += out[at];
      out[at] = (uint32_t)sum;
      sum >>= 32;
    }
  }
}

static void multiply(uint32_t out[8], const uint32_t one[8], const uint32_t other[8]) {
  uint32_t wide[16] = {0};
  for (int at = 0; at < 8; at++) {
    uint64_t sum = 0;
    for (int to = 0; to < 8; to++) {
      sum += (uint64_t)one[at] * other[to] + wide[at + to];
      wide[at + to] = (uint32_t)sum;
      sum >>= 32;
    }
    wide[at + 8] = (uint32_t)sum;
  }
  fold(out, wide, wide + 8, 0);
}

/* value^(p - 2), in which bits 2 and 4 alone are not set. */
static void invert(uint32_t out[8], const uint32_t value[8]) {
  uint32_t power[8];
  memcpy(power, value, sizeof power);
  for (int bit = 253; bit >= 0; bit--) {
    multiply(power, power, power);
    if (bit != 2 && bit != 4) multiply(power, power, value);
  }
  memcpy(out, power, sizeof power);
}

static void plus(uint32_t out[8], const uint32_t value[8], const uint32_t constant[8]) {
  uint64_t sum = 0;
  uint32_t low[8];
  for (int at = 0; at < 8; at++) {
    sum += (uint64_t)value[at] + constant[at];
    low[at] = (uint32_t)sum;
    sum >>= 32;
  }
  fold(out, low, NULL, (uint32_t)sum);
}

static bool is_below_prime(const uint32_t value[8]) {
  if (value[7] >> 31 != 0) return false;
  if (value[7] != 0x7fffffff || value[0] < 0xffffffed) return true;
  for (int at = 1; at < 7; at++)
    if (value[at] != 0xffffffff) return true;
  return false;
}

void mesh_point_of_x25519(uint8_t point[MESH_POINT], const uint8_t u[MESH_KEY]) {
  static const uint32_t one[8] = {1};
  static const uint32_t minus_one[8] = {0xffffffec, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff};
  static const uint32_t nineteen[8] = {19};
  uint32_t value[8], above[8], below[8];
  for (int at = 0; at < 8; at++)
    value[at] = (uint32_t)u[4 * at] | (uint32_t)u[4 * at + 1] << 8 | (uint32_t)u[4 * at + 2] << 16 | (uint32_t)u[4 * at + 3] << 24;
  value[7] &= 0x7fffffff;
  plus(above, value, minus_one);
  plus(below, value, one);
  invert(below, below);
  multiply(value, above, below);
  /* What is from p to 2^255 loses p by + 19 without bit 255, what is above that by bit 255 for 19. */
  while (!is_below_prime(value)) {
    bool is_above = value[7] >> 31 != 0;
    value[7] &= 0x7fffffff;
    plus(value, value, nineteen);
    if (!is_above) value[7] &= 0x7fffffff;
  }
  for (int at = 0; at < MESH_POINT; at++) point[at] = (uint8_t)(value[at / 4] >> (8 * (at % 4)));
}

void mesh_part_nonce(uint8_t nonce[MESH_SCALAR], const uint8_t share[MESH_SCALAR], const uint8_t drawn[32], const uint8_t whole[MESH_POINT],
                     const uint8_t commitment[MESH_POINT], const uint8_t digest[MESH_HASH]) {
  static const char label[] = "mmm/device/part";
  crypto_hash_sha512_state state;
  uint8_t prefix[MESH_HASH], wide[64];
  mesh_hmac(prefix, share, MESH_SCALAR, (const uint8_t *)label, sizeof label, NULL, 0);
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, prefix, sizeof prefix);
  crypto_hash_sha512_update(&state, drawn, 32);
  crypto_hash_sha512_update(&state, commitment, MESH_POINT);
  crypto_hash_sha512_update(&state, whole, MESH_POINT);
  crypto_hash_sha512_update(&state, digest, MESH_HASH);
  crypto_hash_sha512_final(&state, wide);
  mesh_scalar_reduce(nonce, wide);
  mesh_wipe(prefix, sizeof prefix);
  mesh_wipe(wide, sizeof wide);
  mesh_wipe(&state, sizeof state);
}

int mesh_sign_part(uint8_t signature[MESH_SIGNATURE], const uint8_t share[MESH_SCALAR], uint8_t nonce[MESH_SCALAR], const uint8_t whole[MESH_POINT],
                   const uint8_t commitment[MESH_POINT], const uint8_t digest[MESH_HASH]) {
  uint8_t k[MESH_SCALAR], own[MESH_POINT];
  int status = mesh_point_of(own, nonce) == MESH_OK ? mesh_agree_both(signature, commitment, own) : MESH_REFUSED;
  if (status == MESH_OK) {
    challenge(k, signature, MESH_POINT, whole, digest);
    crypto_core_ed25519_scalar_mul(k, k, share);
    mesh_scalar_add(signature + MESH_POINT, nonce, k);
  }
  mesh_wipe(k, sizeof k);
  mesh_wipe(nonce, MESH_SCALAR);
  return status;
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
