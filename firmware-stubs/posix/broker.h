/* broker: the connection of a device to an MQTT broker: opened without waiting, and again after the pauses that its hub has told it. */
#ifndef BROKER_H
#define BROKER_H

#include "mesh_mqtt.h"

/* What is told of the hails that are shown. */
typedef void broker_shown(const uint8_t *hails, size_t length);

/* Goes to HOST:PORT, for the device's stream at place 0; false when that is no address. */
bool broker_start(struct mesh_device *device, struct mesh_stream *stream, const char *address, broker_shown *shown);
void broker_stop(void);

/* For poll(2): the file, -1 while there is none, and what it waits for; then what came of it. */
int broker_file(short *events);
void broker_ready(short events);

/* What is due: after each poll(2). */
void broker_poll(void);

void broker_send(const uint8_t *frame, size_t length);
void broker_close(void);

/* Fresh hails, because the keys have changed, or because it is time. */
void broker_hail(bool is_time);

#endif
