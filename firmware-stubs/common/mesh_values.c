#include "mesh_values.h"

#include <string.h>

void mesh_values_begin(const struct mesh_class *class_of, struct mesh_values *values) {
  memset(values, 0, sizeof *values);
  for (int at = 0; at < class_of->count; at++) values->number[at] = class_of->properties[at].first;
}

void mesh_values_forget(const struct mesh_class *class_of, struct mesh_values *values) {
  if (class_of->wake != NULL) class_of->wake(values);
  memset(values->label, 0, sizeof values->label);
  memset(values->programme, 0, sizeof values->programme);
}

static void write_value(const struct mesh_property *property, int32_t number, const struct mesh_values *values, struct mesh_writer *writer) {
  switch (property->type) {
    case MESH_TRUTH: mesh_write_boolean(writer, number != 0); return;
    case MESH_WHOLE: mesh_write_integer(writer, number); return;
    case MESH_TENTHS: mesh_write_tenths(writer, number); return;
    case MESH_CHOICE: mesh_write_text(writer, property->choices[number]); return;
    case MESH_LABELLED: mesh_write_text(writer, values->label); return;
    case MESH_PROGRAMMED: mesh_write_text(writer, values->programme);
  }
}

void mesh_values_write(const struct mesh_class *class_of, const struct mesh_values *values, struct mesh_writer *writer) {
  for (int at = 0; at < class_of->count; at++) {
    mesh_write_octet(writer, '{');
    mesh_write_text(writer, "Name");
    mesh_write_text(writer, class_of->properties[at].name);
    mesh_write_text(writer, "Value");
    write_value(&class_of->properties[at], values->number[at], values, writer);
    mesh_write_octet(writer, '}');
  }
}

/* A number in units of the property; what lies between two of them does not fit. */
static bool read_number(const struct mesh_property *property, struct mesh_token token, int32_t *number) {
  return mesh_number(token, property->type == MESH_TENTHS, number) && *number >= property->least && *number <= property->most;
}

/* A text of no more than `most` octets, with its end behind it. */
static bool read_text(char *text, size_t most, struct mesh_token value) {
  if (value.kind != MESH_TEXT || value.length > most || memchr(value.octets, 0, value.length) != NULL) return false;
  memcpy(text, value.octets, value.length);
  text[value.length] = 0;
  return true;
}

static bool set(const struct mesh_property *property, int32_t *number, struct mesh_values *values, struct mesh_token value) {
  switch (property->type) {
    case MESH_TRUTH:
      if (value.kind != MESH_BOOLEAN) return false;
      *number = (int32_t)value.integer;
      return true;
    case MESH_WHOLE:
    case MESH_TENTHS: return read_number(property, value, number);
    case MESH_CHOICE:
      for (int32_t at = 0; at <= property->most; at++) {
        if (!mesh_is(value, property->choices[at])) continue;
        *number = at;
        return true;
      }
      return false;
    case MESH_LABELLED: return read_text(values->label, MESH_LABEL, value);
    case MESH_PROGRAMMED: return read_text(values->programme, MESH_PROGRAMME, value);
  }
  return false;
}

/* An argument: of a programme its texts, of anything else what can be set; each once, by a bit of what was. */
static bool set_named(const struct mesh_class *class_of, struct mesh_values *values, bool programmed, uint32_t *given, struct mesh_token name,
                      struct mesh_token value) {
  for (int at = 0; at < class_of->count; at++) {
    const struct mesh_property *property = &class_of->properties[at];
    bool takes = programmed ? property->type == MESH_PROGRAMMED || property->type == MESH_LABELLED : property->writable;
    if (!takes || !mesh_is(name, property->name)) continue;
    const uint32_t bit = (uint32_t)1 << at;
    if ((*given & bit) != 0) return false;
    *given |= bit;
    return set(property, &values->number[at], values, value);
  }
  return false;
}

static const struct mesh_command *find_command(const struct mesh_class *class_of, const char *name) {
  for (int at = 0; at < class_of->command_count; at++)
    if (strcmp(class_of->commands[at].name, name) == 0) return &class_of->commands[at];
  return NULL;
}

bool mesh_values_judged(const struct mesh_class *class_of, const char *command) {
  const struct mesh_command *known = find_command(class_of, command);
  return known != NULL && known->judged;
}

bool mesh_values_judges(const struct mesh_class *class_of) {
  for (int at = 0; at < class_of->command_count; at++)
    if (class_of->commands[at].judged) return true;
  return false;
}

uint32_t mesh_values_bit(const struct mesh_class *class_of, struct mesh_token command) {
  for (int at = 0; at < class_of->command_count; at++)
    if (mesh_is(command, class_of->commands[at].name)) return (uint32_t)4 << at;
  return mesh_is(command, "Identify") ? 1 : mesh_is(command, "Set") ? 2 : 0;
}

static bool is_settable(const struct mesh_class *class_of) {
  for (int at = 0; at < class_of->count; at++)
    if (class_of->properties[at].writable) return true;
  return false;
}

int mesh_values_command(const struct mesh_class *class_of, struct mesh_values *values, const char *command, struct mesh_reader arguments,
                        struct mesh_refusal *why) {
  const struct mesh_command *known = find_command(class_of, command);
  bool programmed = known != NULL && known->programmed, sets = strcmp(command, "Set") == 0 && is_settable(class_of);
  struct mesh_reader named, valued;
  uint32_t given = 0;
  why->code = "ERR_COMMAND";
  why->text = "no command of this device";
  if (!sets && known == NULL && strcmp(command, "Identify") != 0) return MESH_REFUSED;
  if (class_of->refuses != NULL && (why->text = class_of->refuses(values, command)) != NULL) return MESH_REFUSED;
  if (programmed) values->programme[0] = values->label[0] = 0;
  why->text = "a value does not fit";
  for (struct mesh_token item = mesh_read(&arguments); item.kind != MESH_END; item = mesh_read(&arguments)) {
    if ((!sets && !programmed) || item.kind != MESH_OBJECT || !mesh_member(arguments, "Name", &named) || !mesh_member(arguments, "Value", &valued)) return MESH_REFUSED;
    if (!set_named(class_of, values, programmed, &given, mesh_read(&named), mesh_read(&valued)) || !mesh_skip(&arguments, item)) return MESH_REFUSED;
  }
  if (known != NULL && known->carry_out != NULL) {
    why->text = known->carry_out(values);
    if (why->text != NULL) return MESH_REFUSED;
  }
  if (class_of->follow != NULL) class_of->follow(values);
  return MESH_OK;
}

static enum mesh_change difference(const struct mesh_class *class_of, const struct mesh_values *before, const struct mesh_values *values) {
  bool same = strcmp(values->label, before->label) == 0 && strcmp(values->programme, before->programme) == 0;
  enum mesh_change change = same ? MESH_SAME : MESH_CHANGED;
  for (int at = 0; at < class_of->count; at++) {
    if (values->number[at] == before->number[at]) continue;
    if (class_of->properties[at].event) return MESH_EVENT;
    change = MESH_CHANGED;
  }
  return change;
}

enum mesh_change mesh_values_pass(const struct mesh_class *class_of, struct mesh_values *values) {
  const struct mesh_values before = *values;
  class_of->pass(values);
  return difference(class_of, &before, values);
}

enum mesh_change mesh_values_change(const struct mesh_class *class_of, struct mesh_values *values, const char *name, struct mesh_token value) {
  const struct mesh_values before = *values;
  for (int at = 0; at < class_of->count; at++) {
    if (strcmp(class_of->properties[at].name, name) != 0) continue;
    if (!set(&class_of->properties[at], &values->number[at], values, value)) return MESH_UNFIT;
    if (class_of->follow != NULL) class_of->follow(values);
    return difference(class_of, &before, values);
  }
  return MESH_UNFIT;
}
