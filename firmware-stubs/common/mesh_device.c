#include "mesh_device.h"

#include "mesh_envelope.h"
#include "mesh_report.h"
#include "mesh_rest.h"

#include <string.h>

enum { PROVISIONAL = 24 * 3600, PRESENCE_MS = 300000, PARTING_MS = 200, AGAIN_MS = 3000 };
enum standing { NONE, ONBOARD, HUB, PENDING, SUCCESSOR };

static struct mesh_refusal rejected = {"ERR_REJECTED", "not for this session"};

static void save(struct mesh_device *device) {
  device->port->save(device->me, &device->state);
}

/* Into the record that is not in force, too: nothing is left there of what has gone. A start between the two writes does the second. */
void mesh_device_save_over(struct mesh_device *device) {
  device->state.stale = 1;
  save(device);
  device->state.stale = 0;
  save(device);
}

/* Of releases before the one in force, and of one that has not come into force. The maker's stay. */
static void erase_factory(struct mesh_device *device) {
  size_t length;
  for (uint32_t which = 1; which <= 2; which++)
    if (which != device->state.factory && device->port->factory(device->me, which, &length) != NULL) device->port->store_factory(device->me, which, NULL, 0);
}

/* Behind the { of the factory values in force. */
static bool factory_values(struct mesh_device *device, uint32_t which, struct mesh_reader *object) {
  size_t length;
  const uint8_t *octets = device->port->factory(device->me, which, &length);
  return octets != NULL && mesh_tagged((struct mesh_reader){octets, octets + length}, which == 0 ? "DevicePreconfigurationPrivate" : "ReleaseDevice", object);
}

static bool factory_key(struct mesh_device *device, const char *name, uint8_t key[MESH_KEY]) {
  struct mesh_reader object;
  return factory_values(device, device->state.factory, &object) && mesh_member_data(object, name, key, MESH_KEY);
}

static bool publication(struct mesh_device *device, char name[MESH_NAME]) {
  struct mesh_reader object;
  return factory_values(device, device->state.factory, &object) && mesh_member_text(object, "PublicationId", name, MESH_NAME);
}

int mesh_device_start(struct mesh_device *device, const struct mesh_class *class_of, const struct mesh_port *port, void *me) {
  struct mesh_reader object;
  char seed[96];
  memset(device, 0, sizeof *device);
  device->class_of = class_of;
  device->port = port;
  device->me = me;
  if (!port->load(me, &device->state)) {
    memset(&device->state, 0, sizeof device->state);
    mesh_values_begin(class_of, &device->state.values);
  }
  if (device->state.stale) mesh_device_save_over(device);
  erase_factory(device);
  if (class_of->wake != NULL) class_of->wake(&device->state.values);
  device->ticked_at = port->milliseconds(me);
  device->next_sequence = device->state.sequence;
  if (!factory_values(device, 0, &object) || !mesh_member_text(object, "PrivateKeyUDF", seed, sizeof seed)) return MESH_REFUSED;
  int status = mesh_base_of(&device->base, seed);
  mesh_wipe(seed, sizeof seed);
  return status;
}

/* psk and hail key of a connection: HKDF(LinkRoot, label || name || epoch). */
static void derive(uint8_t key[MESH_KEY], const struct mesh_connection *connection, const char *label, const char *name, uint32_t epoch) {
  uint8_t info[64];
  size_t length = strlen(label), name_length = strlen(name);
  memcpy(info, label, length);
  memcpy(info + length, name, name_length);
  length += name_length;
  for (int at = 0; at < 4; at++) info[length++] = (uint8_t)(epoch >> (24 - 8 * at));
  mesh_hkdf(key, connection->link_root, sizeof connection->link_root, info, length);
}

static void put_hail(struct mesh_device *device, uint8_t *hail, uint8_t key[MESH_KEY]) {
  uint8_t nonce[4];
  device->port->random(device->me, nonce, sizeof nonce);
  mesh_hail(hail, key, nonce);
  mesh_wipe(key, MESH_KEY);
}

size_t mesh_device_hails(struct mesh_device *device, uint8_t hails[MESH_HAILS]) {
  const struct mesh_state *state = &device->state;
  uint8_t key[MESH_KEY];
  size_t length = 0;
  if (state->active.there) derive(key, &state->active, "mmm/hub/hailkey", "", state->active.epoch);
  else if (!factory_key(device, "KHail", key)) return 0;
  put_hail(device, hails, key);
  length += 12;
  if (!state->stored.there) return length;
  derive(key, &state->stored, "mmm/hub/hailkey", "", state->stored.epoch);
  put_hail(device, hails + length, key);
  return length + 12;
}

bool mesh_device_login(const struct mesh_device *device, const char *tag, uint8_t password[MESH_HASH]) {
  const struct mesh_connection *active = &device->state.active;
  const struct mesh_part field = {(const uint8_t *)tag, strlen(tag)};
  uint8_t key[MESH_KEY];
  if (!active->there) return false;
  derive(key, active, "mmm/hub/psk", active->hub, active->epoch);
  mesh_hkdf(key, key, sizeof key, (const uint8_t *)"mmm/hub/mqtt", 12);
  mesh_labelled_mac(password, key, "mmm/hub/mqtt/login", &field, 1);
  mesh_wipe(key, sizeof key);
  return true;
}

static bool selects(const struct mesh_connection *connection, const struct mesh_selected *selected) {
  return connection->there && connection->epoch == selected->epoch && strcmp(connection->hub, selected->hub_udf) == 0;
}

static enum standing standing_of(struct mesh_stream *stream) {
  const struct mesh_state *state = &stream->device->state;
  const struct mesh_session *session = &stream->link.session;
  if (!session->open || stream->generation != state->generation) return NONE;
  if (session->mode == MESH_MODE_ONBOARD) return state->lock.connected ? NONE : ONBOARD;
  if (selects(&state->active, &session->selected)) return memcmp(state->active.hub_key, session->hub, MESH_KEY) == 0 ? HUB : NONE;
  if (selects(&state->stored, &session->selected)) return memcmp(state->stored.hub_key, session->hub, MESH_KEY) == 0 ? PENDING : NONE;
  return state->active.there && session->selected.epoch > state->active.epoch ? SUCCESSOR : NONE;
}

/* --- what the link asks --- */

static void host_send(void *me, const uint8_t *packet, size_t length) {
  struct mesh_stream *stream = me;
  stream->device->port->send(stream->port, packet, length);
}

static void host_close(void *me) {
  struct mesh_stream *stream = me;
  stream->device->port->close(stream->port);
}

static void host_random(void *me, uint8_t *octets, size_t length) {
  struct mesh_device *device = ((struct mesh_stream *)me)->device;
  device->port->random(device->me, octets, length);
}

static uint32_t host_milliseconds(void *me) {
  struct mesh_device *device = ((struct mesh_stream *)me)->device;
  return device->port->milliseconds(device->me);
}

static const uint8_t *host_description(void *me, size_t *length) {
  struct mesh_device *device = ((struct mesh_stream *)me)->device;
  struct mesh_reader object, value;
  if (device->state.lock.connected || !factory_values(device, device->state.factory, &object)) return NULL;
  if (!mesh_member(object, "SealedDescription", &value)) return NULL;
  struct mesh_token token = mesh_read(&value);
  *length = token.length;
  return token.kind == MESH_DATA ? token.octets : NULL;
}

static bool host_identity(void *me, int mode, uint8_t secret[MESH_KEY], const char **name) {
  struct mesh_stream *stream = me;
  struct mesh_device *device = stream->device;
  static char onboard[MESH_NAME];
  if (mode == MESH_MODE_ONBOARD) {
    memcpy(secret, device->base.link, MESH_KEY);
    *name = onboard;
    return !device->state.lock.connected && publication(device, onboard);
  }
  memcpy(secret, device->state.fresh.link, MESH_KEY);
  *name = device->base.udf;
  return device->state.active.there || device->state.stored.there;
}

static bool host_psk(void *me, int mode, const struct mesh_selected *selected, uint8_t psk[MESH_KEY]) {
  struct mesh_device *device = ((struct mesh_stream *)me)->device;
  const struct mesh_state *state = &device->state;
  if (mode == MESH_MODE_ONBOARD) return factory_key(device, "KLink", psk);
  const struct mesh_connection *root = selects(&state->stored, selected) ? &state->stored : &state->active;
  if (!root->there || (!selects(root, selected) && selected->epoch <= root->epoch)) return false;
  derive(psk, root, "mmm/hub/psk", selected->hub_udf, selected->epoch);
  return true;
}

/* Sessions that the memory does not allow any more. */
static void end_void(struct mesh_device *device) {
  for (int at = 0; at < MESH_STREAMS; at++) {
    struct mesh_stream *stream = device->streams[at];
    if (stream != NULL && stream->link.session.open && standing_of(stream) == NONE) mesh_link_end(&stream->link);
  }
}

/* The standing of a session that has just shown a live key: what was stored comes into force by that. */
static enum standing proven(struct mesh_stream *stream) {
  struct mesh_device *device = stream->device;
  struct mesh_state *state = &device->state;
  if (standing_of(stream) != PENDING) return standing_of(stream);
  struct mesh_lock *lock = &state->lock;
  if (!lock->pinned) lock->pinned_at = state->powered;
  lock->pinned = lock->connected = 1;
  memcpy(lock->account, state->stored.account, sizeof lock->account);
  memcpy(lock->administrator, state->stored.administrator, sizeof lock->administrator);
  lock->epoch = state->stored.epoch;
  state->active = state->stored;
  mesh_wipe(&state->stored, sizeof state->stored);
  mesh_device_save_over(device);
  device->port->told(device->me, "committed");
  end_void(device);
  device->port->hails_changed(device->me);
  return HUB;
}

static void host_began(void *me) {
  struct mesh_stream *stream = me;
  stream->generation = stream->device->state.generation;
  stream->accept_id = 0;
  /* Events that wait tell how it is, once the hub has heard from the device since its start. */
  stream->started = stream->device->reported && stream->device->state.event_count > 0;
  stream->device->newest = stream;
  memset(&stream->device->wish, 0, sizeof stream->device->wish);
  mesh_report_restart(stream->device, stream);
  enum standing standing = proven(stream);
  if (standing == NONE) mesh_link_end(&stream->link);
  else stream->device->port->told(stream->device->me, "linked");
  if (standing == HUB && stream->device->update_calls != NULL) stream->device->update_calls->met(stream->device);
}

static void host_ended(void *me) {
  struct mesh_stream *stream = me;
  mesh_report_restart(stream->device, stream);
  stream->device->port->told(stream->device->me, "unlinked");
}

/* --- what it says by itself --- */

static MESH_APART void say_accepted(struct mesh_stream *stream) {
  struct mesh_device *device = stream->device;
  uint8_t accept[900];
  char name[MESH_NAME];
  struct mesh_writer body = {.octets = accept, .room = sizeof accept};
  if (!publication(device, name)) return;
  mesh_write_acceptance(&body, &device->base, &device->state.active, name);
  stream->accept_at = device->port->milliseconds(device->me);
  struct mesh_writer writer = mesh_request_begin(stream, "Accepted", &stream->accept_id);
  mesh_write_text(&writer, "Accept");
  mesh_write_octets(&writer, MESH_DATA, accept, body.length);
  if (!body.full) mesh_message_send(stream, &writer);
}

/* A value is another one, and not by a command. */
static void changed(struct mesh_device *device, enum mesh_change change) {
  if (change == MESH_EVENT) mesh_report_push(device, false);
  else device->unreported = true;
}

/* What passes of time: it is written where something has happened, for the rest of it is no more when the power is lost. */
static void pass(struct mesh_device *device, uint32_t now) {
  const struct mesh_class *class_of = device->class_of;
  if (class_of->pass == NULL) return;
  for (; now - device->ticked_at >= class_of->tick; device->ticked_at += class_of->tick) {
    enum mesh_change change = mesh_values_pass(class_of, &device->state.values);
    if (change == MESH_SAME) continue;
    changed(device, change);
    if (change != MESH_EVENT) continue;
    save(device);
    device->port->told(device->me, "changed");
  }
}

void mesh_device_poll(struct mesh_device *device) {
  uint32_t now = device->port->milliseconds(device->me);
  pass(device, now);
  if (device->parting && now - device->part_at < 0x80000000u) {
    device->parting = false;
    end_void(device);
    device->port->hails_changed(device->me);
  }
  for (int at = 0; at < MESH_STREAMS; at++) {
    struct mesh_stream *stream = device->streams[at];
    if (stream == NULL || standing_of(stream) != HUB) continue;
    bool waits = stream->accept_id != 0 && now - stream->accept_at < AGAIN_MS;
    if (device->state.accepted != device->state.active.epoch && !waits) say_accepted(stream);
  }
  if (device->power_calls != NULL) device->power_calls->poll(device);
  if (device->update_calls != NULL) device->update_calls->poll(device);
  mesh_report_poll(device);
  mesh_wipe_stack();
}

/* --- verbs --- */

/* What a request is about. */
struct request {
  struct mesh_stream *stream;
  struct mesh_reader members;
  uint32_t id;
  enum standing standing;
  struct mesh_refusal why;
};

static struct mesh_context context_of(struct request *request, const uint8_t kd[MESH_KEY]) {
  struct mesh_device *device = request->stream->device;
  const struct mesh_state *state = &device->state;
  uint32_t epoch = state->lock.epoch;
  if (state->active.there && state->active.epoch > epoch) epoch = state->active.epoch;
  if (state->stored.there && state->stored.epoch > epoch) epoch = state->stored.epoch;
  return (struct mesh_context){.base = &device->base,
                               .fresh = &state->fresh,
                               .lock = &state->lock,
                               .selected = &request->stream->link.session.selected,
                               .hub = request->stream->link.session.hub,
                               .kd = kd,
                               .link_root = state->active.there && !state->active.by_split ? state->active.link_root : NULL,
                               .class_name = device->class_of->name,
                               .harmful = device->class_of->harmful,
                               .epoch = epoch};
}

/* Data that is opened where it lies, in the message. */
static bool sealed_of(struct request *request, uint8_t **sealed, size_t *length) {
  struct mesh_reader value;
  if (!mesh_member(request->members, "Sealed", &value)) return false;
  struct mesh_token token = mesh_read(&value);
  *sealed = (uint8_t *)(uintptr_t)token.octets;
  *length = token.length;
  return token.kind == MESH_DATA;
}

static MESH_APART int describe(struct request *request, struct mesh_writer *writer) {
  struct mesh_device *device = request->stream->device;
  struct mesh_fresh *fresh = &device->state.fresh;
  if (!fresh->there) {
    uint8_t wide[64];
    device->port->random(device->me, wide, sizeof wide);
    mesh_scalar_reduce(fresh->encryption, wide);
    device->port->random(device->me, wide, sizeof wide);
    mesh_scalar_reduce(fresh->signature, wide);
    device->port->random(device->me, fresh->link, MESH_KEY);
    mesh_wipe(wide, sizeof wide);
    fresh->there = 1;
    save(device);
  }
  bool present = device->pressed && device->port->milliseconds(device->me) - device->pressed_at <= PRESENCE_MS;
  mesh_write_text(writer, "Contribution");
  mesh_write_contribution(writer, &device->base, fresh, context_of(request, NULL).epoch, present);
  return MESH_OK;
}

static MESH_APART int deliver(struct request *request) {
  struct mesh_device *device = request->stream->device;
  struct mesh_state *state = &device->state;
  uint8_t *sealed, kd[MESH_KEY], digest[MESH_HASH];
  size_t length;
  struct mesh_connection *connection = &device->work.delivery;
  if (!sealed_of(request, &sealed, &length)) return MESH_REFUSED;
  mesh_sha512(digest, sealed, length, NULL, 0);
  if (state->active.there && memcmp(digest, state->active.delivery_digest, MESH_HASH) == 0) return MESH_OK;
  if (state->stored.there && memcmp(digest, state->stored.delivery_digest, MESH_HASH) == 0) return MESH_OK;
  if (!state->fresh.there || !factory_key(device, "Kd", kd)) return MESH_REFUSED;
  const struct mesh_context context = context_of(request, kd);
  int status = mesh_open_delivery(connection, &context, sealed, length, &request->why);
  if (status == MESH_OK) {
    bool takes_a_place = state->stored.there;
    state->stored = *connection;
    if (takes_a_place) mesh_device_save_over(device);
    else save(device);
  }
  mesh_wipe(connection, sizeof *connection);
  if (status == MESH_OK) {
    device->port->told(device->me, "stored");
    device->port->hails_changed(device->me);
  }
  mesh_wipe(kd, sizeof kd);
  return status;
}

/* The connection is over by the first write; its sessions end once their answers are out. */
static void forget(struct mesh_device *device, bool clear_lock) {
  struct mesh_state *state = &device->state;
  uint32_t epoch = state->lock.epoch;
  if (state->active.there && state->active.epoch > epoch) epoch = state->active.epoch;
  if (state->stored.there && state->stored.epoch > epoch) epoch = state->stored.epoch;
  mesh_wipe(&state->active, sizeof state->active);
  mesh_wipe(&state->stored, sizeof state->stored);
  mesh_wipe(&state->fresh, sizeof state->fresh);
  if (clear_lock) {
    memset(&state->lock, 0, sizeof state->lock);
    mesh_values_forget(device->class_of, &state->values);
  }
  state->lock.connected = 0;
  state->lock.epoch = epoch;
  state->accepted = 0;
  state->event_count = 0;
  memset(state->events, 0, sizeof state->events);
  memset(state->seen, 0, sizeof state->seen);
  state->generation++;
  memset(&state->delegation, 0, sizeof state->delegation);
  device->unreported = false;
  memset(&device->sending, 0, sizeof device->sending);
  if (device->power_calls != NULL) device->power_calls->restart(device, NULL);
  mesh_device_save_over(device);
  erase_factory(device);
  device->parting = true;
  device->part_at = device->port->milliseconds(device->me) + PARTING_MS;
}

static int open_order(struct request *request, const char *kind, struct mesh_reader *order) {
  uint8_t *sealed;
  size_t length;
  if (!sealed_of(request, &sealed, &length)) {
    request->why = (struct mesh_refusal){"ERR_NOT_AUTHORIZED", "only the owner can order that"};
    return MESH_REFUSED;
  }
  const struct mesh_context context = context_of(request, NULL);
  return mesh_open_order(kind, &context, sealed, length, order, &request->why);
}

static int reset(struct request *request) {
  struct mesh_reader order;
  if (open_order(request, "ResetDevice", &order) != MESH_OK) return MESH_REFUSED;
  forget(request->stream->device, false);
  return MESH_OK;
}

static MESH_APART int release(struct request *request) {
  struct mesh_device *device = request->stream->device;
  struct mesh_reader order, description;
  uint8_t key[MESH_KEY], old[MESH_KEY];
  char name[MESH_NAME];
  if (open_order(request, "ReleaseDevice", &order) != MESH_OK) return MESH_REFUSED;
  request->why = (struct mesh_refusal){"ERR_SCHEMA", "the release has no new code"};
  bool lacks = !mesh_member_data(order, "KHail", key, MESH_KEY) || !mesh_member_data(order, "Kd", key, MESH_KEY) || !mesh_member_data(order, "KLink", key, MESH_KEY) ||
      !mesh_member_text(order, "PublicationId", name, sizeof name) || !mesh_member(order, "SealedDescription", &description) ||
      mesh_read(&description).kind != MESH_DATA || !factory_key(device, "KLink", old) || mesh_equal(key, old, MESH_KEY);
  mesh_wipe(key, sizeof key);
  mesh_wipe(old, sizeof old);
  if (lacks) return MESH_REFUSED;
  /* The order itself, from its type tag on, is the new factory values. */
  static const char head[] = "{\x80\rReleaseDevice{";
  const uint8_t *from = order.at - (sizeof head - 1);
  uint32_t which = device->state.factory == 1 ? 2 : 1;
  if (memcmp(from, head, sizeof head - 1) != 0) return MESH_REFUSED;
  device->port->store_factory(device->me, which, from, (size_t)(order.end - from));
  device->state.factory = which;
  forget(device, true);
  return MESH_OK;
}

static void name_order(uint8_t short_digest[8], const char *name) {
  uint8_t digest[MESH_HASH];
  mesh_sha512(digest, (const uint8_t *)name, strlen(name), NULL, 0);
  memcpy(short_digest, digest, 8);
}

bool mesh_order_seen(const struct mesh_state *state, const char *name) {
  uint8_t digest[8];
  name_order(digest, name);
  for (int at = 0; at < MESH_SEEN; at++)
    if (memcmp(state->seen[at], digest, sizeof digest) == 0) return true;
  return false;
}

void mesh_order_remember(struct mesh_state *state, const char *name) {
  name_order(state->seen[state->seen_next++ % MESH_SEEN], name);
}

static MESH_APART int command(struct request *request, struct mesh_writer *writer) {
  struct mesh_device *device = request->stream->device;
  struct mesh_state *state = &device->state;
  struct mesh_reader arguments;
  char name[32], message[MESH_NAME];
  struct mesh_values values;
  request->why = (struct mesh_refusal){"ERR_COMMAND", "no command of this device"};
  if (!mesh_member_text(request->members, "Command", name, sizeof name) || !mesh_member(request->members, "Arguments", &arguments) ||
      mesh_read(&arguments).kind != MESH_LIST)
    return MESH_REFUSED;
  if (mesh_values_judged(device->class_of, name)) {
    request->why = (struct mesh_refusal){"ERR_NOT_AUTHORIZED", "that is for the owner's own devices to order: a hub's word is not enough"};
    return MESH_REFUSED;
  }
  bool named = mesh_member_text(request->members, "MessageId", message, sizeof message);
  /* What it began is no reason to refuse it when it comes again. */
  if (!named || !mesh_order_seen(state, message)) {
    values = state->values;
    if (mesh_values_command(device->class_of, &values, name, arguments, &request->why) != MESH_OK) return MESH_REFUSED;
    if (named) mesh_order_remember(state, message);
    /* What it begins has its whole first tick; what changes nothing stops no clock. */
    if (memcmp(&state->values, &values, sizeof values) != 0) device->ticked_at = device->port->milliseconds(device->me);
    state->values = values;
    save(device);
    device->port->told(device->me, "command");
  }
  mesh_write_text(writer, "Result");
  mesh_write_text(writer, "Accept");
  mesh_report_present(device, writer, "command");
  return MESH_OK;
}

static int ping(struct request *request, struct mesh_writer *writer) {
  mesh_write_text(writer, "Result");
  mesh_write_text(writer, "Accept");
  if (request->standing == HUB) mesh_report_present(request->stream->device, writer, NULL);
  return MESH_OK;
}

static MESH_APART void answered(struct request *request) {
  struct mesh_device *device = request->stream->device;
  char result[8];
  bool accepts = mesh_member_text(request->members, "Result", result, sizeof result) && strcmp(result, "Accept") == 0;
  if (request->standing != HUB || mesh_report_answered(device, request->stream, request->id, accepts) ||
      mesh_rest_answered(device, request->stream, request->id, accepts))
    return;
  if (request->id != request->stream->accept_id || !accepts) return;
  request->stream->accept_id = 0;
  device->state.accepted = device->state.active.epoch;
  save(device);
  device->port->told(device->me, "accepted");
}

/* What is answered by Accept or Reject and nothing more. */
static int carry_out(struct request *request, struct mesh_token tag) {
  enum standing standing = request->standing;
  bool owner = standing == ONBOARD || standing == HUB;
  if (mesh_is(tag, "Deliver") && standing != NONE) return deliver(request);
  if (mesh_is(tag, "Return") && standing == HUB) return mesh_rest_return(request->stream->device, request->members, &request->why);
  if (mesh_is(tag, "Reset") && owner) return reset(request);
  if (mesh_is(tag, "Release") && owner) return release(request);
  return MESH_REFUSED;
}

/* What has an answer of its own; its members are written behind the Id. */
static bool is_asking(const struct request *request, struct mesh_token tag) {
  enum standing standing = request->standing;
  return (mesh_is(tag, "Ping") && standing != NONE) || (mesh_is(tag, "Describe") && standing == ONBOARD) || (mesh_is(tag, "Command") && standing == HUB);
}

static int answer(struct request *request, struct mesh_token tag, struct mesh_writer *writer) {
  if (mesh_is(tag, "Ping")) return ping(request, writer);
  return mesh_is(tag, "Describe") ? describe(request, writer) : command(request, writer);
}

static struct mesh_writer begin_answer(struct request *request, const char *tag) {
  struct mesh_writer writer = mesh_message_begin(request->stream->device, tag);
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, request->id);
  return writer;
}

/* One type tag, whose value is an object with a number for its Id, or none: 0 then. */
static bool read_message(struct mesh_reader reader, struct mesh_token *tag, struct request *request) {
  struct mesh_reader id;
  if (!mesh_whole(reader.at, (size_t)(reader.end - reader.at)) || mesh_read(&reader).kind != MESH_OBJECT) return false;
  *tag = mesh_read(&reader);
  struct mesh_token body = mesh_read(&reader);
  request->members = reader;
  if (tag->kind != MESH_TEXT || body.kind != MESH_OBJECT || !mesh_skip(&reader, body) || mesh_read(&reader).kind != MESH_END) return false;
  return !mesh_member(request->members, "Id", &id) || mesh_member_u32(request->members, "Id", &request->id);
}

static void host_asked(void *me, uint8_t *message, size_t length) {
  struct request request = {.stream = me};
  struct mesh_token tag;
  if (!read_message((struct mesh_reader){message, message + length}, &tag, &request)) {
    mesh_link_end(&request.stream->link);
    return;
  }
  if (request.id == 0) return;
  const struct mesh_reader reader = request.members;
  request.standing = proven(request.stream);
  const struct mesh_power_calls *power = request.standing == HUB ? request.stream->device->power_calls : NULL;
  if (mesh_is(tag, "Result") || mesh_is(tag, "Agreed") || mesh_is(tag, "Commitment")) {
    if (power == NULL || power->answered(request.stream, tag, reader, request.id) == MESH_NOT_MINE) answered(&request);
    return;
  }
  const struct mesh_update_calls *update = request.standing == HUB ? request.stream->device->update_calls : NULL;
  if (power != NULL || update != NULL) {
    enum mesh_taken taken = power == NULL ? MESH_NOT_MINE : power->asked(request.stream, tag, reader, request.id, &request.why);
    if (taken == MESH_NOT_MINE && update != NULL) taken = update->asked(request.stream, tag, reader, request.id, &request.why);
    if (taken == MESH_DECLINED) mesh_message_result(request.stream, request.id, "Reject", &request.why);
    if (taken != MESH_NOT_MINE) return;
  }
  request.why = rejected;
  /* What other devices take from their hub, and it has no use for. */
  if (request.standing == HUB && mesh_is(tag, "Update")) request.why.text = "the device takes no other programs";
  if (request.standing == HUB && mesh_is(tag, "Provision")) request.why.text = "the device has no Wi-Fi";
  int status;
  if (is_asking(&request, tag)) {
    struct mesh_writer writer = begin_answer(&request, mesh_is(tag, "Describe") ? "Contribution" : "Result");
    status = answer(&request, tag, &writer);
    if (status == MESH_OK) mesh_message_send(request.stream, &writer);
  } else {
    status = carry_out(&request, tag);
    if (status == MESH_OK) mesh_message_result(request.stream, request.id, "Accept", NULL);
  }
  if (status != MESH_OK) mesh_message_result(request.stream, request.id, "Reject", &request.why);
}

const struct mesh_host mesh_device_host = {host_send, host_close, host_random, host_milliseconds, host_description,
                                           host_identity, host_psk, host_began, host_ended, host_asked};

bool mesh_stream_serves(struct mesh_stream *stream) {
  return standing_of(stream) == HUB;
}

/* --- streams, and who stands at the device --- */

void mesh_stream_start(struct mesh_device *device, int at, struct mesh_stream *stream, void *port, const char *medium, size_t largest) {
  stream->device = device;
  stream->port = port;
  device->streams[at] = stream;
  mesh_link_start(&stream->link, &mesh_device_host, stream, medium, largest);
}

void mesh_stream_end(struct mesh_device *device, int at) {
  if (device->streams[at] != NULL) {
    mesh_report_restart(device, device->streams[at]);
    mesh_link_forget(&device->streams[at]->link);
  }
  device->streams[at] = NULL;
}

bool mesh_device_change(struct mesh_device *device, const char *name, struct mesh_token value) {
  enum mesh_change change = mesh_values_change(device->class_of, &device->state.values, name, value);
  if (change == MESH_UNFIT) return false;
  if (change == MESH_SAME) return true;
  changed(device, change);
  save(device);
  device->port->told(device->me, "changed");
  return true;
}

void mesh_device_press(struct mesh_device *device) {
  device->pressed = true;
  device->pressed_at = device->port->milliseconds(device->me);
}

void mesh_device_reset(struct mesh_device *device) {
  const struct mesh_lock *lock = &device->state.lock;
  forget(device, lock->pinned && device->state.powered - lock->pinned_at < PROVISIONAL);
  device->port->told(device->me, "reset");
}

bool mesh_device_is_linked(struct mesh_device *device) {
  for (int at = 0; at < MESH_STREAMS; at++)
    if (device->streams[at] != NULL && standing_of(device->streams[at]) == HUB) return true;
  return false;
}
