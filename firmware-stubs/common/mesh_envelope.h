/* mesh_envelope: signed envelopes and the keys in them, read where they lie and written in JSON-B. docs/device-link.md §9.1. */
#ifndef MESH_ENVELOPE_H
#define MESH_ENVELOPE_H

#include "mesh_curve.h"
#include "mesh_jsonb.h"

/* KeyData of a curve, written; and read from where its value, or the member that holds it, is. */
void mesh_write_key(struct mesh_writer *writer, enum mesh_curve curve, const uint8_t key[32]);
bool mesh_read_key(struct mesh_reader value, enum mesh_curve curve, uint8_t key[32]);
bool mesh_member_key(struct mesh_reader object, const char *name, enum mesh_curve curve, uint8_t key[32]);

/* `meta` is base64url({"MessageType":T,"cty":"application/mmm/object"}) of the body's type tag T. */
void mesh_write_envelope(struct mesh_writer *writer, const char *meta, const uint8_t *body, size_t length, const uint8_t seed[32]);

/* The body, which has to be data. Nothing is verified. */
bool mesh_read_body(struct mesh_reader value, struct mesh_token *body);

/* True when this key has signed it and its body has this tag; `object` is behind the { of the members, `digest` that of the body. */
bool mesh_verify_envelope(struct mesh_reader value, const uint8_t key[MESH_POINT], const char *tag, struct mesh_reader *object,
                          uint8_t digest[MESH_HASH]);

#endif
