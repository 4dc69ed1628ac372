#include "mesh_owner.h"

#include "mesh_envelope.h"

#include <string.h>

static const uint8_t *octets_of(const char *text) {
  return (const uint8_t *)text;
}

/* Base32 of RFC 4648, dashes passed over; how many octets. */
static size_t from_base32(const char *text, uint8_t *out, size_t room) {
  uint32_t bits = 0;
  size_t length = 0;
  int have = 0;
  for (; *text != 0 && length < room; text++) {
    if (*text == '-') continue;
    bits = bits << 5 | (uint32_t)(*text >= 'A' && *text <= 'Z' ? *text - 'A' : *text >= '2' && *text <= '7' ? *text - '2' + 26 : 0);
    have += 5;
    if (have >= 8) out[length++] = (uint8_t)(bits >> (have -= 8));
  }
  return length;
}

int mesh_base_of(struct mesh_base *base, const char *seed) {
  static const char *const names[] = {"BaseDeviceProfile", "BaseDeviceEncrypt", "BaseDeviceSign", "BaseDeviceLink25519"};
  uint8_t data[40], info[32], key[4][MESH_KEY], scalar[MESH_SCALAR], point[MESH_POINT], full[MESH_HASH];
  size_t length = from_base32(seed, data, sizeof data);
  if (length < 19) return MESH_REFUSED;
  for (int at = 0; at < 4; at++) {
    size_t name = strlen(names[at]);
    memcpy(info, data + 1, 2);
    memcpy(info + 2, names[at], name);
    mesh_hkdf(key[at], data + 1, length - 1, info, 2 + name);
  }
  mesh_scalar_of_seed(scalar, key[0]);
  int status = mesh_point_of(point, scalar);
  mesh_fingerprint(MESH_ED25519, point, base->udf, full);
  mesh_scalar_of_seed(base->encryption, key[1]);
  mesh_scalar_of_seed(base->signature, key[2]);
  memcpy(base->sign_seed, key[2], 32);
  memcpy(base->link, key[3], MESH_KEY);
  mesh_wipe(key, sizeof key);
  mesh_wipe(scalar, sizeof scalar);
  mesh_wipe(data, sizeof data);
  return status;
}

void mesh_write_contribution(struct mesh_writer *writer, const struct mesh_base *base, const struct mesh_fresh *fresh, uint32_t epoch, bool present) {
  static const char meta[] = "eyJNZXNzYWdlVHlwZSI6IkRldmljZUNvbnRyaWJ1dGlvbiIsImN0eSI6ImFwcGxpY2F0aW9uL21tbS9vYmplY3QifQ";
  uint8_t octets[640], envelope[1024], key[32];
  struct mesh_writer body = {.octets = octets, .room = sizeof octets}, whole = {.octets = envelope, .room = sizeof envelope};
  mesh_write_octet(&body, '{');
  mesh_write_text(&body, "DeviceContribution");
  mesh_write_octet(&body, '{');
  mesh_write_text(&body, "DealEpoch");
  mesh_write_integer(&body, epoch);
  mesh_write_text(&body, "Encryption");
  if (mesh_point_of(key, fresh->encryption) != MESH_OK) body.full = true;
  mesh_write_key(&body, MESH_ED25519, key);
  mesh_write_text(&body, "Signature");
  if (mesh_point_of(key, fresh->signature) != MESH_OK) body.full = true;
  mesh_write_key(&body, MESH_ED25519, key);
  mesh_write_text(&body, "Link25519");
  if (mesh_x25519_public(key, fresh->link) != MESH_OK) body.full = true;
  mesh_write_key(&body, MESH_X25519, key);
  mesh_write_text(&body, "Presence");
  mesh_write_boolean(&body, present);
  mesh_write_octet(&body, '}');
  mesh_write_octet(&body, '}');
  mesh_write_envelope(&whole, meta, octets, body.length, base->sign_seed);
  if (body.full || whole.full) writer->full = true;
  mesh_write_octets(writer, MESH_DATA, envelope, whole.length);
}

static void write_claim(struct mesh_writer *writer, const struct mesh_base *base, const struct mesh_connection *connection, const char *publication) {
  static const char meta[] = "eyJNZXNzYWdlVHlwZSI6IkNsYWltQ29uZmlybSIsImN0eSI6ImFwcGxpY2F0aW9uL21tbS9vYmplY3QifQ";
  uint8_t octets[256];
  struct mesh_writer body = {.octets = octets, .room = sizeof octets};
  mesh_write_octet(&body, '{');
  mesh_write_text(&body, "ClaimConfirm");
  mesh_write_octet(&body, '{');
  mesh_write_text(&body, "PublicationId");
  mesh_write_text(&body, publication);
  mesh_write_text(&body, "AccountUdf");
  mesh_write_text(&body, connection->account);
  mesh_write_text(&body, "MessageId");
  mesh_write_text(&body, connection->claim);
  mesh_write_octet(&body, '}');
  mesh_write_octet(&body, '}');
  if (body.full) writer->full = true;
  mesh_write_envelope(writer, meta, octets, body.length, base->sign_seed);
}

void mesh_write_acceptance(struct mesh_writer *writer, const struct mesh_base *base, const struct mesh_connection *connection, const char *publication) {
  const uint8_t epoch[4] = {(uint8_t)(connection->epoch >> 24), (uint8_t)(connection->epoch >> 16), (uint8_t)(connection->epoch >> 8),
                            (uint8_t)connection->epoch};
  const struct mesh_part fields[] = {{octets_of(base->udf), strlen(base->udf)},
                                     {octets_of(connection->account), strlen(connection->account)},
                                     {octets_of(connection->hub), strlen(connection->hub)},
                                     {epoch, sizeof epoch},
                                     {connection->connection_digest, MESH_HASH}};
  uint8_t key[MESH_KEY], mac[MESH_HASH];
  mesh_hkdf(key, connection->link_root, sizeof connection->link_root, octets_of("mmm/hub/accept"), 14);
  mesh_labelled_mac(mac, key, "mmm/hub/accept", fields, 5);
  mesh_wipe(key, sizeof key);
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "AcceptConnection");
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "DeviceUdf");
  mesh_write_text(writer, base->udf);
  mesh_write_text(writer, "AccountUdf");
  mesh_write_text(writer, connection->account);
  mesh_write_text(writer, "HubUdf");
  mesh_write_text(writer, connection->hub);
  mesh_write_text(writer, "DealEpoch");
  mesh_write_integer(writer, connection->epoch);
  mesh_write_text(writer, "ConnectionDigest");
  mesh_write_octets(writer, MESH_DATA, connection->connection_digest, MESH_HASH);
  mesh_write_text(writer, "Mac");
  mesh_write_octets(writer, MESH_DATA, mac, sizeof mac);
  if (connection->claim[0] != 0) {
    mesh_write_text(writer, "EnvelopedClaimConfirm");
    write_claim(writer, base, connection, publication);
  }
  mesh_write_octet(writer, '}');
  mesh_write_octet(writer, '}');
}
