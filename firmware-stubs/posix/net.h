/* net: TCP connections, a serial line, a broker, or a radio as streams of the device. docs/device-link.md §3. */
#ifndef NET_H
#define NET_H

#include "mesh_device.h"

/* How a device is reached. */
struct reach {
  const char *host; /* TCP: where it listens */
  int port;
  const char *line;   /* serial: a terminal or a unix socket; NULL for others */
  const char *broker; /* MQTT: HOST:PORT; NULL for others */
  int radio;          /* Bluetooth: a socket to the radio part (radio.h); 0 for others */
  void (*shown)(const uint8_t *hails, size_t length); /* told of the hails that it shows */
};

/* Listens or opens the line; false when it cannot. The port in use stands in `reach` then. */
bool net_start(struct mesh_device *device, struct reach *reach);

/* Everything is closed; `net_start` begins anew. */
void net_stop(void);

/* Waits for octets on the streams or on `other`, at most so many milliseconds; true when `other` can be read. */
bool net_wait(int other, int milliseconds);

/* Shows fresh hails: their keys have changed, or it is time. */
void net_hail(bool is_time);

/* All of it to a file, however long that takes; false when the other end does not take it. */
bool net_write(int file, const uint8_t *octets, size_t length);

void net_send(void *stream, const uint8_t *packet, size_t length);
void net_close(void *stream);

#endif
