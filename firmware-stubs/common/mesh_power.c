#include "mesh_power.h"

#include "mesh_envelope.h"
#include "mesh_noise.h"
#include "mesh_report.h"

#include <string.h>

enum { MOST_SECONDS = 30, DEADLINE_MS = 10000, MOST_PLAIN = 2048, MOST_BODY = 896 };
enum outcome { NONE, WAITS, SIGNED, UNSIGNED };

static uint32_t now(const struct mesh_device *device) {
  return device->port->milliseconds(device->me);
}

static enum mesh_taken decline(struct mesh_refusal *why, const char *code, const char *text) {
  why->code = code;
  why->text = text;
  return MESH_DECLINED;
}

static bool is_good(const struct mesh_device *device, const struct mesh_order *order) {
  return order->good_ms > 0 && now(device) - order->given_at < order->good_ms;
}

/* What came of an order, to whoever waits for it. */
static void answer_order(struct mesh_order *order) {
  static const struct mesh_refusal unsigned_yet = {NULL, "the order was judged, and its report is not signed"};
  struct mesh_stream *asker = order->asker;
  order->asker = NULL;
  if (asker == NULL || order->outcome == NONE || order->outcome == WAITS) return;
  if (order->outcome == UNSIGNED) mesh_message_result(asker, order->asked, "Pending", &unsigned_yet);
  else if (order->why.code == NULL) mesh_message_result(asker, order->asked, "Accept", NULL);
  else mesh_message_result(asker, order->asked, "Reject", &order->why);
}

static void settle(struct mesh_order *order, enum outcome outcome) {
  if (order->outcome != WAITS) return;
  order->outcome = (uint8_t)outcome;
  answer_order(order);
}

static struct mesh_order *order_of_event(struct mesh_power *power, uint32_t sequence) {
  for (int at = 0; at < MESH_NONCES; at++)
    if (power->orders[at].outcome == WAITS && power->orders[at].sequence == sequence) return &power->orders[at];
  return NULL;
}

/* --- nonces and delegations --- */

/* Nonces of this one that are out. */
static int count_of(const struct mesh_device *device, uint32_t asked_for) {
  int count = 0;
  for (int at = 0; at < MESH_NONCES; at++)
    if (is_good(device, &device->power->orders[at]) && device->power->orders[at].asked_for == asked_for) ++count;
  return count;
}

static struct mesh_order *older(const struct mesh_device *device, struct mesh_order *one, struct mesh_order *other) {
  return one == NULL || now(device) - other->given_at > now(device) - one->given_at ? other : one;
}

/*
 * A place for the next one: of whoever has two, his oldest; else one that is over and settled; else the oldest of whoever has most of them out with
 * the next one counted, and of equals his own: he who has one already ends nobody's last.
 */
static MESH_APART struct mesh_order *place_for(struct mesh_device *device, uint32_t asked_for) {
  struct mesh_order *own = NULL, *most = NULL, *orders = device->power->orders;
  int highest = 0;
  if (asked_for != 0 && count_of(device, asked_for) >= MESH_NONCES_OF_ONE) {
    for (int at = 0; at < MESH_NONCES; at++)
      if (is_good(device, &orders[at]) && orders[at].asked_for == asked_for) own = older(device, own, &orders[at]);
    return own;
  }
  for (int at = 0; at < MESH_NONCES; at++) {
    if (!is_good(device, &orders[at]) && orders[at].outcome != WAITS) return &orders[at];
    int weight = 2 * count_of(device, orders[at].asked_for) + (orders[at].asked_for == asked_for ? 3 : 0);
    if (weight < highest) continue;
    most = weight > highest ? &orders[at] : older(device, most, &orders[at]);
    highest = weight;
  }
  return most;
}

static MESH_APART enum mesh_taken challenge(struct mesh_stream *stream, struct mesh_reader members, uint32_t id, struct mesh_refusal *why) {
  struct mesh_device *device = stream->device;
  uint32_t seconds, asked_for;
  if (!mesh_member_u32(members, "Seconds", &seconds)) return decline(why, "ERR_SCHEMA", "no Seconds");
  if (seconds < 1) seconds = 1;
  if (seconds > MOST_SECONDS) seconds = MOST_SECONDS;
  if (!mesh_member_u32(members, "For", &asked_for)) asked_for = 0;
  struct mesh_order *given = place_for(device, asked_for);
  settle(given, UNSIGNED);
  memset(given, 0, sizeof *given);
  device->port->random(device->me, given->nonce, sizeof given->nonce);
  given->asked_for = asked_for;
  given->given_at = now(device);
  given->good_ms = seconds * 1000;
  struct mesh_writer writer = mesh_message_begin(device, "Nonce");
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, id);
  mesh_write_text(&writer, "Nonce");
  mesh_write_octets(&writer, MESH_DATA, given->nonce, sizeof given->nonce);
  mesh_write_text(&writer, "Seconds");
  mesh_write_integer(&writer, seconds);
  mesh_message_send(stream, &writer);
  return MESH_TAKEN;
}

/* Commands of a grant, as bits; without a list all of them. */
static bool read_commands(const struct mesh_class *class_of, struct mesh_reader grant, uint32_t *commands) {
  struct mesh_reader list;
  *commands = UINT32_MAX;
  if (!mesh_member(grant, "Commands", &list)) return true;
  if (mesh_read(&list).kind != MESH_LIST) return false;
  *commands = 0;
  for (struct mesh_token name = mesh_read(&list); name.kind != MESH_END; name = mesh_read(&list)) {
    if (name.kind != MESH_TEXT) return false;
    *commands |= mesh_values_bit(class_of, name);
  }
  return true;
}

/* Into `grants`, or only looked at without it; false when one is none, or there are too many. */
static bool read_grants(const struct mesh_class *class_of, struct mesh_reader object, struct mesh_grant *grants, uint32_t *count) {
  struct mesh_reader list;
  struct mesh_grant grant;
  *count = 0;
  if (!mesh_member(object, "Grants", &list) || mesh_read(&list).kind != MESH_LIST) return false;
  for (struct mesh_token item = mesh_read(&list); item.kind != MESH_END; item = mesh_read(&list)) {
    if (item.kind != MESH_OBJECT || *count == MESH_GRANTS || !mesh_member_key(list, "Command25519", MESH_ED25519, grant.key) ||
        !read_commands(class_of, list, &grant.commands) || !mesh_skip(&list, item))
      return false;
    if (grants != NULL) grants[*count] = grant;
    ++*count;
  }
  return true;
}

/* The key that the device has made for this connection is in it: one of before a reset or release is of another. */
static bool is_of_this_connection(const struct mesh_fresh *fresh, struct mesh_reader delegation) {
  uint8_t key[MESH_KEY], own[MESH_KEY];
  return mesh_member_data(delegation, "LinkKey", key, sizeof key) && mesh_x25519_public(own, fresh->link) == MESH_OK && memcmp(key, own, sizeof key) == 0;
}

/* Whose orders are obeyed: checked before anything of it is stored. */
static MESH_APART enum mesh_taken delegate(struct mesh_device *device, struct mesh_reader members, struct mesh_refusal *why) {
  const struct mesh_lock *lock = &device->state.lock;
  struct mesh_delegation *kept = &device->state.delegation;
  struct mesh_reader value, object;
  uint8_t digest[MESH_HASH];
  char account[MESH_UDF + 1], named[MESH_UDF + 1];
  uint32_t generation;
  if (!mesh_member(members, "Delegation", &value)) return decline(why, "ERR_SCHEMA", "no Delegation");
  struct mesh_token octets = mesh_read(&value);
  if (octets.kind != MESH_DATA) return decline(why, "ERR_SCHEMA", "no Delegation");
  if (!lock->pinned) return decline(why, "ERR_NOT_AUTHORIZED", "the device has no owner who could say whom it obeys");
  struct mesh_reader envelope = {octets.octets, octets.octets + octets.length};
  if (!mesh_verify_envelope(envelope, lock->administrator, "Delegation", &object, digest) ||
      !mesh_member_text(object, "AccountUdf", account, sizeof account) || strcmp(account, lock->account) != 0 ||
      !mesh_member_text(object, "DeviceUdf", named, sizeof named) || strcmp(named, device->base.udf) != 0 ||
      !mesh_member_u32(object, "Generation", &generation))
    return decline(why, "ERR_VERIFICATION", "the delegation did not verify");
  if (kept->in_force && kept->generation >= generation) {
    bool is_same = kept->generation == generation && memcmp(kept->digest, digest, sizeof kept->digest) == 0;
    return is_same ? MESH_TAKEN : decline(why, "ERR_REPLAY", "the delegation is not above the one before");
  }
  if (!is_of_this_connection(&device->state.fresh, object)) return decline(why, "ERR_REPLAY", "the delegation is not for this connection of the device");
  uint32_t count;
  if (!read_grants(device->class_of, object, NULL, &count)) return decline(why, "ERR_TOO_LARGE", "more grants than there is room for, or one that is none");
  memset(kept, 0, sizeof *kept);
  read_grants(device->class_of, object, kept->grants, &kept->count);
  memcpy(kept->digest, digest, sizeof kept->digest);
  kept->generation = generation;
  kept->in_force = 1;
  /* Whom it obeys no more does not come back with the record before, should this one be damaged. */
  mesh_device_save_over(device);
  device->port->told(device->me, "delegated");
  return MESH_TAKEN;
}

/* --- orders --- */

static bool has_expired(const struct mesh_device *device, uint32_t since) {
  return now(device) - since >= DEADLINE_MS;
}

static enum mesh_taken open_order(struct mesh_stream *stream, struct mesh_reader members, uint32_t id, struct mesh_refusal *why) {
  struct mesh_device *device = stream->device;
  struct mesh_power *power = device->power;
  struct mesh_reader value;
  uint8_t point[MESH_POINT];
  if (power->opening == stream && !has_expired(device, power->opening_at)) return decline(why, "ERR_BUSY", "another order is being opened");
  if (!mesh_member(members, "Sealed", &value)) return decline(why, "ERR_SCHEMA", "no Sealed");
  struct mesh_token sealed = mesh_read(&value);
  if (sealed.kind != MESH_DATA || sealed.length <= MESH_KEY + MESH_TAG) return decline(why, "ERR_VERIFICATION", "the order did not verify");
  if (sealed.length > sizeof power->sealed) return decline(why, "ERR_TOO_LARGE", "the order is too long");
  memcpy(power->sealed, sealed.octets, sealed.length);
  power->sealed_length = sealed.length;
  power->opening = stream;
  power->opening_at = now(device);
  power->order_id = id;
  mesh_point_of_x25519(point, power->sealed);
  struct mesh_writer writer = mesh_request_begin(stream, "Agree", &power->agree_id);
  mesh_write_text(&writer, "Ephemeral");
  mesh_write_octets(&writer, MESH_DATA, point, sizeof point);
  mesh_message_send(stream, &writer);
  return MESH_TAKEN;
}

/* The device's half of a key: base, fresh and dealt part together. */
static void half_of(uint8_t half[MESH_SCALAR], const uint8_t *base, const uint8_t *fresh, const uint8_t *share) {
  mesh_scalar_add(half, base, fresh);
  mesh_scalar_add(half, half, share);
}

/* Opens the order in its place, with the hub's answer. */
static MESH_APART bool unseal(struct mesh_device *device, const uint8_t theirs[MESH_POINT], struct mesh_reader *plain) {
  struct mesh_power *power = device->power;
  const struct mesh_connection *active = &device->state.active;
  uint8_t half[MESH_SCALAR], point[MESH_POINT], own[MESH_POINT], sum[MESH_POINT], shared[MESH_KEY], whole[MESH_KEY], prologue[MESH_PROLOGUE];
  half_of(half, device->base.encryption, device->state.fresh.encryption, active->encrypt_share);
  mesh_point_of_x25519(point, power->sealed);
  bool right = mesh_agree(own, half, point) == MESH_OK && mesh_agree_both(sum, theirs, own) == MESH_OK && mesh_x25519_of_point(shared, sum) == MESH_OK &&
               mesh_x25519_of_point(whole, active->encryption) == MESH_OK;
  if (right) {
    size_t length = mesh_seal_prologue(prologue, "DeviceOrder", device->base.udf, active->hub, active->epoch);
    right = mesh_noise_unseal(whole, shared, prologue, length, power->sealed, power->sealed_length) == MESH_OK;
  }
  mesh_wipe(half, sizeof half);
  mesh_wipe(own, sizeof own);
  mesh_wipe(sum, sizeof sum);
  mesh_wipe(shared, sizeof shared);
  plain->at = power->sealed + MESH_KEY;
  plain->end = power->sealed + power->sealed_length - MESH_TAG;
  return right;
}

static const struct mesh_grant *find_signer(const struct mesh_delegation *delegation, struct mesh_reader envelope, struct mesh_reader *order) {
  uint8_t digest[MESH_HASH];
  for (uint32_t at = 0; at < delegation->count; at++)
    if (mesh_verify_envelope(envelope, delegation->grants[at].key, "DeviceOrder", order, digest)) return &delegation->grants[at];
  return NULL;
}

static struct mesh_order *find_nonce(struct mesh_device *device, struct mesh_reader order) {
  uint8_t nonce[MESH_NONCE];
  if (!mesh_member_data(order, "Nonce", nonce, sizeof nonce)) return NULL;
  for (int at = 0; at < MESH_NONCES; at++) {
    struct mesh_order *known = &device->power->orders[at];
    if (is_good(device, known) && mesh_equal(known->nonce, nonce, sizeof nonce)) return known;
  }
  return NULL;
}

/* Its name is in flash before the bolt moves: it is never carried out twice, and after a loss of power between the two not at all. */
static MESH_APART void carry_out(struct mesh_device *device, struct mesh_reader order, const struct mesh_grant *grant, const char *message, struct mesh_refusal *why) {
  struct mesh_values values = device->state.values;
  struct mesh_reader named, arguments;
  char command[32] = "";
  why->code = "ERR_NOT_AUTHORIZED";
  why->text = "the sender was not given this command";
  if (mesh_member(order, "Command", &named) && (mesh_values_bit(device->class_of, mesh_read(&named)) & grant->commands) == 0 && grant->commands != UINT32_MAX)
    return;
  why->code = "ERR_COMMAND";
  why->text = "no command of this device";
  if (!mesh_member_text(order, "Command", command, sizeof command) || !mesh_member(order, "Arguments", &arguments) ||
      mesh_read(&arguments).kind != MESH_LIST || mesh_values_command(device->class_of, &values, command, arguments, why) != MESH_OK)
    return;
  mesh_order_remember(&device->state, message);
  device->port->save(device->me, &device->state);
  device->state.values = values;
  device->port->told(device->me, "order");
  why->code = NULL;
}

/* Who signed it, whether he may, for which device and deal, and whether its nonce is out. What is refused before that gets no signed answer. */
static MESH_APART enum mesh_taken judge(struct mesh_stream *stream, struct mesh_reader envelope, uint32_t id, struct mesh_refusal *why) {
  struct mesh_device *device = stream->device;
  struct mesh_state *state = &device->state;
  struct mesh_reader order;
  char name[MESH_UDF + 1], message[MESH_NAME];
  uint32_t epoch;
  if (!state->delegation.in_force) return decline(why, "ERR_NOT_AUTHORIZED", "nobody has told the device whose orders it is to obey");
  if (envelope.end - envelope.at > MOST_PLAIN) return decline(why, "ERR_TOO_LARGE", "the order is too long");
  const struct mesh_grant *grant = find_signer(&state->delegation, envelope, &order);
  if (grant == NULL || !mesh_member_text(order, "DeviceUdf", name, sizeof name) || strcmp(name, device->base.udf) != 0 ||
      !mesh_member_text(order, "AccountUdf", name, sizeof name) || strcmp(name, state->active.account) != 0)
    return decline(why, "ERR_VERIFICATION", "the order did not verify");
  if (!mesh_member_u32(order, "DealEpoch", &epoch) || epoch != state->active.epoch)
    return decline(why, "ERR_REPLAY", "the order is of another connection");
  if (!mesh_member_text(order, "MessageId", message, sizeof message) || message[0] == 0) return decline(why, "ERR_SCHEMA", "the order has no name");
  struct mesh_order *known = find_nonce(device, order);
  if (known == NULL || (known->message[0] != 0 && strcmp(known->message, message) != 0))
    return decline(why, "ERR_REPLAY", "the nonce of the order is over, was used, or is not the device's");
  if (known->message[0] != 0) {
    if (known->outcome == NONE) return decline(why, "ERR_REPLAY", "the order was judged before");
    known->asker = stream;
    known->asked = id;
    answer_order(known);
    return MESH_TAKEN;
  }
  strcpy(known->message, message);
  if (mesh_order_seen(state, message)) return decline(why, "ERR_REPLAY", "an order of this name was carried out before");
  known->asker = stream;
  known->asked = id;
  known->outcome = WAITS;
  carry_out(device, order, grant, message, &known->why);
  known->sequence = mesh_report_push(device, true);
  device->port->save(device->me, state);
  return MESH_TAKEN;
}

static void agreed(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members) {
  struct mesh_device *device = stream->device;
  struct mesh_power *power = device->power;
  struct mesh_refusal why = {"ERR_REJECTED", "the hub did not help to open the order"};
  struct mesh_reader plain;
  uint8_t theirs[MESH_POINT];
  enum mesh_taken taken = MESH_DECLINED;
  power->opening = NULL;
  if (mesh_is(verb, "Agreed")) {
    bool right = mesh_member_data(members, "Share", theirs, sizeof theirs) && unseal(device, theirs, &plain);
    taken = right ? judge(stream, plain, power->order_id, &why) : decline(&why, "ERR_VERIFICATION", "the order did not verify");
  }
  if (taken == MESH_DECLINED) mesh_message_result(stream, power->order_id, "Reject", &why);
  mesh_wipe(power->sealed, sizeof power->sealed);
}

/* --- what it signs --- */

/* A DeviceReport of values under a number, for the hub to read before it helps. */
static size_t write_report(struct mesh_device *device, uint8_t body[MOST_BODY], uint32_t sequence, const struct mesh_values *values,
                           const struct mesh_order *order, const struct mesh_asking *reader) {
  struct mesh_writer writer = {.octets = body, .room = MOST_BODY};
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "DeviceReport");
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "AccountUdf");
  mesh_write_text(&writer, device->state.active.account);
  mesh_write_text(&writer, "DeviceUdf");
  mesh_write_text(&writer, device->base.udf);
  mesh_write_text(&writer, "DealEpoch");
  mesh_write_integer(&writer, device->state.active.epoch);
  mesh_report_write(device, &writer, sequence, values);
  if (order != NULL) {
    mesh_write_text(&writer, "MessageId");
    mesh_write_text(&writer, order->message);
    mesh_write_text(&writer, "Nonce");
    mesh_write_octets(&writer, MESH_DATA, order->nonce, sizeof order->nonce);
    mesh_write_text(&writer, "Result");
    mesh_write_text(&writer, order->why.code == NULL ? "Accept" : "Reject");
    if (order->why.code != NULL) {
      mesh_write_text(&writer, "ErrorCode");
      mesh_write_text(&writer, order->why.code);
    }
  } else if (reader != NULL && reader->has_nonce) {
    mesh_write_text(&writer, "Nonce");
    mesh_write_octets(&writer, MESH_DATA, reader->nonce, sizeof reader->nonce);
  }
  mesh_write_octet(&writer, '}');
  mesh_write_octet(&writer, '}');
  return writer.full ? 0 : writer.length;
}

static bool begin_signing(struct mesh_stream *stream, const uint8_t *body, size_t length, bool for_reader) {
  struct mesh_power *power = stream->device->power;
  uint32_t id;
  if (length == 0) return false;
  mesh_sha512(power->digest, body, length, NULL, 0);
  power->for_reader = for_reader;
  struct mesh_writer writer = mesh_request_begin(stream, "Sign", &id);
  mesh_write_text(&writer, "Body");
  mesh_write_octets(&writer, MESH_DATA, body, length);
  if (writer.full) return false;
  mesh_message_send(stream, &writer);
  mesh_report_go(stream, id, MESH_SIGNING);
  return true;
}

static struct mesh_asking *next_reader(struct mesh_power *power) {
  for (int at = 0; at < MESH_READERS; at++)
    if (power->readers[at].stream != NULL) return &power->readers[at];
  return NULL;
}

static void tell_reader(struct mesh_power *power, bool is_signed) {
  static const struct mesh_refusal alone = {"ERR_REJECTED", "the hub did not help to sign"};
  struct mesh_asking *reader = next_reader(power);
  if (reader == NULL) return;
  struct mesh_stream *stream = reader->stream;
  reader->stream = NULL;
  mesh_message_result(stream, reader->id, is_signed ? "Accept" : "Reject", is_signed ? NULL : &alone);
}

static bool sign(struct mesh_stream *stream) {
  struct mesh_device *device = stream->device;
  struct mesh_state *state = &device->state;
  uint8_t body[MOST_BODY];
  if (state->event_count > 0) {
    struct mesh_values then;
    if (!mesh_values_judges(device->class_of)) return false;
    const struct mesh_event *event = mesh_report_first(device, &then);
    return begin_signing(stream, body, write_report(device, body, event->sequence, &then, order_of_event(device->power, event->sequence), NULL), false);
  }
  const struct mesh_asking *reader = next_reader(device->power);
  if (reader == NULL) return false;
  uint32_t sequence = mesh_report_number(device);
  bool begun = begin_signing(reader->stream, body, write_report(device, body, sequence, &state->values, NULL, reader), true);
  if (!begun) tell_reader(device->power, false);
  return begun;
}

/* R', to which the device adds its own commitment, and its part of the signature; nothing of it is kept. */
static MESH_APART bool add_part(struct mesh_stream *stream, struct mesh_reader members) {
  struct mesh_device *device = stream->device;
  const struct mesh_connection *active = &device->state.active;
  uint8_t half[MESH_SCALAR], nonce[MESH_SCALAR], drawn[32], commitment[MESH_POINT], part[MESH_SIGNATURE];
  uint32_t id;
  if (!mesh_member_data(members, "Commitment", commitment, sizeof commitment)) return false;
  half_of(half, device->base.signature, device->state.fresh.signature, active->signature_share);
  device->port->random(device->me, drawn, sizeof drawn);
  mesh_part_nonce(nonce, half, drawn, active->signature, commitment, device->power->digest);
  int status = mesh_sign_part(part, half, nonce, active->signature, commitment, device->power->digest);
  mesh_wipe(half, sizeof half);
  mesh_wipe(drawn, sizeof drawn);
  if (status != MESH_OK) return false;
  struct mesh_writer writer = mesh_request_begin(stream, "Signature", &id);
  mesh_write_text(&writer, "Commitment");
  mesh_write_octets(&writer, MESH_DATA, commitment, sizeof commitment);
  mesh_write_text(&writer, "R");
  mesh_write_octets(&writer, MESH_DATA, part, MESH_POINT);
  mesh_write_text(&writer, "Share");
  mesh_write_octets(&writer, MESH_DATA, part + MESH_POINT, MESH_SCALAR);
  mesh_message_send(stream, &writer);
  mesh_report_go(stream, id, MESH_SIGNED);
  return true;
}

/* Nothing came of it, or everything: an event that nobody helps to sign leaves as it is. */
static void end_signing(struct mesh_stream *stream, bool is_signed) {
  struct mesh_device *device = stream->device;
  struct mesh_power *power = device->power;
  if (power->for_reader) {
    mesh_report_go(stream, 0, MESH_IDLE);
    tell_reader(power, is_signed);
    return;
  }
  if (!is_signed) {
    mesh_report_send(stream);
    return;
  }
  struct mesh_order *order = order_of_event(power, mesh_report_accepted(device));
  mesh_report_go(stream, 0, MESH_IDLE);
  if (order != NULL) settle(order, SIGNED);
}

static enum mesh_taken ask_report(struct mesh_stream *stream, struct mesh_reader members, uint32_t id, struct mesh_refusal *why) {
  struct mesh_power *power = stream->device->power;
  struct mesh_reader value;
  for (int at = 0; at < MESH_READERS; at++) {
    struct mesh_asking *reader = &power->readers[at];
    if (reader->stream != NULL) continue;
    reader->has_nonce = mesh_member(members, "Nonce", &value);
    if (reader->has_nonce && !mesh_member_data(members, "Nonce", reader->nonce, sizeof reader->nonce))
      return decline(why, "ERR_SCHEMA", "a nonce has 16 octets");
    reader->stream = stream;
    reader->id = id;
    return MESH_TAKEN;
  }
  return decline(why, "ERR_BUSY", "others ask already");
}

/* --- what the device asks of it --- */

static enum mesh_taken asked(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members, uint32_t id, struct mesh_refusal *why) {
  struct mesh_device *device = stream->device;
  enum mesh_taken taken;
  if (mesh_is(verb, "Report")) return ask_report(stream, members, id, why);
  if (!mesh_is(verb, "Challenge") && !mesh_is(verb, "Delegate") && !mesh_is(verb, "Order")) return MESH_NOT_MINE;
  if (!mesh_values_judges(device->class_of)) return decline(why, "ERR_COMMAND", "the device judges no orders");
  if (mesh_is(verb, "Challenge")) return challenge(stream, members, id, why);
  if (mesh_is(verb, "Order")) return open_order(stream, members, id, why);
  taken = delegate(device, members, why);
  if (taken == MESH_TAKEN) mesh_message_result(stream, id, "Accept", NULL);
  return taken;
}

static enum mesh_taken answered(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members, uint32_t id) {
  struct mesh_device *device = stream->device;
  char result[8];
  if (device->power->opening == stream && device->power->agree_id == id) {
    agreed(stream, verb, members);
    return MESH_TAKEN;
  }
  if (device->sending.stream != stream || device->sending.id != id) return MESH_NOT_MINE;
  if (device->sending.step == MESH_SIGNING) {
    if (!mesh_is(verb, "Commitment") || !add_part(stream, members)) end_signing(stream, false);
    return MESH_TAKEN;
  }
  if (device->sending.step != MESH_SIGNED) return MESH_NOT_MINE;
  end_signing(stream, mesh_is(verb, "Result") && mesh_member_text(members, "Result", result, sizeof result) && strcmp(result, "Accept") == 0);
  return MESH_TAKEN;
}

/* Nonces end by uptime here, before the count of milliseconds comes round. */
static void poll(struct mesh_device *device) {
  static const struct mesh_refusal late = {"ERR_TIMEOUT", "the hub did not help to open the order"};
  struct mesh_power *power = device->power;
  for (int at = 0; at < MESH_NONCES; at++)
    if (!is_good(device, &power->orders[at])) power->orders[at].good_ms = 0;
  if (power->opening == NULL || !has_expired(device, power->opening_at)) return;
  struct mesh_stream *stream = power->opening;
  power->opening = NULL;
  mesh_wipe(power->sealed, sizeof power->sealed);
  mesh_message_result(stream, power->order_id, "Reject", &late);
}

static void restart(struct mesh_device *device, const struct mesh_stream *stream) {
  struct mesh_power *power = device->power;
  if (stream == NULL) {
    mesh_wipe(power, sizeof *power);
    return;
  }
  if (power->opening == stream) {
    power->opening = NULL;
    mesh_wipe(power->sealed, sizeof power->sealed);
  }
  for (int at = 0; at < MESH_NONCES; at++)
    if (power->orders[at].asker == stream) power->orders[at].asker = NULL;
  for (int at = 0; at < MESH_READERS; at++)
    if (power->readers[at].stream == stream) power->readers[at].stream = NULL;
}

static void told(struct mesh_device *device, uint32_t sequence) {
  struct mesh_order *order = order_of_event(device->power, sequence);
  if (order != NULL) settle(order, UNSIGNED);
}

void mesh_power_start(struct mesh_device *device, struct mesh_power *power) {
  static const struct mesh_power_calls calls = {asked, answered, sign, poll, restart, told};
  memset(power, 0, sizeof *power);
  device->power = power;
  device->power_calls = &calls;
}
