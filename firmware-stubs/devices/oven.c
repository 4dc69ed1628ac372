/* An oven: it bakes by a programme to its end and switches itself off then; its time stands still while its door is open. How hot it is the world says. */
#include "classes.h"
#include "mesh_programme.h"

#include <stddef.h>
#include <string.h>

enum { MODE, TARGET, TEMPERATURE, DOOR, PROGRAMME, MEAL, REMAINING, READY };
enum { OFF, GRILL = 3, MINUTE = 60 };

static const char *const modes[] = {"off", "bake", "fan", "grill"};

static const struct mesh_property properties[] = {
    {.name = "Mode", .type = MESH_CHOICE, .writable = true, .event = true, .most = GRILL, .choices = modes},
    {.name = "Target", .type = MESH_WHOLE, .writable = true, .first = 180, .least = 30, .most = 280},
    {.name = "Temperature", .type = MESH_WHOLE, .first = 20, .least = -10, .most = 400},
    {.name = "Door", .type = MESH_TRUTH, .event = true, .first = 1},
    {.name = "Programme", .type = MESH_PROGRAMMED},
    {.name = "Meal", .type = MESH_LABELLED},
    {.name = "Remaining", .type = MESH_WHOLE, .most = 1440},
    {.name = "Ready", .type = MESH_TRUTH, .event = true},
};

static bool runs(const struct mesh_values *values) {
  return values->programme[0] != 0;
}

static const char *refuses(const struct mesh_values *values, const char *command) {
  bool changes = strcmp(command, "Stop") != 0 && strcmp(command, "Identify") != 0;
  return changes && runs(values) ? "it runs a programme: stop it first" : NULL;
}

/* The meal is out, or another thing is in. */
static const char *clear(struct mesh_values *values) {
  values->label[0] = 0;
  values->number[READY] = 0;
  return NULL;
}

static const char *stop(struct mesh_values *values) {
  values->programme[0] = 0;
  values->number[REMAINING] = 0;
  values->number[MODE] = OFF;
  return clear(values);
}

static const char *run(struct mesh_values *values) {
  values->number[REMAINING] = (int32_t)((mesh_programme_length(&oven_class, values->programme) + MINUTE - 1) / MINUTE);
  values->number[READY] = 0;
  return values->number[REMAINING] == 0 ? "no programme that it can carry out" : NULL;
}

static void follow(struct mesh_values *values) {
  if (runs(values) && values->number[REMAINING] > 0) {
    mesh_programme_hold(&oven_class, values, (uint32_t)values->number[REMAINING] * MINUTE);
  } else if (runs(values)) {
    values->programme[0] = 0;
    values->number[MODE] = OFF;
    values->number[READY] = 1;
  } else if (values->number[READY] && !values->number[DOOR]) {
    clear(values);
  }
}

/* A minute. */
static void pass(struct mesh_values *values) {
  if (!runs(values) || !values->number[DOOR]) return;
  if (values->number[REMAINING] > 0) values->number[REMAINING]--;
  follow(values);
}

static void wake(struct mesh_values *values) {
  if (runs(values)) stop(values);
}

static const struct mesh_command commands[] = {
    {.name = "Set", .carry_out = clear}, {.name = "Run", .carry_out = run, .programmed = true}, {.name = "Stop", .carry_out = stop}};

const struct mesh_class oven_class = {.name = "oven",
                                      .properties = properties,
                                      .count = sizeof properties / sizeof *properties,
                                      .follow = follow,
                                      .refuses = refuses,
                                      .pass = pass,
                                      .tick = MINUTE * 1000,
                                      .wake = wake,
                                      .commands = commands,
                                      .command_count = sizeof commands / sizeof *commands,
                                      .harmful = true};
