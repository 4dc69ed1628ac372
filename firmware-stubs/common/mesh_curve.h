/* mesh_curve: Ed25519 as the owner's objects use it: points, scalars, Ed25519ctx with an empty context, fingerprints. docs/device-link.md §7.1, §9.1. */
#ifndef MESH_CURVE_H
#define MESH_CURVE_H

#include "mesh_crypto.h"

#include <stdbool.h>

enum { MESH_POINT = 32, MESH_SCALAR = 32, MESH_SIGNATURE = 64, MESH_UDF = 34 /* characters of a fingerprint */ };
enum mesh_curve { MESH_ED25519, MESH_X25519 };

/* scalar.B; refused for zero. */
int mesh_point_of(uint8_t point[MESH_POINT], const uint8_t scalar[MESH_SCALAR]);
int mesh_point_subtract(uint8_t out[MESH_POINT], const uint8_t from[MESH_POINT], const uint8_t what[MESH_POINT]);
void mesh_scalar_add(uint8_t out[MESH_SCALAR], const uint8_t one[MESH_SCALAR], const uint8_t other[MESH_SCALAR]);
void mesh_scalar_reduce(uint8_t out[MESH_SCALAR], const uint8_t wide[64]);

/* The scalar of a seed (RFC 8032), modulo the order. */
void mesh_scalar_of_seed(uint8_t scalar[MESH_SCALAR], const uint8_t seed[32]);

/* Over a digest of 64 octets, which is the message. */
int mesh_sign(uint8_t signature[MESH_SIGNATURE], const uint8_t seed[32], const uint8_t digest[MESH_HASH]);
int mesh_verify(const uint8_t public_key[MESH_POINT], const uint8_t digest[MESH_HASH], const uint8_t signature[MESH_SIGNATURE]);

/*
 * Keys in two halves, docs/device-link.md §7.1. Points of others are refused when they do not decode, or are of small order, and so are sums.
 * mesh_agree: share.P, where a part of small order that P may have disappears. mesh_agree_both: the sum of both halves' answers.
 */
int mesh_agree(uint8_t out[MESH_POINT], const uint8_t share[MESH_SCALAR], const uint8_t point[MESH_POINT]);
int mesh_agree_both(uint8_t out[MESH_POINT], const uint8_t theirs[MESH_POINT], const uint8_t own[MESH_POINT]);

/* A point as X25519 has it, u = (1 + y) / (1 - y); and the point of a u that has an even x, in a time that tells u. */
int mesh_x25519_of_point(uint8_t u[MESH_KEY], const uint8_t point[MESH_POINT]);
void mesh_point_of_x25519(uint8_t point[MESH_POINT], const uint8_t u[MESH_KEY]);

/*
 * The last signer's part of a signature under `whole`: R with its own commitment in it, and r + k.share. The nonce is hashed from the share, `drawn` octets
 * and all that is signed, and is for one call; it is wiped.
 */
void mesh_part_nonce(uint8_t nonce[MESH_SCALAR], const uint8_t share[MESH_SCALAR], const uint8_t drawn[32], const uint8_t whole[MESH_POINT],
                     const uint8_t commitment[MESH_POINT], const uint8_t digest[MESH_HASH]);
int mesh_sign_part(uint8_t signature[MESH_SIGNATURE], const uint8_t share[MESH_SCALAR], uint8_t nonce[MESH_SCALAR], const uint8_t whole[MESH_POINT],
                   const uint8_t commitment[MESH_POINT], const uint8_t digest[MESH_HASH]);

/* Udf as text, and F. */
void mesh_fingerprint(enum mesh_curve curve, const uint8_t key[32], char udf[MESH_UDF + 1], uint8_t full[MESH_HASH]);

#endif
