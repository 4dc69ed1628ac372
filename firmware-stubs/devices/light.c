#include "light.h"

#include <string.h>

enum { MOST_BRIGHTNESS = 100, LEAST_COLOUR = 2200, MOST_COLOUR = 6500 };

static void begin(uint8_t *values) {
  struct light *light = (struct light *)(void *)values;
  memset(light, 0, sizeof *light);
  light->brightness = MOST_BRIGHTNESS;
  light->colour = 2700;
}

static void write_name(struct mesh_writer *writer, const char *name) {
  mesh_write_octet(writer, '{');
  mesh_write_text(writer, "Name");
  mesh_write_text(writer, name);
  mesh_write_text(writer, "Value");
}

static void write(const uint8_t *values, struct mesh_writer *writer) {
  const struct light *light = (const struct light *)(const void *)values;
  write_name(writer, "On");
  mesh_write_boolean(writer, light->on);
  mesh_write_octet(writer, '}');
  write_name(writer, "Brightness");
  mesh_write_integer(writer, light->brightness);
  mesh_write_octet(writer, '}');
  write_name(writer, "ColourTemperature");
  mesh_write_integer(writer, light->colour);
  mesh_write_octet(writer, '}');
  write_name(writer, "Label");
  mesh_write_text(writer, light->label);
  mesh_write_octet(writer, '}');
}

/* A whole number in a range; one with a fraction of zero will do. */
static bool whole(struct mesh_token token, int64_t least, int64_t most, int64_t *out) {
  if (token.kind == MESH_NUMBER && token.number >= (double)least && token.number <= (double)most) {
    token.integer = (int64_t)token.number;
    if ((double)token.integer != token.number) return false;
  } else if (token.kind != MESH_INTEGER) {
    return false;
  }
  *out = token.integer;
  return token.integer >= least && token.integer <= most;
}

static bool set(struct light *light, struct mesh_token name, struct mesh_token value) {
  int64_t number;
  if (mesh_is(name, "On") && value.kind == MESH_BOOLEAN) light->on = value.integer != 0;
  else if (mesh_is(name, "Brightness") && whole(value, 0, MOST_BRIGHTNESS, &number)) light->brightness = (uint8_t)number;
  else if (mesh_is(name, "ColourTemperature") && whole(value, LEAST_COLOUR, MOST_COLOUR, &number)) light->colour = (uint16_t)number;
  else if (mesh_is(name, "Label") && value.kind == MESH_TEXT && value.length <= LIGHT_LABEL) {
    memcpy(light->label, value.octets, value.length);
    light->label[value.length] = 0;
  } else return false;
  return true;
}

static int command(uint8_t *values, const char *name, struct mesh_reader arguments, struct mesh_refusal *why) {
  bool identify = strcmp(name, "Identify") == 0;
  struct mesh_reader named, valued;
  why->text = "a light has no such command";
  if (!identify && strcmp(name, "Set") != 0) return MESH_REFUSED;
  why->text = "a value does not fit";
  for (struct mesh_token item = mesh_read(&arguments); item.kind != MESH_END; item = mesh_read(&arguments)) {
    if (identify || item.kind != MESH_OBJECT || !mesh_member(arguments, "Name", &named) || !mesh_member(arguments, "Value", &valued)) return MESH_REFUSED;
    if (!set((struct light *)(void *)values, mesh_read(&named), mesh_read(&valued)) || !mesh_skip(&arguments, item)) return MESH_REFUSED;
  }
  return MESH_OK;
}

const struct mesh_class light_class = {begin, write, command};
