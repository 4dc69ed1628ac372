#include "mesh_programme.h"

#include <string.h>

enum { MOST_STAGES = 8, MOST_DIGITS = 9, MOST_SPAN = 5 /* digits */, DAY = 24 * 3600 };

static bool is_word(const char *from, size_t length, const char *word) {
  return strlen(word) == length && memcmp(from, word, length) == 0;
}

/* Digits, all of them; -1 for anything else. */
static int32_t read_digits(const char *from, size_t length, size_t most) {
  int32_t value = 0;
  if (length == 0 || length > most) return -1;
  for (size_t at = 0; at < length; at++) {
    if (from[at] < '0' || from[at] > '9') return -1;
    value = 10 * value + from[at] - '0';
  }
  return value;
}

/* "180", "-5", and of tenths "21.5". */
static bool read_number(const struct mesh_property *property, const char *from, size_t length, int32_t *number) {
  bool is_negative = length > 0 && from[0] == '-', in_tenths = property->type == MESH_TENTHS;
  int32_t part = 0;
  if (is_negative) from++, length--;
  if (in_tenths && length > 2 && from[length - 2] == '.') {
    part = read_digits(from + length - 1, 1, 1);
    length -= 2;
  }
  int32_t whole = read_digits(from, length, in_tenths ? MOST_DIGITS - 1 : MOST_DIGITS);
  if (whole < 0 || part < 0) return false;
  *number = in_tenths ? 10 * whole + part : whole;
  if (is_negative) *number = -*number;
  return *number >= property->least && *number <= property->most;
}

static bool read_value(const struct mesh_property *property, const char *from, size_t length, int32_t *number) {
  switch (property->type) {
    case MESH_TRUTH:
      *number = is_word(from, length, "true");
      return *number != 0 || is_word(from, length, "false");
    case MESH_WHOLE:
    case MESH_TENTHS: return read_number(property, from, length, number);
    case MESH_CHOICE:
      for (*number = 0; *number <= property->most; ++*number)
        if (is_word(from, length, property->choices[*number])) return true;
      return false;
    case MESH_LABELLED:
    case MESH_PROGRAMMED: return false;
  }
  return false;
}

/* "Speed 3", which is set where there are values; the bit of its property, 0 for nothing that can be set. */
static uint32_t read_item(const struct mesh_class *class_of, const char *from, size_t length, struct mesh_values *values) {
  const char *space = memchr(from, ' ', length);
  if (space == NULL) return 0;
  size_t name = (size_t)(space - from);
  for (int at = 0; at < class_of->count; at++) {
    const struct mesh_property *property = &class_of->properties[at];
    int32_t number;
    if (!property->writable || !is_word(from, name, property->name)) continue;
    if (!read_value(property, space + 1, length - name - 1, &number)) return 0;
    if (values != NULL) values->number[at] = number;
    return (uint32_t)1 << at;
  }
  return 0;
}

/* "20 s"; 0 for none. */
static uint32_t read_span(const char *from, size_t length) {
  const char *space = memchr(from, ' ', length);
  if (space == NULL) return 0;
  size_t digits = (size_t)(space - from), rest = length - digits - 1;
  int32_t count = read_digits(from, digits, MOST_SPAN);
  uint32_t unit = is_word(space + 1, rest, "s") ? 1 : is_word(space + 1, rest, "min") ? 60 : is_word(space + 1, rest, "h") ? 3600 : 0;
  return count < 0 ? 0 : (uint32_t)count * unit;
}

/* One stage, and what is between it and the next; its seconds, 0 for none. */
static uint32_t read_stage(const struct mesh_class *class_of, const char **text, struct mesh_values *values) {
  const char *from = *text, *end = from + strcspn(from, ";"), *comma;
  uint32_t seen = 0;
  for (; (comma = memchr(from, ',', (size_t)(end - from))) != NULL; from = comma + 2) {
    uint32_t bit = comma[1] == ' ' ? read_item(class_of, from, (size_t)(comma - from), values) : 0;
    if (bit == 0 || (seen & bit) != 0) return 0;
    seen |= bit;
  }
  uint32_t seconds = seen == 0 ? 0 : read_span(from, (size_t)(end - from));
  *text = end;
  if (*end == 0) return seconds;
  *text = end + 2;
  return end[1] == ' ' && end[2] != 0 ? seconds : 0;
}

uint32_t mesh_programme_length(const struct mesh_class *class_of, const char *text) {
  uint32_t length = 0;
  for (int stages = 0; *text != 0; stages++) {
    uint32_t seconds = stages == MOST_STAGES ? 0 : read_stage(class_of, &text, NULL);
    if (seconds == 0 || seconds > DAY - length) return 0;
    length += seconds;
  }
  return length;
}

void mesh_programme_hold(const struct mesh_class *class_of, struct mesh_values *values, uint32_t left) {
  uint32_t length = mesh_programme_length(class_of, values->programme), gone = left < length ? length - left : 0;
  const char *text = values->programme, *stage = text;
  for (uint32_t seconds; *text != 0 && (seconds = read_stage(class_of, &text, NULL)) != 0; stage = text) {
    if (gone < seconds) {
      read_stage(class_of, &stage, values);
      return;
    }
    gone -= seconds;
  }
}
