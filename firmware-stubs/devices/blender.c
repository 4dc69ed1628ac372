/* A blender: its motor runs with the lid closed alone, and stops when somebody opens it. */
#include "classes.h"

#include <stddef.h>

enum { RUNNING, SPEED, LID };

static const struct mesh_property properties[] = {
    {.name = "Running", .type = MESH_TRUTH, .event = true},
    {.name = "Speed", .type = MESH_WHOLE, .writable = true, .first = 5, .least = 1, .most = 10},
    {.name = "Lid", .type = MESH_TRUTH, .event = true, .first = 1},
};

static const char open_lid[] = "the lid is open";

static const char *start(struct mesh_values *values) {
  if (!values->number[LID]) return open_lid;
  values->number[RUNNING] = 1;
  return NULL;
}

static const char *stop(struct mesh_values *values) {
  values->number[RUNNING] = 0;
  return NULL;
}

/* It has run for a moment when this is over. */
static const char *pulse(struct mesh_values *values) {
  return values->number[LID] ? stop(values) : open_lid;
}

static void follow(struct mesh_values *values) {
  if (!values->number[LID]) values->number[RUNNING] = 0;
}

static const struct mesh_command commands[] = {{.name = "Start", .carry_out = start}, {.name = "Stop", .carry_out = stop}, {.name = "Pulse", .carry_out = pulse}};

const struct mesh_class blender_class = {.name = "blender",
                                         .properties = properties,
                                         .count = sizeof properties / sizeof *properties,
                                         .follow = follow,
                                         .commands = commands,
                                         .command_count = sizeof commands / sizeof *commands,
                                         .harmful = true};
