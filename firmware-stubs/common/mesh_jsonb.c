#include "mesh_jsonb.h"

#include <string.h>

enum { MOST_DEPTH = 64, MOST_MEMBERS = 64 };

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
  struct mesh_token token = {.kind = MESH_NUMBER};
  return read_count(reader, 3, &token.bits) ? token : damaged;
}

/* A string, number or literal of text JSON. */
static struct mesh_token read_json(struct mesh_reader *reader, uint8_t first) {
  const uint8_t *from = reader->at;
  struct mesh_token token = {.kind = MESH_INTEGER};
  if (first == '"') {
    while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\') reader->at++;
    if (reader->at == reader->end || *reader->at == '\\') return damaged;
    return (struct mesh_token){.kind = MESH_TEXT, .octets = from, .length = (size_t)(reader->at++ - from)};
  }
  if (first < '0' || first > '9') {
    const char *rest = first == 't' ? "rue" : first == 'f' ? "alse" : "ull";
    size_t length = strlen(rest);
    if (first == 0 || strchr("tfn", first) == NULL || (size_t)(reader->end - from) < length || memcmp(from, rest, length) != 0) return damaged;
    reader->at += length;
    return (struct mesh_token){.kind = first == 'n' ? MESH_NULL : MESH_BOOLEAN, .integer = first == 't'};
  }
  for (token.integer = first - '0'; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
    token.integer = 10 * token.integer + *reader->at - '0';
    if (token.integer >> 50 != 0) return damaged;
  }
  return token;
}

struct mesh_token mesh_read(struct mesh_reader *reader) {
  while (reader->at < reader->end && *reader->at != 0 && strchr(" \t\r\n,:", *reader->at) != NULL) reader->at++;
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
  if (tag < 0x80) return read_json(reader, tag);
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

static bool is_same(struct mesh_token one, struct mesh_token other) {
  return one.length == other.length && memcmp(one.octets, other.octets, one.length) == 0;
}

/* Behind the { of an object: it has names and values in turn, and no name twice. What is inside of its values is passed over. */
static bool names_differ(struct mesh_reader object) {
  const uint8_t *seen[MOST_MEMBERS];
  for (int count = 0;; count++) {
    const uint8_t *from = object.at;
    struct mesh_token name = mesh_read(&object);
    if (name.kind == MESH_END) return true;
    if (name.kind != MESH_TEXT || count == MOST_MEMBERS) return false;
    for (int at = 0; at < count; at++) {
      struct mesh_reader earlier = {seen[at], object.end};
      if (is_same(mesh_read(&earlier), name)) return false;
    }
    seen[count] = from;
    if (!mesh_skip(&object, mesh_read(&object))) return false;
  }
}

bool mesh_sound(struct mesh_reader *reader) {
  uint64_t objects = 0; /* of the levels, which are objects and not lists; the innermost is bit 0 */
  int depth = 0;
  do {
    struct mesh_token token = mesh_read(reader);
    bool is_object = token.kind == MESH_OBJECT;
    if (token.kind == MESH_DAMAGED) return false;
    if (token.kind == MESH_END) {
      if (depth-- == 0 || reader->at[-1] != ((objects & 1) != 0 ? '}' : ']')) return false;
      objects >>= 1;
    } else if (is_object || token.kind == MESH_LIST) {
      if (depth++ == MOST_DEPTH || (is_object && !names_differ(*reader))) return false;
      objects = objects << 1 | is_object;
    }
  } while (depth > 0);
  return true;
}

bool mesh_whole(const uint8_t *octets, size_t length) {
  struct mesh_reader reader = {octets, octets + length};
  return mesh_sound(&reader) && reader.at == reader.end;
}

bool mesh_member(struct mesh_reader object, const char *name, struct mesh_reader *value) {
  for (;;) {
    struct mesh_token found = mesh_read(&object);
    if (found.kind != MESH_TEXT) return false;
    *value = object;
    if (mesh_is(found, name)) return true;
    if (!mesh_skip(&object, mesh_read(&object))) return false;
  }
}

bool mesh_member_text(struct mesh_reader object, const char *name, char *out, size_t room) {
  struct mesh_reader value;
  if (!mesh_member(object, name, &value)) return false;
  struct mesh_token token = mesh_read(&value);
  if (token.kind != MESH_TEXT || token.length >= room) return false;
  memcpy(out, token.octets, token.length);
  out[token.length] = 0;
  return true;
}

static int sextet(uint8_t letter) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *found = letter == 0 ? NULL : strchr(letters, letter);
  return found == NULL ? -1 : (int)(found - letters);
}

static bool from_base64url(struct mesh_token text, uint8_t *out, size_t length) {
  uint32_t bits = 0;
  size_t at = 0;
  int have = 0;
  if (text.length != (4 * length + 2) / 3) return false;
  for (size_t letter = 0; letter < text.length; letter++) {
    int value = sextet(text.octets[letter]);
    if (value < 0) return false;
    bits = bits << 6 | (uint32_t)value;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out[at++] = (uint8_t)(bits >> have);
  }
  return at == length;
}

bool mesh_member_data(struct mesh_reader object, const char *name, uint8_t *out, size_t length) {
  struct mesh_reader value;
  if (!mesh_member(object, name, &value)) return false;
  struct mesh_token token = mesh_read(&value);
  if (token.kind == MESH_TEXT) return from_base64url(token, out, length);
  if (token.kind != MESH_DATA || token.length != length) return false;
  memcpy(out, token.octets, length);
  return true;
}

bool mesh_member_u32(struct mesh_reader object, const char *name, uint32_t *out) {
  struct mesh_reader value;
  if (!mesh_member(object, name, &value)) return false;
  struct mesh_token token = mesh_read(&value);
  if (token.kind != MESH_INTEGER || token.integer < 0 || token.integer > 0xffffffff) return false;
  *out = (uint32_t)token.integer;
  return true;
}

bool mesh_tagged(struct mesh_reader value, const char *tag, struct mesh_reader *object) {
  struct mesh_reader all = value;
  if (!mesh_sound(&all)) return false;
  if (mesh_read(&value).kind != MESH_OBJECT || !mesh_is(mesh_read(&value), tag) || mesh_read(&value).kind != MESH_OBJECT) return false;
  *object = value;
  return true;
}

bool mesh_is(struct mesh_token token, const char *text) {
  return token.kind == MESH_TEXT && token.length == strlen(text) && memcmp(token.octets, text, token.length) == 0;
}

/* The size of a binary64 in units, as near as what it was written for lies to one; UINT64_MAX when it does not. */
static uint64_t units_of(uint64_t bits, int unit) {
  enum { LEAST_SHIFT = 21 /* below that it is 2^32 and more */, MOST_SHIFT = 62, NOTHING = 68, PART = 10 /* 1/1024 of a unit */ };
  int exponent = (int)(bits >> 52 & 0x7ff), shift = 1075 - exponent;
  if (exponent == 0 || shift >= NOTHING) return 0;
  if (shift < LEAST_SHIFT) return UINT64_MAX;
  uint64_t size = ((bits & 0xfffffffffffff) | 0x10000000000000) * (uint64_t)unit;
  if (shift > MOST_SHIFT) {
    size >>= shift - MOST_SHIFT;
    shift = MOST_SHIFT;
  }
  uint64_t whole = (size + ((uint64_t)1 << (shift - 1))) >> shift, there = whole << shift;
  return (size > there ? size - there : there - size) >> (shift - PART) == 0 ? whole : UINT64_MAX;
}

bool mesh_number(struct mesh_token token, bool in_tenths, int32_t *number) {
  int unit = in_tenths ? 10 : 1;
  uint64_t size = UINT64_MAX;
  bool is_negative = token.kind == MESH_INTEGER ? token.integer < 0 : token.bits >> 63 != 0;
  if (token.kind == MESH_NUMBER) size = units_of(token.bits, unit);
  else if (token.kind == MESH_INTEGER && token.integer >= -INT32_MAX && token.integer <= INT32_MAX)
    size = (uint64_t)(is_negative ? -token.integer : token.integer) * (uint64_t)unit;
  if (size > INT32_MAX) return false;
  *number = is_negative ? -(int32_t)size : (int32_t)size;
  return true;
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

void mesh_write_tenths(struct mesh_writer *writer, int32_t tenths) {
  enum { KEPT = 53 /* bits of a binary64 */ };
  uint32_t size = tenths < 0 ? -(uint32_t)tenths : (uint32_t)tenths, rest = size % 10;
  uint64_t digits = size / 10;
  uint32_t exponent = 1023 + KEPT;
  if (rest == 0) {
    mesh_write_integer(writer, tenths / 10);
    return;
  }
  /* One digit after the other in base two, and one more to round by; what lies in the middle goes to the even one. */
  for (; digits >> KEPT == 0; exponent--) {
    rest *= 2;
    digits = 2 * digits + (rest >= 10);
    rest %= 10;
  }
  bool rounds = (digits & 1) != 0 && (rest != 0 || (digits & 2) != 0);
  uint64_t bits = ((uint64_t)(tenths < 0) << 63) + ((uint64_t)exponent << 52) + (digits >> 1) - 0x10000000000000 + rounds;
  mesh_write_octet(writer, 0x92);
  for (int shift = 56; shift >= 0; shift -= 8) mesh_write_octet(writer, (uint8_t)(bits >> shift));
}
