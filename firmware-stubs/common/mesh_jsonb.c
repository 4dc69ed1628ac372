#include "mesh_jsonb.h"

#include <string.h>

enum { MOST_DEPTH = 64 };

static const struct mesh_token damaged = {.kind = MESH_DAMAGED};

/* A number in 1, 2, 4 or 8 octets, as the tag says. */
static bool read_count(struct mesh_reader *reader, uint8_t tag, uint64_t *value) {
  size_t width = (size_t)1 << (tag & 3);
  if ((size_t)(reader->end - reader->at) < width) return false;
  *value = 0;
  while (width-- > 0) *value = *value << 8 | *reader->at++;
  return true;
}

static struct mesh_token read_octets(struct mesh_reader *reader, uint8_t tag, enum mesh_kind kind) {
  uint64_t length;
  if (!read_count(reader, tag, &length) || length > (uint64_t)(reader->end - reader->at)) return damaged;
  struct mesh_token token = {.kind = kind, .octets = reader->at, .length = (size_t)length};
  reader->at += length;
  return token;
}

static struct mesh_token read_number(struct mesh_reader *reader) {
  uint64_t bits;
  struct mesh_token token = {.kind = MESH_NUMBER};
  if (!read_count(reader, 3, &bits)) return damaged;
  memcpy(&token.number, &bits, sizeof token.number);
  return token;
}

struct mesh_token mesh_read(struct mesh_reader *reader) {
  if (reader->at == reader->end) return damaged;
  uint8_t tag = *reader->at++;
  uint64_t value;
  switch (tag) {
    case '{': return (struct mesh_token){.kind = MESH_OBJECT};
    case '[': return (struct mesh_token){.kind = MESH_LIST};
    case '}':
    case ']': return (struct mesh_token){.kind = MESH_END};
    case 0x92: return read_number(reader);
    case 0xb0:
    case 0xb1: return (struct mesh_token){.kind = MESH_BOOLEAN, .integer = tag == 0xb0};
    case 0xb2: return (struct mesh_token){.kind = MESH_NULL};
  }
  switch (tag & 0xfc) {
    case 0x80: return read_octets(reader, tag, MESH_TEXT);
    case 0x88: return read_octets(reader, tag, MESH_DATA);
    case 0xa0:
    case 0xa8:
      if (!read_count(reader, tag, &value) || value >> 62 != 0) return damaged;
      return (struct mesh_token){.kind = MESH_INTEGER, .integer = (tag & 0xfc) == 0xa0 ? (int64_t)value : -(int64_t)value};
  }
  return damaged;
}

bool mesh_skip(struct mesh_reader *reader, struct mesh_token token) {
  for (int depth = 0;;) {
    if (token.kind == MESH_DAMAGED) return false;
    if (token.kind == MESH_OBJECT || token.kind == MESH_LIST) depth++;
    if (token.kind == MESH_END) depth--;
    if (depth < 0 || depth > MOST_DEPTH) return false;
    if (depth == 0) return true;
    token = mesh_read(reader);
  }
}

bool mesh_is(struct mesh_token token, const char *text) {
  return token.kind == MESH_TEXT && token.length == strlen(text) && memcmp(token.octets, text, token.length) == 0;
}

static void write_all(struct mesh_writer *writer, const void *octets, size_t length) {
  if (writer->full || length > writer->room - writer->length) {
    writer->full = true;
    return;
  }
  memcpy(writer->octets + writer->length, octets, length);
  writer->length += length;
}

void mesh_write_octet(struct mesh_writer *writer, uint8_t octet) {
  write_all(writer, &octet, 1);
}

/* In the shortest of the widths 1, 2, 4, 8. */
static void write_count(struct mesh_writer *writer, uint8_t tag, uint64_t value) {
  int step = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 0x100000000 ? 2 : 3;
  mesh_write_octet(writer, (uint8_t)(tag + step));
  for (int shift = 8 * (1 << step) - 8; shift >= 0; shift -= 8) mesh_write_octet(writer, (uint8_t)(value >> shift));
}

void mesh_write_head(struct mesh_writer *writer, enum mesh_kind kind, size_t length) {
  write_count(writer, kind == MESH_TEXT ? 0x80 : 0x88, length);
}

void mesh_write_octets(struct mesh_writer *writer, enum mesh_kind kind, const uint8_t *octets, size_t length) {
  mesh_write_head(writer, kind, length);
  write_all(writer, octets, length);
}

void mesh_write_text(struct mesh_writer *writer, const char *text) {
  mesh_write_octets(writer, MESH_TEXT, (const uint8_t *)text, strlen(text));
}

void mesh_write_integer(struct mesh_writer *writer, int64_t value) {
  if (value < 0) write_count(writer, 0xa8, (uint64_t)-value);
  else write_count(writer, 0xa0, (uint64_t)value);
}

void mesh_write_boolean(struct mesh_writer *writer, bool value) {
  mesh_write_octet(writer, value ? 0xb0 : 0xb1);
}
