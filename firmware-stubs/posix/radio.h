/*
 * radio: packets of the device over a socket to a process that stands in for the radio part of a chip (firmware-stubs/virtual/radio-part.ts): what a
 * Bluetooth stack would be to the firmware. A packet is a length u16, a type, and what it says:
 *   1 hails, to the radio: 12 octets each; none = off the air      2 begin, from the radio: the hub listens; u16 = the largest frame
 *   3 frame, both ways                                              4 end, both ways: the connection is over
 */
#ifndef RADIO_H
#define RADIO_H

#include "mesh_device.h"

/* For the device's stream at place 0. False when the file is none. */
bool radio_start(struct mesh_device *device, struct mesh_stream *stream, int file);

/* Off the air; the file stays open. */
void radio_stop(void);

/* The file, for poll(2); -1 while it is off. Then its octets; false when the radio is gone, as when the power is. */
int radio_file(void);
bool radio_ready(void);

void radio_send(const uint8_t *frame, size_t length);
void radio_close(void);

/* Fresh hails; whoever is connected without a session is let go, since the device is not seen meanwhile. */
void radio_hail(void);

#endif
