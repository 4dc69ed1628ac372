#include "mesh_mqtt.h"

#include "mesh_rest.h"

#include <string.h>

enum step { DOWN, LOGGING_IN, SUBSCRIBING, UP, CLOSING };
enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x30, PUBACK = 0x40, SUBSCRIBE = 0x82, SUBACK = 0x90, PINGREQ = 0xc0, PINGRESP = 0xd0 };
enum { QOS_1 = 0x02, RETAINED = 0x01, CLEAN = 0x02, HAS_NAME = 0x80, HAS_PASSWORD = 0x40 };
enum { KEEP_SECONDS = 30, PING_MS = 20000, SILENT_MS = 60000, LOGIN_MS = 10000, MOST_REFUSED = 2, ANSWER_MS = 1000, QUIET_MS = 5000 };
enum { MOST_TOPIC = 10 + MESH_MQTT_TAG, MOST_LOGIN = 2 + 6 + 2 + MESH_HASH };

static const char who_topic[] = "mesh/who";

static uint32_t now(const struct mesh_mqtt *mqtt) {
  return mqtt->device->port->milliseconds(mqtt->device->me);
}

void mesh_mqtt_start(struct mesh_mqtt *mqtt, const struct mesh_mqtt_calls *calls, struct mesh_device *device, struct mesh_stream *stream, void *me) {
  memset(mqtt, 0, sizeof *mqtt);
  mqtt->calls = calls;
  mqtt->device = device;
  mqtt->stream = stream;
  mqtt->me = me;
}

void mesh_mqtt_close(struct mesh_mqtt *mqtt) {
  if (mqtt->step == DOWN || mqtt->step == CLOSING) return;
  mqtt->step = CLOSING;
  mqtt->calls->hang_up(mqtt->me);
}

/* --- packets out --- */

static size_t put_u16(uint8_t *out, size_t at, size_t value) {
  out[at] = (uint8_t)(value >> 8);
  out[at + 1] = (uint8_t)value;
  return at + 2;
}

static size_t put_octets(uint8_t *out, size_t at, const void *octets, size_t length) {
  at = put_u16(out, at, length);
  memcpy(out + at, octets, length);
  return at + length;
}

/* A head with the length of what follows, which lies in one part or two. */
static void send_packet(struct mesh_mqtt *mqtt, uint8_t type, const uint8_t *body, size_t length, const uint8_t *payload, size_t payload_length) {
  uint8_t head[5] = {type};
  size_t at = 1, rest = length + payload_length;
  do {
    head[at++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  const struct mesh_part parts[] = {{head, at}, {body, length}, {payload, payload_length}};
  mqtt->sent_at = now(mqtt);
  mqtt->calls->put(mqtt->me, parts, payload_length > 0 ? 3 : 2);
}

static uint16_t next_number(struct mesh_mqtt *mqtt) {
  if (++mqtt->number == 0) mqtt->number = 1;
  return mqtt->number;
}

/* mesh/TAG/up and the like. */
static void topic_of(char topic[MOST_TOPIC + 1], const struct mesh_mqtt *mqtt, const char *before, const char *after) {
  strcpy(topic, before);
  strcat(topic, mqtt->tag);
  strcat(topic, after);
}

static void publish(struct mesh_mqtt *mqtt, const char *topic, const uint8_t *payload, size_t length) {
  uint8_t body[2 + MOST_TOPIC + 2];
  size_t at = put_octets(body, 0, topic, strlen(topic));
  at = put_u16(body, at, next_number(mqtt));
  send_packet(mqtt, PUBLISH | QOS_1, body, at, payload, length);
}

static void subscribe(struct mesh_mqtt *mqtt, const char *topic) {
  uint8_t body[2 + 2 + MOST_TOPIC + 1];
  size_t at = put_u16(body, 0, next_number(mqtt));
  at = put_octets(body, at, topic, strlen(topic));
  body[at++] = 1;
  send_packet(mqtt, SUBSCRIBE, body, at, NULL, 0);
}

static void publish_hails(struct mesh_mqtt *mqtt) {
  char topic[MOST_TOPIC + 1];
  topic_of(topic, mqtt, "mesh/hail/", "");
  publish(mqtt, topic, mqtt->hails, mqtt->hails_length);
}

static void draw_hails(struct mesh_mqtt *mqtt) {
  mqtt->hails_length = mesh_device_hails(mqtt->device, mqtt->hails);
  mqtt->calls->shown(mqtt->me, mqtt->hails, mqtt->hails_length);
}

static void renew(struct mesh_mqtt *mqtt) {
  if (mqtt->step != UP) return;
  draw_hails(mqtt);
  publish_hails(mqtt);
}

void mesh_mqtt_send(struct mesh_mqtt *mqtt, const uint8_t *frame, size_t length) {
  char topic[MOST_TOPIC + 1];
  if (mqtt->step != UP) return;
  topic_of(topic, mqtt, "mesh/", "/up");
  publish(mqtt, topic, frame, length);
}

/* --- the connection --- */

static void write_tag(char tag[MESH_MQTT_TAG + 1], const uint8_t hail[MESH_MQTT_TAG / 2]) {
  static const char digits[] = "0123456789abcdef";
  for (int at = 0; at < MESH_MQTT_TAG / 2; at++) {
    tag[2 * at] = digits[hail[at] >> 4];
    tag[2 * at + 1] = digits[hail[at] & 15];
  }
  tag[MESH_MQTT_TAG] = 0;
}

void mesh_mqtt_up(struct mesh_mqtt *mqtt) {
  uint8_t body[10 + 2 + MESH_MQTT_TAG + MOST_LOGIN] = {0, 4, 'M', 'Q', 'T', 'T', 4}, password[MESH_HASH];
  size_t at = 8;
  draw_hails(mqtt);
  if (mqtt->hails_length == 0) return;
  write_tag(mqtt->tag, mqtt->hails);
  /* A hub that does not know this login yet, the successor of a lost one, is met as a stranger. */
  mqtt->logged_in = mqtt->refused < MOST_REFUSED && mesh_device_login(mqtt->device, mqtt->tag, password);
  if (!mqtt->logged_in) mqtt->refused = 0;
  body[7] = mqtt->logged_in ? CLEAN | HAS_NAME | HAS_PASSWORD : CLEAN;
  at = put_u16(body, at, KEEP_SECONDS);
  at = put_octets(body, at, mqtt->tag, MESH_MQTT_TAG);
  if (mqtt->logged_in) {
    at = put_octets(body, at, "linked", 6);
    at = put_octets(body, at, password, sizeof password);
  }
  mqtt->step = LOGGING_IN;
  mqtt->have = 0;
  mqtt->begun_at = mqtt->heard_at = now(mqtt);
  send_packet(mqtt, CONNECT, body, at, NULL, 0);
  mesh_wipe(password, sizeof password);
  mesh_wipe(body, sizeof body);
}

uint32_t mesh_mqtt_down(struct mesh_mqtt *mqtt) {
  if (mqtt->device->streams[0] == mqtt->stream) mesh_stream_end(mqtt->device, 0);
  mqtt->step = DOWN;
  mqtt->asked = false;
  mesh_wipe(mqtt->packet, mqtt->have);
  mqtt->have = 0;
  return mesh_rest_pause(mqtt->device, mqtt->attempts++);
}

static void established(struct mesh_mqtt *mqtt) {
  mqtt->step = UP;
  mqtt->refused = mqtt->attempts = 0;
  mesh_stream_start(mqtt->device, 0, mqtt->stream, mqtt->me, "mqtt", MESH_MQTT_FRAME);
  publish_hails(mqtt);
  /* At a hub's own broker nobody asks, and other brokers may refuse. */
  subscribe(mqtt, who_topic);
}

/* --- packets in --- */

static void admitted(struct mesh_mqtt *mqtt, const uint8_t *body, size_t length) {
  enum { BAD_LOGIN = 4, NOT_AUTHORIZED = 5 };
  char topic[MOST_TOPIC + 1];
  if (mqtt->step != LOGGING_IN || length != 2 || body[1] != 0) {
    if (length == 2 && (body[1] == BAD_LOGIN || body[1] == NOT_AUTHORIZED)) mqtt->refused++;
    mesh_mqtt_close(mqtt);
    return;
  }
  mqtt->step = SUBSCRIBING;
  topic_of(topic, mqtt, "mesh/", "/down");
  subscribe(mqtt, topic);
}

static void subscribed(struct mesh_mqtt *mqtt, const uint8_t *body, size_t length) {
  if (mqtt->step == UP) return; /* mesh/who, or not */
  if (mqtt->step != SUBSCRIBING || length != 3 || body[2] > 2) mesh_mqtt_close(mqtt);
  else established(mqtt);
}

/* Anybody may ask: answered within a second, not by all of a house at once, and once in a while. */
static void asked(struct mesh_mqtt *mqtt) {
  uint8_t drawn;
  uint32_t since = now(mqtt) - mqtt->answer_at;
  if (mqtt->asked) return;
  mqtt->device->port->random(mqtt->device->me, &drawn, 1);
  mqtt->asked = true;
  uint32_t rest = mqtt->answer_at != 0 && since < QUIET_MS ? QUIET_MS - since : 0;
  mqtt->answer_at = now(mqtt) + rest + ANSWER_MS / 2 + ANSWER_MS / 2 * drawn / 256;
}

static void published(struct mesh_mqtt *mqtt, uint8_t flags, uint8_t *body, size_t length) {
  char down[MOST_TOPIC + 1];
  if (length < 2 || (flags & 0x06) > QOS_1) {
    mesh_mqtt_close(mqtt);
    return;
  }
  size_t topic_length = (size_t)body[0] << 8 | body[1], at = 2 + topic_length;
  const char *topic = (const char *)body + 2;
  if (flags & QOS_1) {
    if (length < at + 2) {
      mesh_mqtt_close(mqtt);
      return;
    }
    uint8_t number[2] = {body[at], body[at + 1]};
    send_packet(mqtt, PUBACK, number, sizeof number, NULL, 0);
    at += 2;
  }
  if (length < at) {
    mesh_mqtt_close(mqtt);
    return;
  }
  if (mqtt->step != UP || (flags & RETAINED)) return;
  topic_of(down, mqtt, "mesh/", "/down");
  if (topic_length == strlen(down) && memcmp(topic, down, topic_length) == 0) mesh_link_packet(&mqtt->stream->link, body + at, length - at);
  else if (topic_length == sizeof who_topic - 1 && memcmp(topic, who_topic, topic_length) == 0) asked(mqtt);
}

static void take_packet(struct mesh_mqtt *mqtt, size_t head, size_t length) {
  uint8_t type = mqtt->packet[0] & 0xf0, flags = mqtt->packet[0] & 0x0f, *body = mqtt->packet + head;
  length -= head;
  mqtt->heard_at = now(mqtt);
  if (type == PUBLISH && mqtt->step >= SUBSCRIBING) published(mqtt, flags, body, length);
  else if (type == CONNACK && flags == 0) admitted(mqtt, body, length);
  else if (type == SUBACK && flags == 0) subscribed(mqtt, body, length);
  else if ((type != PUBACK && type != PINGRESP) || flags != 0) mesh_mqtt_close(mqtt);
}

/* Octets of head and packet, as far as they are known; 0 while they are not. More than there is room for when they make no sense. */
static size_t length_of(const struct mesh_mqtt *mqtt, size_t *head) {
  size_t length = 0;
  for (size_t at = 1; at < 5; at++) {
    if (at >= mqtt->have) return 0;
    length |= (size_t)(mqtt->packet[at] & 0x7f) << (7 * (at - 1));
    *head = at + 1;
    if ((mqtt->packet[at] & 0x80) == 0) return *head + length;
  }
  return sizeof mqtt->packet + 1;
}

void mesh_mqtt_octets(struct mesh_mqtt *mqtt, const uint8_t *octets, size_t length) {
  size_t head = 0;
  while (length > 0 && mqtt->step != DOWN && mqtt->step != CLOSING) {
    size_t whole = length_of(mqtt, &head), some = 1;
    if (whole > 0) some = whole - mqtt->have < length ? whole - mqtt->have : length;
    memcpy(mqtt->packet + mqtt->have, octets, some);
    mqtt->have += some;
    octets += some;
    length -= some;
    whole = length_of(mqtt, &head);
    if (whole > sizeof mqtt->packet) {
      mesh_mqtt_close(mqtt);
    } else if (whole > 0 && mqtt->have == whole) {
      mqtt->have = 0;
      take_packet(mqtt, head, whole);
    }
  }
}

void mesh_mqtt_poll(struct mesh_mqtt *mqtt) {
  uint32_t at = now(mqtt);
  if (mqtt->step == DOWN || mqtt->step == CLOSING) return;
  if (at - mqtt->heard_at > SILENT_MS || (mqtt->step != UP && at - mqtt->begun_at > LOGIN_MS)) {
    mesh_mqtt_close(mqtt);
    return;
  }
  if (mqtt->asked && at - mqtt->answer_at < 0x80000000u) {
    mqtt->asked = false;
    mqtt->answer_at = at;
    renew(mqtt);
  }
  if (mqtt->step == UP && at - mqtt->sent_at > PING_MS) send_packet(mqtt, PINGREQ, NULL, 0, NULL, 0);
}

static bool can_log_in(const struct mesh_mqtt *mqtt) {
  return mqtt->device->state.active.there;
}

void mesh_mqtt_hail(struct mesh_mqtt *mqtt) {
  /* What it has logged in with is no longer its own. */
  if (mqtt->logged_in && !can_log_in(mqtt)) mesh_mqtt_close(mqtt);
  else renew(mqtt);
}

void mesh_mqtt_refresh(struct mesh_mqtt *mqtt) {
  if (!mqtt->logged_in && can_log_in(mqtt)) mesh_mqtt_close(mqtt);
  else mesh_mqtt_hail(mqtt);
}
