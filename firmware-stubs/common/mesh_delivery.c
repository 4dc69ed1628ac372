/* The checks of what an owner delivers, in the order of docs/device-link.md §9.3. */
#include "mesh_envelope.h"
#include "mesh_owner.h"

#include <string.h>

enum { EPOCHS = 8, MOST_CLASSES = 16, MOST_OF_SPLIT = 64 };

static int refuse(struct mesh_refusal *why, const char *code, const char *text) {
  why->code = code;
  why->text = text;
  return MESH_REFUSED;
}

static size_t put_name(uint8_t *out, const char *name) {
  size_t length = strlen(name);
  out[0] = (uint8_t)(length >> 8);
  out[1] = (uint8_t)length;
  memcpy(out + 2, name, length);
  return 2 + length;
}

size_t mesh_seal_prologue(uint8_t prologue[MESH_PROLOGUE], const char *kind, const char *device, const char *hub, uint32_t epoch) {
  static const char head[] = "mmm/hub/seal/1";
  size_t at = sizeof head - 1;
  memcpy(prologue, head, at);
  at += put_name(prologue + at, kind);
  at += put_name(prologue + at, device);
  at += put_name(prologue + at, hub);
  for (int octet = 0; octet < 4; octet++) prologue[at++] = (uint8_t)(epoch >> (24 - 8 * octet));
  return at;
}

/* Opens what was sealed to the fresh link key, in one of the epochs it may be of: the hub's, or the stored one and those after it. */
static MESH_APART int unseal(const char *kind, const struct mesh_context *context, uint8_t *sealed, size_t length, struct mesh_reader *value) {
  uint8_t prologue[MESH_PROLOGUE], own[MESH_KEY], shared[MESH_KEY];
  int status = MESH_REFUSED;
  if (length < MESH_KEY + MESH_TAG || mesh_x25519_public(own, context->fresh->link) != MESH_OK) return MESH_REFUSED;
  if (mesh_x25519(shared, context->fresh->link, sealed) != MESH_OK) return MESH_REFUSED;
  for (uint32_t trial = 0; trial <= EPOCHS && status != MESH_OK; trial++) {
    uint32_t epoch = trial == 0 ? context->selected->epoch : context->epoch + trial - 1;
    size_t prologue_length = mesh_seal_prologue(prologue, kind, context->base->udf, context->selected->hub_udf, epoch);
    status = mesh_noise_unseal(own, shared, prologue, prologue_length, sealed, length);
  }
  mesh_wipe(shared, sizeof shared);
  value->at = sealed + MESH_KEY;
  value->end = sealed + length - MESH_TAG;
  return status;
}

/* The owner's key: the pinned one, or the one inside when she proves to know the code. */
static MESH_APART int find_owner(const struct mesh_context *context, struct mesh_reader respond, const char *account, uint8_t administrator[MESH_POINT],
                      struct mesh_refusal *why) {
  char address[128], udf[MESH_UDF + 1];
  uint8_t full[MESH_HASH], mac[MESH_HASH], stated[MESH_HASH];
  if (context->lock->pinned) {
    if (strcmp(context->lock->account, account) != 0) return refuse(why, "ERR_OWNED", "the device is locked to another owner");
    memcpy(administrator, context->lock->administrator, MESH_POINT);
    return MESH_OK;
  }
  if (!mesh_member_key(respond, "AdministratorSignature25519", MESH_ED25519, administrator) ||
      !mesh_member_text(respond, "AccountAddress", address, sizeof address) ||
      !mesh_member_data(respond, "OwnerAuthenticate", stated, sizeof stated))
    return refuse(why, "ERR_SCHEMA", "RespondDevice lacks a member");
  mesh_fingerprint(MESH_ED25519, administrator, udf, full);
  const struct mesh_part fields[] = {
      {(const uint8_t *)address, strlen(address)}, {(const uint8_t *)account, strlen(account)}, {full, sizeof full}};
  mesh_labelled_mac(mac, context->kd, "mmm/hub/owner", fields, 3);
  return mesh_equal(mac, stated, sizeof mac) ? MESH_OK : refuse(why, "ERR_VERIFICATION", "OwnerAuthenticate did not verify");
}

/* Verified by the owner's key, or by the one that she names as her next. */
static bool by_either(struct mesh_reader respond, const char *name, const char *tag, const uint8_t *administrator, const uint8_t *after,
                      struct mesh_reader *object, uint8_t digest[MESH_HASH]) {
  struct mesh_reader value;
  if (!mesh_member(respond, name, &value)) return false;
  return mesh_verify_envelope(value, administrator, tag, object, digest) || (after != NULL && mesh_verify_envelope(value, after, tag, object, digest));
}

static bool member_is(struct mesh_reader object, const char *name, const char *text) {
  char found[MESH_UDF + 1];
  return mesh_member_text(object, name, found, sizeof found) && strcmp(found, text) == 0;
}

/* A list of keys holds this one. */
static bool lists_key(struct mesh_reader object, const char *name, enum mesh_curve curve, const uint8_t key[32]) {
  struct mesh_reader list;
  uint8_t found[32];
  if (!mesh_member(object, name, &list) || mesh_read(&list).kind != MESH_LIST) return false;
  for (;;) {
    struct mesh_reader item = list;
    struct mesh_token token = mesh_read(&list);
    if (token.kind != MESH_OBJECT) return false;
    if (mesh_read_key(item, curve, found) && memcmp(found, key, 32) == 0) return true;
    if (!mesh_skip(&list, token)) return false;
  }
}

static bool lists_text(struct mesh_reader object, const char *name, const char *text) {
  struct mesh_reader list;
  if (!mesh_member(object, name, &list) || mesh_read(&list).kind != MESH_LIST) return false;
  for (;;) {
    struct mesh_token token = mesh_read(&list);
    if (token.kind != MESH_TEXT) return false;
    if (mesh_is(token, text)) return true;
  }
}

/* Letters and digits alone count in the name of a class. */
static bool is_class(struct mesh_token named, const char *name) {
  size_t at = 0;
  if (named.kind != MESH_TEXT) return false;
  for (; at <= named.length; at++) {
    uint8_t letter = at < named.length ? named.octets[at] : 0;
    if (letter == ' ' || letter == '-' || letter == '_') continue;
    if (letter >= 'A' && letter <= 'Z') letter = (uint8_t)(letter + 'a' - 'A');
    while (*name == '-') name++;
    if (letter != (uint8_t)*name) return false;
    if (letter == 0) return at == named.length;
    name++;
  }
  return false;
}

static bool lists_class(struct mesh_reader object, const char *name) {
  struct mesh_reader list;
  if (!mesh_member(object, "Classes", &list) || mesh_read(&list).kind != MESH_LIST) return false;
  for (int classes = 0; classes < MOST_CLASSES; classes++) {
    struct mesh_token token = mesh_read(&list);
    if (token.kind != MESH_TEXT) return false;
    if (is_class(token, name)) return true;
  }
  return false;
}

static bool same_text(struct mesh_reader one, const char *name, struct mesh_reader other, const char *other_name) {
  char text[MESH_NAME];
  struct mesh_reader value;
  return mesh_member_text(one, name, text, sizeof text) && mesh_member(other, other_name, &value) && mesh_is(mesh_read(&value), text);
}

static bool digest_is(struct mesh_reader object, const char *name, const uint8_t digest[MESH_HASH]) {
  uint8_t stated[MESH_HASH];
  return mesh_member_data(object, name, stated, sizeof stated) && memcmp(stated, digest, sizeof stated) == 0;
}

/*
 * Limits that the owner has signed, and a connection within them that the key of both halves has signed: what vouches for a delivery without the
 * administrators' signature (docs/extensions.md §16). `given` is the RespondSplit, `respond` its RespondDevice.
 */
static MESH_APART int check_split(const struct mesh_context *context, struct mesh_reader given, struct mesh_token octets, struct mesh_reader respond,
                       const uint8_t administrator[MESH_POINT], const uint8_t connection_digest[MESH_HASH], struct mesh_reader device,
                       struct mesh_refusal *why) {
  struct mesh_reader value, split, connection, roles;
  uint8_t digest[MESH_HASH], key[MESH_POINT];
  uint32_t serial, count, epoch, stated;
  if (!mesh_member(given, "EnvelopedAdministratorSplit", &value) || !mesh_verify_envelope(value, administrator, "AdministratorSplit", &split, digest) ||
      !mesh_member_key(split, "Key", MESH_ED25519, key) || !mesh_member(given, "EnvelopedSplitConnection", &value) ||
      !mesh_verify_envelope(value, key, "SplitConnection", &connection, digest))
    return refuse(why, "ERR_VERIFICATION", "the split did not verify");
  bool within = same_text(connection, "SplitId", split, "Id") && same_text(connection, "AccountUdf", split, "AccountUdf") &&
                same_text(connection, "HubUdf", split, "HubUdf") && mesh_member_u32(connection, "Serial", &serial) &&
                mesh_member_u32(split, "Count", &count) && serial >= 1 && serial <= count && serial <= MOST_OF_SPLIT;
  if (!within || context->harmful || !lists_class(split, context->class_name))
    return refuse(why, "ERR_NOT_AUTHORIZED", "the split does not connect this device: an administration device has to");
  mesh_sha512(digest, octets.octets, octets.length, NULL, 0);
  bool agrees = same_text(split, "AccountUdf", respond, "AccountUdf") && member_is(connection, "DeviceUdf", context->base->udf) &&
                mesh_member(connection, "Class", &value) && is_class(mesh_read(&value), context->class_name) &&
                same_text(connection, "HubUdf", respond, "HubUdf") && mesh_member_u32(connection, "DealEpoch", &epoch) &&
                mesh_member_u32(respond, "DealEpoch", &stated) && epoch == stated && digest_is(connection, "RespondDigest", digest) &&
                digest_is(connection, "ConnectionDigest", connection_digest) && !mesh_member(respond, "NewAdministrator", &value) &&
                mesh_member(device, "Roles", &roles) && mesh_read(&roles).kind == MESH_LIST && mesh_read(&roles).kind == MESH_END;
  return agrees ? MESH_OK : refuse(why, "ERR_VERIFICATION", "the split did not verify");
}

/* A connection that something else vouches for. */
static MESH_APART bool vouched(struct mesh_reader respond, const char *name, const char *tag, struct mesh_reader *object, uint8_t digest[MESH_HASH]) {
  struct mesh_reader value;
  struct mesh_token body;
  if (!mesh_member(respond, name, &value) || !mesh_read_body(value, &body)) return false;
  mesh_sha512(digest, body.octets, body.length, NULL, 0);
  return mesh_tagged((struct mesh_reader){body.octets, body.octets + body.length}, tag, object);
}

/* No data inside is a scalar whose point is one of these. */
static MESH_APART bool holds(struct mesh_reader value, const uint8_t missing[2][MESH_POINT]) {
  uint8_t point[MESH_POINT];
  int depth = 0;
  do {
    struct mesh_token token = mesh_read(&value);
    if (token.kind == MESH_DAMAGED) return true;
    if (token.kind == MESH_OBJECT || token.kind == MESH_LIST) depth++;
    if (token.kind == MESH_END) depth--;
    if (token.kind == MESH_DATA && token.length == 32 && mesh_point_of(point, token.octets) == MESH_OK &&
        (memcmp(point, missing[0], 32) == 0 || memcmp(point, missing[1], 32) == 0))
      return true;
  } while (depth > 0);
  return false;
}

/* (base + f + share).B is the part, and is not all of the key; `missing` is what the hub has to hold. */
static MESH_APART bool check_share(struct mesh_reader respond, struct mesh_reader device, const char *use, const char *share, const char *part,
                        const uint8_t base[MESH_SCALAR], const uint8_t fresh[MESH_SCALAR], uint8_t out[MESH_SCALAR], uint8_t whole[MESH_POINT],
                        uint8_t missing[MESH_POINT]) {
  uint8_t own[MESH_SCALAR], total[MESH_SCALAR], point[MESH_POINT], stated[MESH_POINT];
  bool right = mesh_member_data(respond, share, out, MESH_SCALAR) && mesh_member_data(respond, part, stated, sizeof stated) &&
               mesh_member_key(device, use, MESH_ED25519, whole);
  mesh_scalar_add(own, base, fresh);
  if (right) mesh_scalar_add(total, own, out);
  right = right && mesh_point_of(point, total) == MESH_OK && memcmp(point, stated, 32) == 0 && memcmp(point, whole, 32) != 0;
  right = right && mesh_point_of(point, own) == MESH_OK && mesh_point_subtract(missing, whole, point) == MESH_OK;
  mesh_wipe(own, sizeof own);
  mesh_wipe(total, sizeof total);
  return right;
}

int mesh_open_delivery(struct mesh_connection *connection, const struct mesh_context *context, uint8_t *sealed, size_t length, struct mesh_refusal *why) {
  struct mesh_reader value, respond, device, hub, split;
  struct mesh_token body;
  uint8_t administrator[MESH_POINT], after[MESH_POINT], own[MESH_KEY], digest[MESH_HASH], missing[2][MESH_POINT];
  bool renewed;
  memset(connection, 0, sizeof *connection);
  mesh_sha512(connection->delivery_digest, sealed, length, NULL, 0);
  if (unseal("RespondDevice", context, sealed, length, &value) != MESH_OK) return refuse(why, "ERR_VERIFICATION", "RespondDevice did not verify");
  if (!mesh_read_body(value, &body)) return refuse(why, "ERR_SCHEMA", "RespondDevice is no envelope");
  if (mesh_tagged((struct mesh_reader){body.octets, body.octets + body.length}, "RespondSplit", &split)) {
    struct mesh_reader inner;
    connection->by_split = 1;
    if (context->lock->pinned) return refuse(why, "ERR_OWNED", "a split connects no device that has an owner");
    if (!mesh_member(split, "Respond", &inner)) return refuse(why, "ERR_SCHEMA", "no Respond");
    body = mesh_read(&inner);
    if (body.kind != MESH_DATA) return refuse(why, "ERR_SCHEMA", "no Respond");
  }
  if (!mesh_tagged((struct mesh_reader){body.octets, body.octets + body.length}, "RespondDevice", &respond))
    return refuse(why, "ERR_SCHEMA", "no RespondDevice");
  if (!mesh_member_text(respond, "AccountUdf", connection->account, sizeof connection->account)) return refuse(why, "ERR_SCHEMA", "no AccountUdf");
  if (find_owner(context, respond, connection->account, administrator, why) != MESH_OK) return MESH_REFUSED;
  if (!connection->by_split && !mesh_verify_envelope(value, administrator, "RespondDevice", &respond, digest)) return refuse(why, "ERR_VERIFICATION", "RespondDevice did not verify");

  if (!member_is(respond, "DeviceUdf", context->base->udf) || !member_is(respond, "HubUdf", context->selected->hub_udf))
    return refuse(why, "ERR_VERIFICATION", "RespondDevice is for another device or hub");
  strcpy(connection->hub, context->selected->hub_udf);
  if (!mesh_member_u32(respond, "DealEpoch", &connection->epoch) || connection->epoch <= context->epoch)
    return refuse(why, "ERR_REPLAY", "the epoch is not above the stored one");
  if (!mesh_member_data(respond, "LinkRoot", connection->link_root, sizeof connection->link_root)) return refuse(why, "ERR_SCHEMA", "no LinkRoot");
  renewed = mesh_member_key(respond, "NewAdministrator", MESH_ED25519, after);
  if (context->link_root != NULL && !renewed && !mesh_equal(context->link_root, connection->link_root, 32))
    return refuse(why, "ERR_VERIFICATION", "LinkRoot is another one");

  if (connection->by_split) {
    if (!vouched(respond, "EnvelopedConnectionDevice", "ConnectionDevice", &device, connection->connection_digest) ||
        !vouched(respond, "EnvelopedConnectionHub", "ConnectionHub", &hub, digest))
      return refuse(why, "ERR_VERIFICATION", "a connection did not verify");
    if (check_split(context, split, body, respond, administrator, connection->connection_digest, device, why) != MESH_OK) return MESH_REFUSED;
  } else if (!by_either(respond, "EnvelopedConnectionDevice", "ConnectionDevice", administrator, renewed ? after : NULL, &device, connection->connection_digest) ||
      !by_either(respond, "EnvelopedConnectionHub", "ConnectionHub", administrator, renewed ? after : NULL, &hub, digest))
    return refuse(why, "ERR_VERIFICATION", "a connection did not verify");
  if (mesh_x25519_public(own, context->fresh->link) != MESH_OK || !member_is(device, "Subject", context->base->udf) ||
      !member_is(device, "Authority", connection->account) || !lists_key(device, "Link", MESH_X25519, own))
    return refuse(why, "ERR_VERIFICATION", "ConnectionDevice is another device's");
  uint32_t epoch;
  if (!member_is(hub, "Subject", connection->hub) || !member_is(hub, "Authority", connection->account) || !mesh_member_u32(hub, "DealEpoch", &epoch) ||
      epoch != connection->epoch || !lists_text(hub, "DeviceUdf", context->base->udf) || !lists_key(hub, "LinkKeys", MESH_X25519, context->hub))
    return refuse(why, "ERR_VERIFICATION", "ConnectionHub is another hub's");
  memcpy(connection->hub_key, context->hub, MESH_KEY);

  if (!check_share(respond, device, "Encryption", "EncryptShare", "PartialEncryption", context->base->encryption, context->fresh->encryption,
                   connection->encrypt_share, connection->encryption, missing[0]) ||
      !check_share(respond, device, "Signature", "SignatureShare", "PartialSignature", context->base->signature, context->fresh->signature,
                   connection->signature_share, connection->signature, missing[1]))
    return refuse(why, "ERR_VERIFICATION", "a share did not verify");
  if (holds((struct mesh_reader){body.octets, body.octets + body.length}, (const uint8_t(*)[MESH_POINT])missing))
    return refuse(why, "ERR_VERIFICATION", "the delivery holds the whole activation");
  mesh_member_text(respond, "ClaimMessageId", connection->claim, sizeof connection->claim);
  memcpy(connection->administrator, renewed ? after : administrator, MESH_POINT);
  connection->there = 1;
  return MESH_OK;
}

int mesh_open_order(const char *kind, const struct mesh_context *context, uint8_t *sealed, size_t length, struct mesh_reader *order,
                    struct mesh_refusal *why) {
  struct mesh_reader value;
  uint8_t digest[MESH_HASH];
  uint32_t epoch;
  if (!context->lock->pinned) return refuse(why, "ERR_NOT_AUTHORIZED", "the device has no owner who could order that");
  if (!context->fresh->there || unseal(kind, context, sealed, length, &value) != MESH_OK ||
      !mesh_verify_envelope(value, context->lock->administrator, kind, order, digest))
    return refuse(why, "ERR_VERIFICATION", "the order did not verify");
  if (!member_is(*order, "DeviceUdf", context->base->udf)) return refuse(why, "ERR_VERIFICATION", "the order is for another device");
  if (!mesh_member_u32(*order, "DealEpoch", &epoch) || epoch < context->lock->epoch) return refuse(why, "ERR_REPLAY", "the order is of an earlier connection");
  return MESH_OK;
}
