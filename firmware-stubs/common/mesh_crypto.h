/*
 * mesh_crypto: the cryptography of the device link, over libsodium's public calls. docs/device-link.md §2, §5, §6.
 * Constant in time where libsodium is; nothing here keeps state. Secrets are the caller's to wipe, with mesh_wipe.
 */
#ifndef MESH_CRYPTO_H
#define MESH_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

/* What every call of this library that can fail gives. */
enum mesh_status { MESH_OK = 0, MESH_REFUSED = -1, MESH_NO_ROOM = -2 };

enum { MESH_KEY = 32, MESH_HASH = 64, MESH_TAG = 16 };

/* X25519. A shared secret of zeros is refused. */
int mesh_x25519(uint8_t shared[MESH_KEY], const uint8_t secret[MESH_KEY], const uint8_t theirs[MESH_KEY]);
int mesh_x25519_public(uint8_t own[MESH_KEY], const uint8_t secret[MESH_KEY]);

/* SHA-512 of two parts, either of which may be empty; HMAC-SHA-512 likewise; the output may lie over an input. */
void mesh_sha512(uint8_t out[MESH_HASH], const uint8_t *one, size_t one_length, const uint8_t *two, size_t two_length);
void mesh_hmac(uint8_t out[MESH_HASH], const uint8_t *key, size_t key_length, const uint8_t *one, size_t one_length, const uint8_t *two,
               size_t two_length);

/* ChaCha20-Poly1305 with the nonce of Noise. `sealed` has MESH_TAG octets more than `plain`; both may be one buffer. */
void mesh_seal(uint8_t *sealed, const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *plain,
               size_t length);
int mesh_open(uint8_t *plain, const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *sealed,
              size_t sealed_length);

/* Whether it would open; nothing is written. */
int mesh_check(const uint8_t key[MESH_KEY], uint64_t counter, const uint8_t *data, size_t data_length, const uint8_t *sealed, size_t sealed_length);

/* HKDF-SHA-512 without salt, 32 octets; labelled MAC over fields (docs/device-link.md, head of the page). */
void mesh_hkdf(uint8_t out[MESH_KEY], const uint8_t *key, size_t key_length, const uint8_t *info, size_t length);
struct mesh_part {
  const uint8_t *octets;
  size_t length;
};
void mesh_labelled_mac(uint8_t out[MESH_HASH], const uint8_t key[MESH_KEY], const char *label, const struct mesh_part *fields, int count);

/* True when equal, in a time that does not tell where they differ. */
int mesh_equal(const uint8_t *one, const uint8_t *other, size_t length);

/* A hail (12 octets) under a key, from a nonce of 4 random octets. */
void mesh_hail(uint8_t hail[12], const uint8_t key[MESH_KEY], const uint8_t nonce[4]);

void mesh_wipe(void *secret, size_t length);

/* A function that keeps its own room on the stack, off the stack of what its caller calls later. */
#ifdef __GNUC__
#define MESH_APART __attribute__((noinline))
#else
#define MESH_APART
#endif

/* What calls that have returned left on the stack: called where it is not deep: after each packet and each poll. */
#ifndef MESH_STACK
#define MESH_STACK 6144
#endif
void mesh_wipe_stack(void);

#endif
