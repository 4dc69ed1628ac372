#include "subject.h"

#include "mesh_envelope.h"

#include <string.h>

const char subject_udf[] = "MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", subject_hub[] = "MHUB", subject_account[] = "MACC";
struct subject subject;

enum { SLOT = 256, FACTORY = 4096 };
static struct mesh_state memory;
static bool has_memory;
static uint8_t factory_octets[3][FACTORY], slot[SLOT];
static size_t factory_length[3], slot_length;
static const struct mesh_class *class_of_subject;
static struct mesh_boot boot;

static void sent(void *stream, const uint8_t *packet, size_t length) {
  static volatile uint8_t last;
  (void)stream;
  for (size_t at = 0; at < length; at++) last = packet[at];
  (void)last;
}

static void closed(void *stream) {
  (void)stream;
}

static void draw(void *me, uint8_t *octets, size_t length) {
  (void)me;
  memset(octets, 0x22, length);
}

static uint32_t milliseconds(void *me) {
  (void)me;
  return subject.clock;
}

static bool load(void *me, struct mesh_state *state) {
  (void)me;
  if (has_memory) *state = memory;
  return has_memory;
}

/* The epoch of an owner never falls. */
static void save(void *me, const struct mesh_state *state) {
  (void)me;
  fuzz_demand(!has_memory || state->lock.epoch >= memory.lock.epoch, "the epoch does not fall");
  fuzz_demand(!has_memory || state->sequence >= memory.sequence, "numbers of reports do not fall");
  memory = *state;
  has_memory = true;
}

static const uint8_t *factory(void *me, uint32_t which, size_t *length) {
  (void)me;
  *length = factory_length[which];
  return factory_length[which] == 0 ? NULL : factory_octets[which];
}

static void store_factory(void *me, uint32_t which, const uint8_t *octets, size_t length) {
  (void)me;
  fuzz_demand(which == 1 || which == 2, "the maker's values stay");
  fuzz_demand(which != subject.device.state.factory, "the values in force are not written over");
  if (length > FACTORY) length = FACTORY;
  if (length > 0) memcpy(factory_octets[which], octets, length);
  factory_length[which] = length;
}

static void hails_changed(void *me) {
  uint8_t hails[MESH_HAILS];
  (void)me;
  mesh_device_hails(&subject.device, hails);
}

static void told(void *me, const char *event) {
  (void)me, (void)event;
}

static const struct mesh_port port = {sent, closed, draw, milliseconds, load, save, factory, store_factory, hails_changed, told};

static uint32_t room(void *me) {
  (void)me;
  return SLOT;
}

static bool erase(void *me) {
  (void)me;
  slot_length = 0;
  return true;
}

static bool write_slot(void *me, uint32_t at, const uint8_t *octets, size_t length) {
  (void)me;
  fuzz_demand(at == slot_length && length <= SLOT - at, "pieces are written in their order, and fit");
  memcpy(slot + at, octets, length);
  slot_length += length;
  return true;
}

static size_t read_slot(void *me, uint32_t at, uint8_t *octets, size_t length) {
  (void)me;
  fuzz_demand(at < slot_length, "what was written is read");
  if (length > slot_length - at) length = slot_length - at;
  memcpy(octets, slot + at, length);
  return length;
}

static void save_boot(void *me, const struct mesh_boot *record) {
  (void)me;
  fuzz_demand(record->version >= boot.version, "versions that were kept do not fall");
  boot = *record;
}

static void restart(void *me) {
  (void)me;
}

static const struct mesh_slots slots = {room, erase, write_slot, read_slot, save_boot, restart};

/* --- how it stands --- */

static void write_factory(void) {
  static const uint8_t description[40] = {1, 2, 3}, key[MESH_KEY] = {7};
  struct mesh_writer writer = {.octets = factory_octets[0], .room = FACTORY};
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "DevicePreconfigurationPrivate");
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "PrivateKeyUDF");
  mesh_write_text(&writer, "ZAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA");
  mesh_write_text(&writer, "PublicationId");
  mesh_write_text(&writer, "MPUB");
  for (int which = 0; which < 3; which++) {
    mesh_write_text(&writer, which == 0 ? "KHail" : which == 1 ? "KLink" : "Kd");
    mesh_write_octets(&writer, MESH_DATA, key, sizeof key);
  }
  mesh_write_text(&writer, "SealedDescription");
  mesh_write_octets(&writer, MESH_DATA, description, sizeof description);
  mesh_write_octet(&writer, '}');
  mesh_write_octet(&writer, '}');
  factory_length[0] = writer.length;
  factory_length[1] = factory_length[2] = 0;
}

static void connect(struct mesh_connection *connection, uint32_t epoch) {
  connection->there = 1;
  strcpy(connection->account, subject_account);
  strcpy(connection->hub, subject_hub);
  connection->epoch = epoch;
  memset(connection->hub_key, 0x33, MESH_KEY);
  memset(connection->link_root, 0x44, sizeof connection->link_root);
}

static void stand(enum subject_standing standing) {
  memset(&memory, 0, sizeof memory);
  mesh_values_begin(class_of_subject, &memory.values);
  if (standing != SUBJECT_NEW) {
    memory.fresh.there = 1;
    memset(memory.fresh.encryption, 0x22, MESH_SCALAR);
    memset(memory.fresh.signature, 0x22, MESH_SCALAR);
    memset(memory.fresh.link, 0x22, MESH_KEY);
  }
  if (standing == SUBJECT_STORED) connect(&memory.stored, 1);
  if (standing == SUBJECT_CONNECTED) connect(&memory.active, 1);
  if (standing >= SUBJECT_CONNECTED) {
    memory.lock.pinned = 1;
    memory.lock.connected = standing == SUBJECT_CONNECTED;
    memory.lock.epoch = 1;
    strcpy(memory.lock.account, subject_account);
    memset(memory.lock.administrator, 0x55, MESH_POINT);
  }
  has_memory = true;
}

void subject_restart(void) {
  static const uint8_t maker[MESH_POINT] = {0x66};
  static const struct mesh_program program = {"subject", 1, maker};
  memset(&subject.stream, 0, sizeof subject.stream);
  fuzz_demand(mesh_device_start(&subject.device, class_of_subject, &port, NULL) == MESH_OK, "the device starts");
  mesh_power_start(&subject.device, &subject.power);
  uint32_t chosen;
  mesh_boot_choose(&boot, &chosen);
  mesh_update_start(&subject.device, &subject.update, &program, &slots, &boot);
}

void subject_start(const struct mesh_class *class_of, enum subject_standing standing) {
  memset(&subject, 0, sizeof subject);
  memset(&boot, 0, sizeof boot);
  class_of_subject = class_of;
  subject.clock = 1000000;
  slot_length = 0;
  write_factory();
  stand(standing);
  subject_restart();
}

void subject_stream(const char *medium, size_t largest) {
  mesh_stream_end(&subject.device, 0);
  mesh_stream_start(&subject.device, 0, &subject.stream, NULL, medium, largest);
}

void subject_session(int mode, uint32_t epoch) {
  struct mesh_session *session = &subject.stream.link.session;
  memset(session, 0, sizeof *session);
  session->open = true;
  session->mode = mode;
  session->selected.epoch = epoch;
  strcpy(session->selected.hub_udf, subject_hub);
  memset(session->hub, 0x33, MESH_KEY);
  mesh_device_host.began(&subject.stream);
}

static bool is_text(const char *text, size_t room_of) {
  return memchr(text, 0, room_of) != NULL;
}

void subject_check(void) {
  const struct mesh_state *state = &subject.device.state;
  fuzz_demand(state->event_count <= MESH_EVENTS, "events fit");
  fuzz_demand(state->delegation.count <= MESH_GRANTS, "grants fit");
  fuzz_demand(is_text(state->active.account, sizeof state->active.account) && is_text(state->active.hub, sizeof state->active.hub) &&
                  is_text(state->active.claim, sizeof state->active.claim) && is_text(state->lock.account, sizeof state->lock.account) &&
                  is_text(state->values.label, sizeof state->values.label),
              "texts end");
  for (int at = 0; at < class_of_subject->count; at++) {
    const struct mesh_property *property = &class_of_subject->properties[at];
    int32_t value = state->values.number[at];
    bool is_bounded = property->type == MESH_WHOLE || property->type == MESH_TENTHS || property->type == MESH_CHOICE;
    fuzz_demand(!is_bounded || (value >= property->least && value <= property->most), "values are in their range");
    fuzz_demand(property->type != MESH_TRUTH || value == 0 || value == 1, "a truth is one");
  }
  fuzz_demand(subject.update.have <= subject.update.length && subject.update.length <= SLOT, "a program fits");
  fuzz_demand(state->lock.connected == 0 || state->active.there, "what is connected has a connection");
}

/* --- for seeds --- */

struct mesh_writer subject_begin(uint8_t *octets, size_t room_of, const char *tag) {
  struct mesh_writer writer = {.octets = octets, .room = room_of};
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, tag);
  mesh_write_octet(&writer, '{');
  return writer;
}

size_t subject_end(struct mesh_writer *writer) {
  mesh_write_octet(writer, '}');
  mesh_write_octet(writer, '}');
  fuzz_demand(!writer->full, "a seed has room");
  return writer->length;
}

size_t subject_envelope(uint8_t *out, size_t room_of, const uint8_t *body, size_t length) {
  static const uint8_t seed[32] = {0x77};
  struct mesh_writer writer = {.octets = out, .room = room_of};
  mesh_write_envelope(&writer, "e30", body, length, seed);
  return writer.full ? 0 : writer.length;
}

size_t subject_seal(uint8_t *out, size_t room_of, const uint8_t *body, size_t length) {
  if (room_of < MESH_KEY + MESH_TAG) return 0;
  size_t inner = subject_envelope(out + MESH_KEY, room_of - MESH_KEY - MESH_TAG, body, length);
  memset(out, 9, MESH_KEY);
  memset(out + MESH_KEY + inner, 0, MESH_TAG);
  return inner == 0 ? 0 : MESH_KEY + inner + MESH_TAG;
}
