/* mesh_noise: Noise_IKpsk2_25519_ChaChaPoly_SHA512 from the device's side. docs/device-link.md §5; Noise revision 34. */
#ifndef MESH_NOISE_H
#define MESH_NOISE_H

#include "mesh_crypto.h"

struct mesh_noise {
  uint8_t hash[MESH_HASH];
  uint8_t chain[MESH_HASH];
  uint8_t key[MESH_KEY];
  uint8_t ephemeral[MESH_KEY]; /* the hub's */
  uint8_t hub[MESH_KEY];       /* the hub's static key, once message 1 has opened */
  uint64_t counter;
};

/* Begins with the prologue and the device's own key pair. */
int mesh_noise_start(struct mesh_noise *noise, const uint8_t *prologue, size_t length, const uint8_t secret[MESH_KEY]);

/* Opens message 1 in place; the payload is at `*payload` then. */
int mesh_noise_read(struct mesh_noise *noise, const uint8_t secret[MESH_KEY], uint8_t *message, size_t length, uint8_t **payload,
                    size_t *payload_length);

/* Writes message 2 (48 octets) under the psk, with a fresh ephemeral secret, which it wipes. */
int mesh_noise_write(struct mesh_noise *noise, const uint8_t psk[MESH_KEY], uint8_t ephemeral[MESH_KEY], uint8_t message[MESH_KEY + MESH_TAG]);

/*
 * What was sealed by Noise N to a key, in its place: 32 octets of ephemeral key, ciphertext, tag. `shared` is the secret of the two keys, which is the
 * same for every prologue that is tried. On failure nothing is changed.
 */
int mesh_noise_unseal(const uint8_t own[MESH_KEY], const uint8_t shared[MESH_KEY], const uint8_t *prologue, size_t prologue_length, uint8_t *sealed,
                      size_t length);

/* Keys of both directions; the state is wiped. */
void mesh_noise_split(struct mesh_noise *noise, uint8_t from_hub[MESH_KEY], uint8_t to_hub[MESH_KEY]);

#endif
