#include "mesh_noise.h"

#include <string.h>

static void mix_hash(struct mesh_noise *noise, const uint8_t *octets, size_t length) {
  mesh_sha512(noise->hash, noise->hash, MESH_HASH, octets, length);
}

/* HKDF of Noise: up to three outputs, the first of which is the new chaining key. */
static void expand(struct mesh_noise *noise, const uint8_t *material, size_t length, uint8_t second[MESH_HASH], uint8_t *third) {
  uint8_t root[MESH_HASH];
  mesh_hmac(root, noise->chain, MESH_HASH, material, length, NULL, 0);
  mesh_hmac(noise->chain, root, MESH_HASH, (const uint8_t[]){1}, 1, NULL, 0);
  mesh_hmac(second, root, MESH_HASH, noise->chain, MESH_HASH, (const uint8_t[]){2}, 1);
  if (third != NULL) mesh_hmac(third, root, MESH_HASH, second, MESH_HASH, (const uint8_t[]){3}, 1);
  mesh_wipe(root, sizeof root);
}

static void set_key(struct mesh_noise *noise, uint8_t output[MESH_HASH]) {
  memcpy(noise->key, output, MESH_KEY);
  noise->counter = 0;
  mesh_wipe(output, MESH_HASH);
}

static void mix_key(struct mesh_noise *noise, const uint8_t *material) {
  uint8_t output[MESH_HASH];
  expand(noise, material, MESH_KEY, output, NULL);
  set_key(noise, output);
}

static int mix_agreement(struct mesh_noise *noise, const uint8_t secret[MESH_KEY], const uint8_t theirs[MESH_KEY]) {
  uint8_t shared[MESH_KEY];
  int status = mesh_x25519(shared, secret, theirs);
  if (status == MESH_OK) mix_key(noise, shared);
  mesh_wipe(shared, sizeof shared);
  return status;
}

/* The hash takes what was sealed, so before it is opened in its place. */
static int open_part(struct mesh_noise *noise, uint8_t *plain, const uint8_t *sealed, size_t length) {
  uint8_t hash[MESH_HASH];
  memcpy(hash, noise->hash, sizeof hash);
  mix_hash(noise, sealed, length);
  return mesh_open(plain, noise->key, noise->counter++, hash, sizeof hash, sealed, length);
}

int mesh_noise_start(struct mesh_noise *noise, const uint8_t *prologue, size_t length, const uint8_t secret[MESH_KEY]) {
  static const char name[] = "Noise_IKpsk2_25519_ChaChaPoly_SHA512";
  uint8_t own[MESH_KEY];
  memset(noise, 0, sizeof *noise);
  memcpy(noise->hash, name, sizeof name - 1);
  memcpy(noise->chain, noise->hash, MESH_HASH);
  mix_hash(noise, prologue, length);
  if (mesh_x25519_public(own, secret) != MESH_OK) return MESH_REFUSED;
  mix_hash(noise, own, sizeof own);
  return MESH_OK;
}

int mesh_noise_read(struct mesh_noise *noise, const uint8_t secret[MESH_KEY], uint8_t *message, size_t length, uint8_t **payload,
                    size_t *payload_length) {
  enum { STATIC = MESH_KEY + MESH_TAG, HEAD = MESH_KEY + STATIC };
  if (length < HEAD + MESH_TAG) return MESH_REFUSED;
  memcpy(noise->ephemeral, message, MESH_KEY);
  mix_hash(noise, noise->ephemeral, MESH_KEY);
  mix_key(noise, noise->ephemeral); /* a handshake with a psk does this */
  if (mix_agreement(noise, secret, noise->ephemeral) != MESH_OK) return MESH_REFUSED;
  if (open_part(noise, noise->hub, message + MESH_KEY, STATIC) != MESH_OK) return MESH_REFUSED;
  if (mix_agreement(noise, secret, noise->hub) != MESH_OK) return MESH_REFUSED;
  *payload = message + HEAD;
  *payload_length = length - HEAD - MESH_TAG;
  return open_part(noise, *payload, message + HEAD, length - HEAD);
}

int mesh_noise_write(struct mesh_noise *noise, const uint8_t psk[MESH_KEY], uint8_t ephemeral[MESH_KEY], uint8_t message[MESH_KEY + MESH_TAG]) {
  uint8_t middle[MESH_HASH], output[MESH_HASH];
  int status = mesh_x25519_public(message, ephemeral);
  if (status == MESH_OK) {
    mix_hash(noise, message, MESH_KEY);
    mix_key(noise, message);
    status = mix_agreement(noise, ephemeral, noise->ephemeral);
  }
  if (status == MESH_OK) status = mix_agreement(noise, ephemeral, noise->hub);
  if (status == MESH_OK) {
    expand(noise, psk, MESH_KEY, middle, output);
    mix_hash(noise, middle, sizeof middle);
    set_key(noise, output);
    mesh_seal(message + MESH_KEY, noise->key, noise->counter++, noise->hash, MESH_HASH, NULL, 0);
    mix_hash(noise, message + MESH_KEY, MESH_TAG);
    mesh_wipe(middle, sizeof middle);
  }
  mesh_wipe(ephemeral, MESH_KEY);
  return status;
}

void mesh_noise_split(struct mesh_noise *noise, uint8_t from_hub[MESH_KEY], uint8_t to_hub[MESH_KEY]) {
  uint8_t output[MESH_HASH];
  expand(noise, NULL, 0, output, NULL);
  memcpy(from_hub, noise->chain, MESH_KEY);
  memcpy(to_hub, output, MESH_KEY);
  mesh_wipe(output, sizeof output);
  mesh_wipe(noise, sizeof *noise);
}

int mesh_noise_unseal(const uint8_t own[MESH_KEY], const uint8_t shared[MESH_KEY], const uint8_t *prologue, size_t prologue_length, uint8_t *sealed,
                      size_t length) {
  static const char name[] = "Noise_N_25519_ChaChaPoly_SHA512";
  struct mesh_noise noise;
  uint8_t *part = sealed + MESH_KEY;
  if (length < MESH_KEY + MESH_TAG) return MESH_REFUSED;
  memset(&noise, 0, sizeof noise);
  memcpy(noise.hash, name, sizeof name - 1);
  memcpy(noise.chain, noise.hash, MESH_HASH);
  mix_hash(&noise, prologue, prologue_length);
  mix_hash(&noise, own, MESH_KEY);
  mix_hash(&noise, sealed, MESH_KEY);
  mix_key(&noise, shared);
  int status = mesh_check(noise.key, 0, noise.hash, MESH_HASH, part, length - MESH_KEY);
  if (status == MESH_OK) status = mesh_open(part, noise.key, 0, noise.hash, MESH_HASH, part, length - MESH_KEY);
  mesh_wipe(&noise, sizeof noise);
  return status;
}
