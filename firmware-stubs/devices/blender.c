/* A blender: its motor runs with the lid closed alone, and stops when somebody opens it, which ends a programme too. */
#include "classes.h"
#include "mesh_programme.h"

#include <stddef.h>
#include <string.h>

enum { RUNNING, SPEED, LID, PROGRAMME, MEAL, REMAINING, READY };

static const struct mesh_property properties[] = {
    {.name = "Running", .type = MESH_TRUTH, .event = true},
    {.name = "Speed", .type = MESH_WHOLE, .writable = true, .first = 5, .least = 1, .most = 10},
    {.name = "Lid", .type = MESH_TRUTH, .event = true, .first = 1},
    {.name = "Programme", .type = MESH_PROGRAMMED},
    {.name = "Meal", .type = MESH_LABELLED},
    {.name = "Remaining", .type = MESH_WHOLE, .most = 86400},
    {.name = "Ready", .type = MESH_TRUTH, .event = true},
};

static bool runs(const struct mesh_values *values) {
  return values->programme[0] != 0;
}

/* No programme runs, and no meal is ready. */
static void idle(struct mesh_values *values, bool running) {
  values->programme[0] = values->label[0] = 0;
  values->number[REMAINING] = values->number[READY] = 0;
  values->number[RUNNING] = running;
}

static const char *refuses(const struct mesh_values *values, const char *command) {
  bool ends = strcmp(command, "Stop") == 0, moves = !ends && strcmp(command, "Set") != 0 && strcmp(command, "Identify") != 0;
  if (moves && !values->number[LID]) return "the lid is open";
  return !ends && strcmp(command, "Identify") != 0 && runs(values) ? "it runs a programme: stop it first" : NULL;
}

static const char *start(struct mesh_values *values) {
  idle(values, true);
  return NULL;
}

/* As after a pulse: it has run for a moment when that is over. */
static const char *stop(struct mesh_values *values) {
  idle(values, false);
  return NULL;
}

static const char *run(struct mesh_values *values) {
  values->number[REMAINING] = (int32_t)mesh_programme_length(&blender_class, values->programme);
  if (values->number[REMAINING] == 0) return "no programme that it can carry out";
  values->number[RUNNING] = 1;
  values->number[READY] = 0;
  return NULL;
}

static void follow(struct mesh_values *values) {
  if (!values->number[LID]) {
    idle(values, false);
  } else if (runs(values) && values->number[REMAINING] > 0) {
    mesh_programme_hold(&blender_class, values, (uint32_t)values->number[REMAINING]);
  } else if (runs(values)) {
    values->programme[0] = 0;
    values->number[RUNNING] = 0;
    values->number[READY] = 1;
  }
}

/* A second. */
static void pass(struct mesh_values *values) {
  if (!runs(values)) return;
  if (values->number[REMAINING] > 0) values->number[REMAINING]--;
  follow(values);
}

static void wake(struct mesh_values *values) {
  if (runs(values)) idle(values, false);
}

static const struct mesh_command commands[] = {{.name = "Start", .carry_out = start},
                                               {.name = "Stop", .carry_out = stop},
                                               {.name = "Pulse", .carry_out = stop},
                                               {.name = "Run", .carry_out = run, .programmed = true}};

const struct mesh_class blender_class = {.name = "blender",
                                         .properties = properties,
                                         .count = sizeof properties / sizeof *properties,
                                         .follow = follow,
                                         .refuses = refuses,
                                         .pass = pass,
                                         .tick = 1000,
                                         .wake = wake,
                                         .commands = commands,
                                         .command_count = sizeof commands / sizeof *commands,
                                         .harmful = true};
