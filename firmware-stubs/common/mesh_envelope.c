#include "mesh_envelope.h"

#include <string.h>

static const char *name_of(enum mesh_curve curve) {
  return curve == MESH_ED25519 ? "Ed25519" : "X25519";
}

void mesh_write_key(struct mesh_writer *writer, enum mesh_curve curve, const uint8_t key[32]) {
  char udf[MESH_UDF + 1];
  uint8_t full[MESH_HASH];
  mesh_fingerprint(curve, key, udf, full);
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "Udf");
  mesh_write_text(writer, udf);
  mesh_write_text(writer, "PublicParameters");
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "PublicKeyECDH");
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "crv");
  mesh_write_text(writer, name_of(curve));
  mesh_write_text(writer, "Public");
  mesh_write_octets(writer, MESH_DATA, key, 32);
  for (int level = 0; level < 3; level++) mesh_write_octet(writer, '}');
}

bool mesh_read_key(struct mesh_reader value, enum mesh_curve curve, uint8_t key[32]) {
  char named[8];
  struct mesh_reader parameters, inner;
  if (mesh_read(&value).kind != MESH_OBJECT || !mesh_member(value, "PublicParameters", &parameters)) return false;
  if (!mesh_tagged(parameters, "PublicKeyECDH", &inner)) return false;
  return mesh_member_text(inner, "crv", named, sizeof named) && strcmp(named, name_of(curve)) == 0 && mesh_member_data(inner, "Public", key, 32);
}

bool mesh_member_key(struct mesh_reader object, const char *name, enum mesh_curve curve, uint8_t key[32]) {
  struct mesh_reader value;
  return mesh_member(object, name, &value) && mesh_read_key(value, curve, key);
}

void mesh_write_envelope(struct mesh_writer *writer, const char *meta, const uint8_t *body, size_t length, const uint8_t seed[32]) {
  uint8_t digest[MESH_HASH], signature[MESH_SIGNATURE], scalar[MESH_SCALAR], own[MESH_POINT], full[MESH_HASH];
  char udf[MESH_UDF + 1];
  mesh_sha512(digest, body, length, NULL, 0);
  mesh_scalar_of_seed(scalar, seed);
  if (mesh_point_of(own, scalar) != MESH_OK || mesh_sign(signature, seed, digest) != MESH_OK) writer->full = true;
  mesh_wipe(scalar, sizeof scalar);
  mesh_fingerprint(MESH_ED25519, own, udf, full);
  mesh_write_octet(writer, '[');
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "dig");
  mesh_write_text(writer, "S512");
  mesh_write_text(writer, "ContentMetaData");
  mesh_write_text(writer, meta);
  mesh_write_octet(writer, '}');
  mesh_write_octets(writer, MESH_DATA, body, length);
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "signatures");
  mesh_write_octet(writer, '[');
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "alg");
  mesh_write_text(writer, "S512");
  mesh_write_text(writer, "kid");
  mesh_write_text(writer, udf);
  mesh_write_text(writer, "signature");
  mesh_write_octets(writer, MESH_DATA, signature, sizeof signature);
  mesh_write_octet(writer, '}');
  mesh_write_octet(writer, ']');
  mesh_write_text(writer, "PayloadDigest");
  mesh_write_octets(writer, MESH_DATA, digest, sizeof digest);
  mesh_write_octet(writer, '}');
  mesh_write_octet(writer, ']');
}

/* Up to the body; `rest` is behind it. */
static bool read_head(struct mesh_reader value, struct mesh_token *body, struct mesh_reader *rest) {
  struct mesh_reader all = value;
  if (!mesh_sound(&all) || mesh_read(&value).kind != MESH_LIST || !mesh_skip(&value, mesh_read(&value))) return false;
  *body = mesh_read(&value);
  *rest = value;
  return body->kind == MESH_DATA;
}

bool mesh_read_body(struct mesh_reader value, struct mesh_token *body) {
  struct mesh_reader rest;
  return read_head(value, body, &rest);
}

/* The signature under a key, by its name. */
static bool find_signature(struct mesh_reader trailer, const uint8_t key[MESH_POINT], uint8_t signature[MESH_SIGNATURE]) {
  char udf[MESH_UDF + 1], kid[MESH_UDF + 1];
  uint8_t full[MESH_HASH];
  struct mesh_reader list;
  mesh_fingerprint(MESH_ED25519, key, udf, full);
  if (!mesh_member(trailer, "signatures", &list) || mesh_read(&list).kind != MESH_LIST) return false;
  for (;;) {
    struct mesh_token item = mesh_read(&list);
    if (item.kind != MESH_OBJECT) return false;
    if (mesh_member_text(list, "kid", kid, sizeof kid) && strcmp(kid, udf) == 0) return mesh_member_data(list, "signature", signature, MESH_SIGNATURE);
    if (!mesh_skip(&list, item)) return false;
  }
}

/* Body, its digest, and the signature that the key has to have made; not verified yet. */
static MESH_APART bool read_signed(struct mesh_reader value, const uint8_t key[MESH_POINT], struct mesh_token *body, uint8_t digest[MESH_HASH],
                                   uint8_t signature[MESH_SIGNATURE]) {
  struct mesh_reader trailer;
  uint8_t stated[MESH_HASH];
  if (!read_head(value, body, &trailer) || mesh_read(&trailer).kind != MESH_OBJECT || !mesh_member_data(trailer, "PayloadDigest", stated, sizeof stated)) return false;
  mesh_sha512(digest, body->octets, body->length, NULL, 0);
  return memcmp(stated, digest, sizeof stated) == 0 && find_signature(trailer, key, signature);
}

bool mesh_verify_envelope(struct mesh_reader value, const uint8_t key[MESH_POINT], const char *tag, struct mesh_reader *object,
                            uint8_t digest[MESH_HASH]) {
  struct mesh_token body;
  uint8_t signature[MESH_SIGNATURE];
  if (!read_signed(value, key, &body, digest, signature) || mesh_verify(key, digest, signature) != MESH_OK) return false;
  return mesh_tagged((struct mesh_reader){body.octets, body.octets + body.length}, tag, object);
}
