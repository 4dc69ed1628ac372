/*
 * mesh_mqtt: the device's end of MQTT 3.1.1 at a broker: one connection, one stream. docs/device-link.md §3, MQTT. Octets in, octets out; the connection
 * below is the port's. QoS 1 and a clean session: TCP carries what is sent, and nothing is sent a second time.
 */
#ifndef MESH_MQTT_H
#define MESH_MQTT_H

#include "mesh_device.h"

enum {
  MESH_MQTT_FRAME = MESH_LARGEST < 8192 ? MESH_LARGEST : 8192,
  MESH_MQTT_TAG = 24,                                         /* characters */
  MESH_MQTT_MOST = 5 + 2 + 10 + MESH_MQTT_TAG + 2 + MESH_MQTT_FRAME, /* the longest packet: head, topic mesh/TAG/down, number, frame */
};

/* What the machine gives. `me` is the connection's. */
struct mesh_mqtt_calls {
  void (*put)(void *me, const struct mesh_part *parts, int count); /* one packet in parts; waits for room */
  void (*hang_up)(void *me);                                       /* ends the connection; the port calls mesh_mqtt_down some time after it */
  void (*shown)(void *me, const uint8_t *hails, size_t length);    /* for whoever watches */
};

struct mesh_mqtt {
  const struct mesh_mqtt_calls *calls;
  void *me;
  struct mesh_device *device;
  struct mesh_stream *stream;
  uint8_t step;
  bool logged_in;
  bool asked; /* somebody wants to know who is there */
  uint32_t answer_at;
  uint32_t begun_at;
  uint32_t sent_at;
  uint32_t heard_at;
  uint32_t refused;  /* logins in a row */
  uint32_t attempts; /* connections in a row that came to nothing */
  uint16_t number;
  char tag[MESH_MQTT_TAG + 1];
  uint8_t hails[MESH_HAILS];
  size_t hails_length;
  size_t have;
  uint8_t packet[MESH_MQTT_MOST];
};

/* Before the first connection; `stream` is the device's at place 0. */
void mesh_mqtt_start(struct mesh_mqtt *mqtt, const struct mesh_mqtt_calls *calls, struct mesh_device *device, struct mesh_stream *stream, void *me);

/* A connection to the broker is there: logs in. */
void mesh_mqtt_up(struct mesh_mqtt *mqtt);

/* It is over, or did not come about; milliseconds until the next try. */
uint32_t mesh_mqtt_down(struct mesh_mqtt *mqtt);

/* Octets have come. */
void mesh_mqtt_octets(struct mesh_mqtt *mqtt, const uint8_t *octets, size_t length);

/* What is due: ten times a second. */
void mesh_mqtt_poll(struct mesh_mqtt *mqtt);

/* Fresh hails: the keys have changed, or a quarter of an hour is over; a device that could log in by now does it then. */
void mesh_mqtt_hail(struct mesh_mqtt *mqtt);
void mesh_mqtt_refresh(struct mesh_mqtt *mqtt);

/* For the host's `send` and `close`. */
void mesh_mqtt_send(struct mesh_mqtt *mqtt, const uint8_t *frame, size_t length);
void mesh_mqtt_close(struct mesh_mqtt *mqtt);

#endif
