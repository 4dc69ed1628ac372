#include "mesh_serial.h"

#include <string.h>

enum { NO_STREAM = 0, LARGEST = MESH_LARGEST < 4096 ? MESH_LARGEST : 4096 };

static void send_packet(struct mesh_serial *serial, uint8_t type, uint8_t stream, const uint8_t *body, size_t length) {
  mesh_line_send(serial->calls->put, serial->me, type, stream, body, length);
}

static void hello(struct mesh_serial *serial, uint8_t stream) {
  uint8_t body[2 + 192] = {LARGEST >> 8, LARGEST & 0xff};
  size_t length = serial->calls->hails(serial->me, body + 2);
  if (length > 0) send_packet(serial, MESH_LINE_HELLO, stream, body, 2 + length);
}

void mesh_serial_start(struct mesh_serial *serial, const struct mesh_serial_calls *calls, struct mesh_link *link, const struct mesh_host *host, void *me) {
  memset(serial, 0, sizeof *serial);
  mesh_wipe(link, sizeof *link);
  serial->calls = calls;
  serial->host = host;
  serial->link = link;
  serial->me = me;
  send_packet(serial, MESH_LINE_END, NO_STREAM, NULL, 0);
  hello(serial, NO_STREAM);
}

void mesh_serial_hail(struct mesh_serial *serial) {
  hello(serial, NO_STREAM);
}

void mesh_serial_send(struct mesh_serial *serial, const uint8_t *frame, size_t length) {
  if (serial->stream != NO_STREAM) send_packet(serial, MESH_LINE_FRAME, serial->stream, frame, length);
}

/* What the link still holds of a stream that is over. */
static void end_stream(struct mesh_serial *serial) {
  serial->stream = NO_STREAM;
  mesh_link_end(serial->link);
  mesh_link_forget(serial->link);
}

void mesh_serial_close(struct mesh_serial *serial) {
  if (serial->stream == NO_STREAM) return;
  send_packet(serial, MESH_LINE_END, serial->stream, NULL, 0);
  end_stream(serial);
}

static void open_stream(struct mesh_serial *serial, uint8_t stream) {
  if (stream != NO_STREAM && (stream != serial->stream || serial->used)) {
    end_stream(serial);
    mesh_link_start(serial->link, serial->host, serial->me, "serial", LARGEST);
    serial->stream = stream;
    serial->used = false;
  }
  hello(serial, stream);
}

void mesh_serial_octet(struct mesh_serial *serial, uint8_t octet) {
  size_t length = mesh_line_read(&serial->reader, octet);
  if (length == 0) return;
  uint8_t *content = serial->reader.content, stream = content[1];
  if (content[0] == MESH_LINE_OPEN) open_stream(serial, stream);
  if (stream == NO_STREAM || stream != serial->stream) return;
  if (content[0] == MESH_LINE_FRAME) {
    serial->used = true;
    mesh_link_packet(serial->link, content + 2, length - 2);
  }
  if (content[0] == MESH_LINE_END) end_stream(serial);
}
