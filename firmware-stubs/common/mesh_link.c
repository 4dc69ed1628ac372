#include "mesh_link.h"

#include "mesh_jsonb.h"

#include <string.h>

enum { DESCRIBE = 0x01, DESCRIBED = 0x02, HELLO_1 = 0x10, HELLO_2 = 0x11, TRANSPORT = 0x20, CLOSE = 0x7f, MORE = 0x80 };
enum { HEAD = 3, COUNTER = 8, FLAG = 1, OVERHEAD = HEAD + COUNTER + FLAG + MESH_TAG };
enum { MOST_UNREADABLE = 8, MOST_DESCRIBED = 2, HALF_OPEN_MS = 10000, HANDSHAKE_MS = 2000, HANDSHAKES = 4 };
enum { CLOSE_PROTOCOL = 1, CLOSE_REFUSED = 2 };
#define MOST_FRAMES ((uint64_t)1 << 20)

void mesh_link_start(struct mesh_link *link, const struct mesh_host *host, void *me, const char *medium, size_t largest) {
  bool fresh = link->host == NULL;
  uint32_t tokens = link->handshakes, at = link->handshakes_at;
  mesh_wipe(link, sizeof *link);
  link->host = host;
  link->me = me;
  link->medium = medium;
  link->largest = largest < sizeof link->packet ? largest : sizeof link->packet;
  /* Of the device, not of the stream. */
  link->handshakes = fresh ? HANDSHAKES * HANDSHAKE_MS : tokens;
  link->handshakes_at = fresh ? host->milliseconds(me) : at;
}

static void put_head(uint8_t *packet, uint8_t type, size_t body) {
  packet[0] = type;
  packet[1] = (uint8_t)(body >> 8);
  packet[2] = (uint8_t)body;
}

static void send_close(struct mesh_link *link, uint8_t reason) {
  put_head(link->packet, CLOSE, 1);
  link->packet[HEAD] = reason;
  link->host->send(link->me, link->packet, HEAD + 1);
}

static void forget_coming(struct mesh_link *link) {
  mesh_wipe(&link->coming, sizeof link->coming);
  memset(link->hello_hash, 0, sizeof link->hello_hash);
}

static void drop_session(struct mesh_link *link) {
  bool was_open = link->session.open;
  mesh_wipe(&link->session, sizeof link->session);
  mesh_wipe(link->message, sizeof link->message);
  link->message_length = 0;
  if (was_open) link->host->ended(link->me);
}

void mesh_link_forget(struct mesh_link *link) {
  forget_coming(link);
  mesh_wipe(&link->session, sizeof link->session);
  mesh_wipe(link->answer, sizeof link->answer);
  mesh_wipe(link->hello, sizeof link->hello);
  mesh_wipe(link->message, sizeof link->message);
  mesh_wipe(link->packet, sizeof link->packet);
  link->hello_length = link->message_length = 0;
}

void mesh_link_end(struct mesh_link *link) {
  if (!link->session.open) return;
  send_close(link, CLOSE_PROTOCOL);
  drop_session(link);
}

/* A clear message that lies in parts, cut into frames. */
static void send_clear(struct mesh_link *link, uint8_t type, const struct mesh_part *parts, int count) {
  size_t body = 0;
  for (int which = 0; which < count; which++) {
    for (size_t at = 0; at < parts[which].length; at++) {
      if (body == link->largest - HEAD) {
        put_head(link->packet, type | MORE, body);
        link->host->send(link->me, link->packet, HEAD + body);
        body = 0;
      }
      link->packet[HEAD + body++] = parts[which].octets[at];
    }
  }
  put_head(link->packet, type, body);
  link->host->send(link->me, link->packet, HEAD + body);
}

static void describe(struct mesh_link *link) {
  size_t length;
  const uint8_t *description = link->host->description(link->me, &length);
  uint8_t head[48];
  struct mesh_writer writer = {.octets = head, .room = sizeof head};
  if (description == NULL || link->described++ >= MOST_DESCRIBED) return;
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "Described");
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, "Description");
  mesh_write_head(&writer, MESH_DATA, length);
  const struct mesh_part parts[] = {{head, writer.length}, {description, length}, {(const uint8_t *)"}}", 2}};
  send_clear(link, DESCRIBED, parts, 3);
}

/* One handshake every two seconds, four at once. */
static bool may_shake_hands(struct mesh_link *link) {
  uint32_t at = link->host->milliseconds(link->me), since = at - link->handshakes_at;
  uint32_t most = HANDSHAKES * HANDSHAKE_MS;
  link->handshakes_at = at;
  link->handshakes = since > most - link->handshakes ? most : link->handshakes + since;
  if (link->handshakes < HANDSHAKE_MS) return false;
  link->handshakes -= HANDSHAKE_MS;
  return true;
}

/* Four fields, each with its length as u16 before it; 0 when they do not fit. */
static size_t write_prologue(uint8_t *out, size_t room, const char *medium, int mode, const char *name) {
  const uint8_t octet = (uint8_t)mode;
  const struct mesh_part fields[] = {{(const uint8_t *)"mmm/link/1", 10},
                                {(const uint8_t *)medium, strlen(medium)},
                                {&octet, 1},
                                {(const uint8_t *)name, strlen(name)}};
  size_t length = 0;
  for (int which = 0; which < 4; which++) {
    const struct mesh_part *field = &fields[which];
    if (length + 2 + field->length > room) return 0;
    out[length++] = (uint8_t)(field->length >> 8);
    out[length++] = (uint8_t)field->length;
    memcpy(out + length, field->octets, field->length);
    length += field->length;
  }
  return length;
}

/* Select{HubUdf, DealEpoch}; members that are not known are passed over. */
static bool read_select(const uint8_t *payload, size_t length, struct mesh_selected *selected) {
  struct mesh_reader reader = {payload, payload + length};
  bool has_epoch = false;
  if (!mesh_whole(payload, length) || mesh_read(&reader).kind != MESH_OBJECT || !mesh_is(mesh_read(&reader), "Select") || mesh_read(&reader).kind != MESH_OBJECT) return false;
  for (struct mesh_token name = mesh_read(&reader); name.kind != MESH_END; name = mesh_read(&reader)) {
    struct mesh_token value = mesh_read(&reader);
    if (name.kind != MESH_TEXT || value.kind == MESH_END) return false;
    if (mesh_is(name, "HubUdf") && value.kind == MESH_TEXT && value.length <= MESH_UDF) {
      memcpy(selected->hub_udf, value.octets, value.length);
      selected->hub_udf[value.length] = 0;
    } else if (mesh_is(name, "DealEpoch") && value.kind == MESH_INTEGER && value.integer >= 0 && value.integer <= 0xffffffff) {
      selected->epoch = (uint32_t)value.integer;
      has_epoch = true;
    }
    if (!mesh_skip(&reader, value)) return false;
  }
  return has_epoch && selected->hub_udf[0] != 0;
}

/* What comes of handshake-1: a half-open session and the answer. */
static int answer_hello(struct mesh_link *link, struct mesh_session *coming) {
  uint8_t secret[MESH_KEY], psk[MESH_KEY], ephemeral[MESH_KEY], prologue[96];
  struct mesh_noise noise;
  const char *name;
  uint8_t *payload;
  size_t payload_length, prologue_length;
  int status = MESH_REFUSED;
  coming->mode = link->hello[0];
  if (coming->mode > MESH_MODE_LINKED || !link->host->identity(link->me, coming->mode, secret, &name)) return MESH_REFUSED;
  prologue_length = write_prologue(prologue, sizeof prologue, link->medium, coming->mode, name);
  if (prologue_length > 0 && mesh_noise_start(&noise, prologue, prologue_length, secret) == MESH_OK &&
      mesh_noise_read(&noise, secret, link->hello + 1, link->hello_length - 1, &payload, &payload_length) == MESH_OK &&
      read_select(payload, payload_length, &coming->selected) && link->host->psk(link->me, coming->mode, &coming->selected, psk)) {
    link->host->random(link->me, ephemeral, sizeof ephemeral);
    memcpy(coming->hub, noise.hub, MESH_KEY);
    status = mesh_noise_write(&noise, psk, ephemeral, link->answer);
    if (status == MESH_OK) mesh_noise_split(&noise, coming->from_hub, coming->to_hub);
  }
  mesh_wipe(&noise, sizeof noise);
  mesh_wipe(secret, sizeof secret);
  mesh_wipe(psk, sizeof psk);
  return status;
}

static MESH_APART void shake_hands(struct mesh_link *link) {
  uint8_t hash[MESH_HASH];
  const struct mesh_part answer = {link->answer, sizeof link->answer};
  if (link->hello_length < 1) return;
  mesh_sha512(hash, link->hello, link->hello_length, NULL, 0);
  bool again = link->coming.open && memcmp(hash, link->hello_hash, sizeof hash) == 0;
  if (!again) {
    if (!may_shake_hands(link)) return;
    forget_coming(link);
    if (answer_hello(link, &link->coming) != MESH_OK) {
      forget_coming(link);
      send_close(link, CLOSE_REFUSED);
      return;
    }
    link->coming.open = true;
    link->coming_since = link->host->milliseconds(link->me);
    memcpy(link->hello_hash, hash, sizeof hash);
  }
  send_clear(link, HELLO_2, &answer, 1);
}

static uint64_t read_counter(const uint8_t *octets) {
  uint64_t counter = 0;
  for (int at = 0; at < COUNTER; at++) counter = counter << 8 | octets[at];
  return counter;
}

/* The first frame under the new keys replaces what was before. */
static bool take_coming(struct mesh_link *link, uint8_t *body, size_t length) {
  if (!link->coming.open) return false;
  if (link->host->milliseconds(link->me) - link->coming_since > HALF_OPEN_MS) {
    forget_coming(link);
    return false;
  }
  if (length < COUNTER + FLAG + MESH_TAG || read_counter(body) != 0) return false;
  uint8_t *part = link->packet;
  if (length - COUNTER > sizeof link->packet ||
      mesh_open(part, link->coming.from_hub, 0, NULL, 0, body + COUNTER, length - COUNTER) != MESH_OK)
    return false;
  drop_session(link);
  link->session = link->coming;
  link->session.received = 1;
  forget_coming(link);
  link->host->began(link->me);
  return true;
}

static void transport(struct mesh_link *link, uint8_t *body, size_t length) {
  if (take_coming(link, body, length)) return; /* it is empty */
  if (!link->session.open || length < COUNTER) return;
  uint64_t counter = read_counter(body);
  if (counter < link->session.received) return;
  uint8_t *part = body + COUNTER;
  size_t part_length = length - COUNTER;
  if (counter > link->session.received || counter >= MOST_FRAMES || part_length < FLAG + MESH_TAG ||
      mesh_open(part, link->session.from_hub, counter, NULL, 0, part, part_length) != MESH_OK || part[0] > 1 ||
      part_length - FLAG - MESH_TAG > sizeof link->message - link->message_length) {
    mesh_link_end(link);
    return;
  }
  link->session.received++;
  memcpy(link->message + link->message_length, part + FLAG, part_length - FLAG - MESH_TAG);
  link->message_length += part_length - FLAG - MESH_TAG;
  bool more = part[0] == 1;
  mesh_wipe(part, part_length);
  if (more) return;
  size_t whole = link->message_length;
  link->message_length = 0;
  if (whole == 0) return;
  link->host->asked(link->me, link->message, whole);
  mesh_wipe(link->message, whole);
}

static void unreadable(struct mesh_link *link) {
  if (++link->unreadable < MOST_UNREADABLE) return;
  drop_session(link);
  link->host->close(link->me);
}

static void take_packet(struct mesh_link *link, uint8_t *packet, size_t length) {
  if (length < HEAD || (size_t)(packet[1] << 8 | packet[2]) != length - HEAD) {
    unreadable(link);
    return;
  }
  uint8_t type = packet[0] & 0x7f, *body = packet + HEAD;
  bool more = packet[0] != type;
  length -= HEAD;
  if (type != HELLO_1) link->hello_length = 0;
  if (type == HELLO_1 && length > 0 && length <= sizeof link->hello - link->hello_length) {
    memcpy(link->hello + link->hello_length, body, length);
    link->hello_length += length;
    if (more) return;
    shake_hands(link);
    link->hello_length = 0;
  } else if (type == DESCRIBE && !more) {
    describe(link);
  } else if (type == TRANSPORT && !more && length >= COUNTER) {
    transport(link, body, length);
  } else if (type == CLOSE && !more && length > 0) {
    if (body[0] != CLOSE_REFUSED) drop_session(link);
  } else {
    link->hello_length = 0;
    unreadable(link);
  }
}

void mesh_link_packet(struct mesh_link *link, uint8_t *packet, size_t length) {
  take_packet(link, packet, length);
  mesh_wipe_stack();
}

int mesh_link_send(struct mesh_link *link, const uint8_t *message, size_t length) {
  size_t room = link->largest - OVERHEAD;
  if (!link->session.open) return MESH_REFUSED;
  for (size_t at = 0; at < length;) {
    size_t part = length - at < room ? length - at : room;
    uint8_t *body = link->packet + HEAD, *sealed = body + COUNTER;
    if (link->session.sent >= MOST_FRAMES) return MESH_REFUSED;
    put_head(link->packet, TRANSPORT, COUNTER + FLAG + part + MESH_TAG);
    for (int which = 0; which < COUNTER; which++) body[which] = (uint8_t)(link->session.sent >> (56 - 8 * which));
    memcpy(sealed + FLAG, message + at, part);
    at += part;
    sealed[0] = at < length;
    mesh_seal(sealed, link->session.to_hub, link->session.sent++, NULL, 0, sealed, FLAG + part);
    link->host->send(link->me, link->packet, HEAD + COUNTER + FLAG + part + MESH_TAG);
  }
  return MESH_OK;
}
