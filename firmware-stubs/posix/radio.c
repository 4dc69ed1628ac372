#define _POSIX_C_SOURCE 200809L

#include "radio.h"

#include "net.h"

#include <string.h>
#include <unistd.h>

enum { HAILS = 1, BEGIN = 2, FRAME = 3, END = 4 };
enum { MOST_FRAME = MESH_LARGEST < 512 ? MESH_LARGEST : 512, MOST_PACKET = 3 + MOST_FRAME };

static struct mesh_device *device;
static struct mesh_stream *stream;
static int file = -1;
static bool is_off = true, over;
static uint8_t packet[MOST_PACKET];
static size_t have;

static void say(uint8_t type, const uint8_t *body, size_t length) {
  uint8_t out[MOST_PACKET];
  if (length > MOST_FRAME) return;
  out[0] = (uint8_t)((length + 1) >> 8);
  out[1] = (uint8_t)(length + 1);
  out[2] = type;
  if (length > 0) memcpy(out + 3, body, length);
  net_write(file, out, 3 + length);
}

static void end_stream(void) {
  if (device->streams[0] == stream) mesh_stream_end(device, 0);
  over = false;
}

static void show(void) {
  uint8_t hails[MESH_HAILS] = {0};
  say(HAILS, hails, mesh_device_hails(device, hails));
}

bool radio_start(struct mesh_device *of, struct mesh_stream *at, int where) {
  device = of;
  stream = at;
  file = where;
  is_off = false;
  show();
  return true;
}

void radio_stop(void) {
  if (is_off) return;
  end_stream();
  say(END, NULL, 0);
  say(HAILS, NULL, 0);
  is_off = true;
  /* Whoever reads next, another program after an update, begins with a whole packet: of one that is half read the rest comes. */
  while (have > 0 && radio_ready()) continue;
}

int radio_file(void) {
  return file;
}

static void take(uint8_t type, uint8_t *body, size_t length) {
  /* What comes after it has gone off the air is of before. */
  if (is_off) return;
  if (type == BEGIN && length == 2) {
    size_t largest = (size_t)body[0] << 8 | body[1];
    end_stream();
    if (largest < 64) say(END, NULL, 0);
    else mesh_stream_start(device, 0, stream, stream, "ble", largest < MOST_FRAME ? largest : MOST_FRAME);
  } else if (type == FRAME && device->streams[0] == stream) {
    mesh_link_packet(&stream->link, body, length);
  } else if (type == END) {
    end_stream();
  }
  if (over) {
    end_stream();
    say(END, NULL, 0);
  }
}

bool radio_ready(void) {
  uint8_t octets[1024];
  ssize_t length = read(file, octets, sizeof octets);
  if (length <= 0) return false;
  for (ssize_t at = 0; at < length; at++) {
    packet[have++] = octets[at];
    size_t whole = have < 2 ? 0 : 2 + ((size_t)packet[0] << 8 | packet[1]);
    bool is_none = whole == 2 || whole > sizeof packet;
    if (have != whole && !is_none) continue;
    have = 0;
    if (is_none) return false;
    take(packet[2], packet + 3, whole - 3);
  }
  return true;
}

void radio_send(const uint8_t *frame, size_t length) {
  if (!is_off && !over) say(FRAME, frame, length);
}

void radio_close(void) {
  over = true;
}

void radio_hail(void) {
  if (is_off) return;
  if (device->streams[0] == stream && !stream->link.session.open) {
    end_stream();
    say(END, NULL, 0);
  }
  show();
}
