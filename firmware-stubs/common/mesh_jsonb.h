/* mesh_jsonb: JSON-B, value by value, without a tree. docs/device-link.md §11. Values in text are read too, but for escapes in strings
 * and fractions: what headers and trailers of envelopes hold. */
#ifndef MESH_JSONB_H
#define MESH_JSONB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mesh_kind { MESH_OBJECT, MESH_LIST, MESH_END, MESH_TEXT, MESH_DATA, MESH_INTEGER, MESH_NUMBER, MESH_BOOLEAN, MESH_NULL, MESH_DAMAGED };

/* A value, or where an object or list begins or ends. */
struct mesh_token {
  enum mesh_kind kind;
  const uint8_t *octets; /* of text and data */
  size_t length;
  int64_t integer; /* of booleans too; beyond 2^62 the message is damaged */
  uint64_t bits;   /* of any other number, as binary64 */
};

struct mesh_reader {
  const uint8_t *at;
  const uint8_t *end;
};

struct mesh_token mesh_read(struct mesh_reader *reader);

/* Passes over the value that this token has begun; false when it is damaged, or more than 64 levels deep. */
bool mesh_skip(struct mesh_reader *reader, struct mesh_token token);

/*
 * Passes over one value; false when it is damaged, more than 64 levels deep, or has an object in which a name stands twice or which has more than 64
 * members: what it costs grows with the octets, for each level once.
 */
bool mesh_sound(struct mesh_reader *reader);

/* These octets are one such value, and nothing else. */
bool mesh_whole(const uint8_t *octets, size_t length);

/* Where the value of a member is; `object` is a reader behind the { of an object. False when there is none, or the object is damaged. */
bool mesh_member(struct mesh_reader object, const char *name, struct mesh_reader *value);

/* Members of one kind: text into a string with its end, data (in text it is base64url) of exactly `length` octets, a number of 32 bits. */
bool mesh_member_text(struct mesh_reader object, const char *name, char *out, size_t room);
bool mesh_member_data(struct mesh_reader object, const char *name, uint8_t *out, size_t length);
bool mesh_member_u32(struct mesh_reader object, const char *name, uint32_t *out);

/* Behind the { of an object with this one type tag. */
bool mesh_tagged(struct mesh_reader value, const char *tag, struct mesh_reader *object);

/* True for a text token that says this. */
bool mesh_is(struct mesh_token token, const char *text);

/* A number, in tenths if it is to be; false for what is none, lies between two of them, or is beyond 2^31. A chip needs no fractions for it. */
bool mesh_number(struct mesh_token token, bool in_tenths, int32_t *number);

/* Writes into a buffer; `full` says that something did not fit, and nothing after it is written. */
struct mesh_writer {
  uint8_t *octets;
  size_t room;
  size_t length;
  bool full;
};

void mesh_write_octet(struct mesh_writer *writer, uint8_t octet); /* {, }, [, ], and the tags of true, false, null */
void mesh_write_head(struct mesh_writer *writer, enum mesh_kind kind, size_t length); /* tag and length; the octets are the caller's to send */
void mesh_write_text(struct mesh_writer *writer, const char *text);
void mesh_write_octets(struct mesh_writer *writer, enum mesh_kind kind, const uint8_t *octets, size_t length); /* MESH_TEXT or MESH_DATA */
void mesh_write_integer(struct mesh_writer *writer, int64_t value);
void mesh_write_tenths(struct mesh_writer *writer, int32_t tenths); /* a whole number, or binary64 */
void mesh_write_boolean(struct mesh_writer *writer, bool value);

#endif
