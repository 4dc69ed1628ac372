/*
 * mesh_line: blocks on a serial line, 00 || COBS(content || CRC-32) || 00. docs/device-link.md §3, Serial.
 * Octets in, packets out; what is damaged is passed over. No heap, no globals.
 */
#ifndef MESH_LINE_H
#define MESH_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest frame that this device takes and sends, 64 to 4096: it says so in its hello. */
#ifndef MESH_LARGEST
#define MESH_LARGEST 512
#endif

enum mesh_line_type { MESH_LINE_HELLO = 1, MESH_LINE_OPEN = 2, MESH_LINE_FRAME = 3, MESH_LINE_END = 4 };

/* Writes octets to the line; waits for room. */
typedef void mesh_line_put(void *line, const uint8_t *octets, size_t length);

/* Sends one packet: `type`, the stream's number (0 = none), the body. */
void mesh_line_send(mesh_line_put *put, void *line, uint8_t type, uint8_t stream, const uint8_t *body, size_t length);

struct mesh_line_reader {
  uint8_t content[2 + MESH_LARGEST + 4];
  size_t have;
  uint8_t run;   /* octets left of the present run */
  bool zero;     /* a 00 stands after it, if anything does */
  bool damaged;  /* too long, or a run that ended early: up to the next 00 */
};

/* One octet. Gives the length of a packet that is whole (content: type, stream, body), 0 otherwise. */
size_t mesh_line_read(struct mesh_line_reader *reader, uint8_t octet);

#endif
