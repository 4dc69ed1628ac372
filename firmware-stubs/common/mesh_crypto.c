#include "mesh_crypto.h"

#include <sodium.h>
#include <string.h>

int mesh_x25519(uint8_t shared[MESH_KEY], const uint8_t secret[MESH_KEY], const uint8_t theirs[MESH_KEY]) {
  return crypto_scalarmult_curve25519(shared, secret, theirs) == 0 && !sodium_is_zero(shared, MESH_KEY) ? MESH_OK : MESH_REFUSED;
}

int mesh_x25519_public(uint8_t own[MESH_KEY], const uint8_t secret[MESH_KEY]) {
  /* By the ladder, as for any point: the table of multiples of the base would be 30 kB for the speed of a few calls. */
  static const uint8_t base[MESH_KEY] = {9};
  return mesh_x25519(own, secret, base);
}

void mesh_sha512(uint8_t out[MESH_HASH], const uint8_t *one, size_t one_length, const uint8_t *two, size_t two_length) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  crypto_hash_sha512_update(&state, one, one_length);
  if (two_length > 0) crypto_hash_sha512_update(&state, two, two_length);
  crypto_hash_sha512_final(&state, out);
}

void mesh_hmac(uint8_t out[MESH_HASH], const uint8_t *key, size_t key_length, const uint8_t *one, size_t one_length, const uint8_t *two,
               size_t two_length) {
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key, key_length);
  if (one_length > 0) crypto_auth_hmacsha512_update(&state, one, one_length);
  if (two_length > 0) crypto_auth_hmacsha512_update(&state, two, two_length);
  crypto_auth_hmacsha512_final(&state, out);
  mesh_wipe(&state, sizeof state);
}

/* Noise revision 34 §12.3: four octets of zeros, then the counter, little-endian. */
static void nonce_of(uint8_t nonce[12], uint64_t counter) {
  memset(nonce, 0, 12);
  for (int at = 0; at < 8; at++) nonce[4 + at] = (uint8_t)(counter >> (8 * at));
}

void mesh_seal(uint8_t *sealed, const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *plain,
               size_t length) {
  uint8_t nonce[12];
  nonce_of(nonce, counter);
  crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plain, length, data, data_length, NULL, nonce, key);
}

int mesh_open(uint8_t *plain, const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *sealed,
              size_t sealed_length) {
  uint8_t nonce[12];
  if (sealed_length < MESH_TAG) return MESH_REFUSED;
  nonce_of(nonce, counter);
  return crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, sealed_length, data, data_length, nonce, key) == 0 ? MESH_OK
                                                                                                                             : MESH_REFUSED;
}

int mesh_check(const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *sealed, size_t sealed_length) {
  return mesh_open(NULL, key, counter, data, data_length, sealed, sealed_length);
}

void mesh_hkdf(uint8_t out[MESH_KEY], const uint8_t *key, size_t key_length, const uint8_t *info, size_t length) {
  static const uint8_t salt[MESH_HASH], one = 1;
  uint8_t root[MESH_HASH];
  mesh_hmac(root, salt, sizeof salt, key, key_length, NULL, 0);
  mesh_hmac(root, root, sizeof root, info, length, &one, 1);
  memcpy(out, root, MESH_KEY);
  mesh_wipe(root, sizeof root);
}

void mesh_labelled_mac(uint8_t out[MESH_HASH], const uint8_t key[MESH_KEY], const char *label, const struct mesh_part *fields, int count) {
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key, MESH_KEY);
  crypto_auth_hmacsha512_update(&state, (const uint8_t *)label, strlen(label) + 1);
  for (int at = 0; at < count; at++) {
    size_t length = fields[at].length;
    const uint8_t head[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length};
    crypto_auth_hmacsha512_update(&state, head, sizeof head);
    crypto_auth_hmacsha512_update(&state, fields[at].octets, length);
  }
  crypto_auth_hmacsha512_final(&state, out);
  mesh_wipe(&state, sizeof state);
}

int mesh_equal(const uint8_t *one, const uint8_t *other, size_t length) {
  return sodium_memcmp(one, other, length) == 0;
}

void mesh_hail(uint8_t hail[12], const uint8_t key[MESH_KEY], const uint8_t nonce[4]) {
  uint8_t mac[MESH_HASH];
  mesh_hmac(mac, key, MESH_KEY, nonce, 4, NULL, 0);
  memcpy(hail, nonce, 4);
  memcpy(hail + 4, mac, 8);
}

void mesh_wipe_stack(void) {
  sodium_stackzero(MESH_STACK);
}

void mesh_wipe(void *secret, size_t length) {
  sodium_memzero(secret, length);
}
