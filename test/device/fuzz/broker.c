/* What a broker says: octets as they come, or (first octet of a piece 1) what it publishes on the device's own topic; 2: its connection ends, and another comes. */
#include "classes.h"
#include "mesh_mqtt.h"
#include "subject.h"

#include <stdlib.h>
#include <string.h>

static struct mesh_mqtt mqtt;

static void put(void *me, const struct mesh_part *parts, int count) {
  (void)me, (void)parts, (void)count;
}

static void hang_up(void *me) {
  (void)me;
}

static void shown(void *me, const uint8_t *hails, size_t length) {
  (void)me, (void)hails, (void)length;
}

static void come(const uint8_t *octets, size_t length) {
  uint8_t *copy = fuzz_copy(octets, length);
  mesh_mqtt_octets(&mqtt, copy, length);
  free(copy);
}

static void publish(const uint8_t *payload, size_t length) {
  static uint8_t packet[1024];
  size_t topic = 10 + MESH_MQTT_TAG, body = 2 + topic + 2 + length;
  if (5 + body > sizeof packet) return;
  packet[0] = 0x32;
  packet[1] = (uint8_t)(body & 0x7f) | 0x80;
  packet[2] = (uint8_t)(body >> 7);
  packet[3] = 0;
  packet[4] = (uint8_t)topic;
  memcpy(packet + 5, "mesh/", 5);
  memcpy(packet + 10, mqtt.tag, MESH_MQTT_TAG);
  memcpy(packet + 10 + MESH_MQTT_TAG, "/down", 5);
  packet[5 + topic] = 0;
  packet[6 + topic] = 1;
  if (length > 0) memcpy(packet + 7 + topic, payload, length);
  come(packet, 3 + body);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  static const struct mesh_mqtt_calls calls = {put, hang_up, shown};
  struct fuzz_pieces pieces = {octets, octets + length};
  size_t piece;
  subject_start(&light_class, length > 0 && octets[0] & 4 ? SUBJECT_CONNECTED : SUBJECT_NEW);
  memset(&mqtt, 0, sizeof mqtt);
  mesh_mqtt_start(&mqtt, &calls, &subject.device, &subject.stream, NULL);
  mesh_mqtt_up(&mqtt);
  for (const uint8_t *at = fuzz_next(&pieces, &piece); at != NULL; at = fuzz_next(&pieces, &piece)) {
    if (piece < 1) continue;
    if ((at[0] & 3) == 1) publish(at + 1, piece - 1);
    else if ((at[0] & 3) != 2) come(at + 1, piece - 1);
    else mesh_mqtt_down(&mqtt), mesh_mqtt_up(&mqtt);
    subject.clock += 700;
    mesh_mqtt_poll(&mqtt);
    mesh_device_poll(&subject.device);
    subject_check();
  }
  mesh_mqtt_down(&mqtt);
  return 0;
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  static const uint8_t admitted[] = {0, 0x20, 2, 0, 0}, granted[] = {0, 0x90, 3, 0, 1, 1}, describe[] = {1, 1, 0, 0}, pong[] = {0, 0xd0, 0};
  static const uint8_t who[] = {0, 0x30, 10, 0, 8, 'm', 'e', 's', 'h', '/', 'w', 'h', 'o'};
  (void)room;
  if (which > 0) return 0;
  size_t at = fuzz_join(octets, 0, admitted, sizeof admitted);
  at = fuzz_join(octets, at, granted, sizeof granted);
  at = fuzz_join(octets, at, describe, sizeof describe);
  at = fuzz_join(octets, at, who, sizeof who);
  return fuzz_join(octets, at, pong, sizeof pong);
}
