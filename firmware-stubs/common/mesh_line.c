#include "mesh_line.h"

#include <string.h>

/* CRC-32 of Ethernet, bit by bit: a table is 1 kB. */
static uint32_t crc_step(uint32_t crc, uint8_t octet) {
  crc ^= octet;
  for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  return crc;
}

/* Octets without 00, gathered into runs of up to 254. */
struct writer {
  mesh_line_put *put;
  void *line;
  uint8_t run[255];
  uint8_t length;
};

static void end_run(struct writer *writer) {
  writer->run[0] = (uint8_t)(writer->length + 1);
  writer->put(writer->line, writer->run, (size_t)writer->length + 1);
  writer->length = 0;
}

static void write_octet(struct writer *writer, uint8_t octet) {
  if (octet != 0) writer->run[++writer->length] = octet;
  if (octet == 0 || writer->length == 254) end_run(writer);
}

void mesh_line_send(mesh_line_put *put, void *line, uint8_t type, uint8_t stream, const uint8_t *body, size_t length) {
  static const uint8_t delimiter = 0;
  const uint8_t head[2] = {type, stream};
  struct writer writer = {.put = put, .line = line};
  uint32_t crc = 0xffffffffu;
  put(line, &delimiter, 1);
  for (size_t at = 0; at < 2 + length; at++) {
    uint8_t octet = at < 2 ? head[at] : body[at - 2];
    crc = crc_step(crc, octet);
    write_octet(&writer, octet);
  }
  crc = ~crc;
  for (int shift = 24; shift >= 0; shift -= 8) write_octet(&writer, (uint8_t)(crc >> shift));
  end_run(&writer);
  put(line, &delimiter, 1);
}

static void keep(struct mesh_line_reader *reader, uint8_t octet) {
  if (reader->have == sizeof reader->content) reader->damaged = true;
  else reader->content[reader->have++] = octet;
}

/* The length of the content of a block that has ended here. */
static size_t end_block(struct mesh_line_reader *reader) {
  size_t have = reader->have;
  bool whole = !reader->damaged && reader->run == 0 && have >= 6;
  uint32_t crc = 0xffffffffu, stated = 0;
  reader->have = 0;
  reader->run = 0;
  reader->zero = reader->damaged = false;
  if (!whole) return 0;
  for (size_t at = 0; at < have - 4; at++) crc = crc_step(crc, reader->content[at]);
  for (size_t at = have - 4; at < have; at++) stated = stated << 8 | reader->content[at];
  return ~crc == stated ? have - 4 : 0;
}

size_t mesh_line_read(struct mesh_line_reader *reader, uint8_t octet) {
  if (octet == 0) return end_block(reader);
  if (reader->damaged) return 0;
  if (reader->run > 0) {
    keep(reader, octet);
    reader->run--;
    return 0;
  }
  if (reader->zero) keep(reader, 0);
  reader->run = (uint8_t)(octet - 1);
  reader->zero = octet < 255;
  return 0;
}
