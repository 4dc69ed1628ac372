/* Devices that guard a house: a lock, a garage door, an alarm panel. Whom they obey is not theirs to know: the device judges orders first. */
#include "classes.h"

#include <stddef.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* --- lock: it leaves the factory locked --- */

static const char *lock(struct mesh_values *values) {
  values->number[0] = 1;
  return NULL;
}

static const char *unlock(struct mesh_values *values) {
  values->number[0] = 0;
  return NULL;
}

static const struct mesh_property of_lock[] = {
    {.name = "Locked", .type = MESH_TRUTH, .event = true, .first = 1},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
};
static const struct mesh_command lock_commands[] = {{.name = "Lock", .carry_out = lock}, {.name = "Unlock", .carry_out = unlock, .judged = true}};
const struct mesh_class lock_class = {
    .name = "lock", .properties = of_lock, .count = COUNT(of_lock), .commands = lock_commands, .command_count = COUNT(lock_commands), .harmful = true};

/* --- garage door: closed --- */

enum { CLOSED = 0, OPEN = 100 };

static const char *open_door(struct mesh_values *values) {
  values->number[0] = OPEN;
  return NULL;
}

static const char *close_door(struct mesh_values *values) {
  values->number[0] = CLOSED;
  return NULL;
}

static const struct mesh_property of_door[] = {
    {.name = "Position", .type = MESH_WHOLE, .writable = true, .event = true, .most = OPEN},
    {.name = "Obstructed", .type = MESH_TRUTH, .event = true},
};
static const struct mesh_command door_commands[] = {
    {.name = "Set", .judged = true}, {.name = "Open", .carry_out = open_door, .judged = true}, {.name = "Close", .carry_out = close_door}};
const struct mesh_class garage_door_class = {
    .name = "garage-door", .properties = of_door, .count = COUNT(of_door), .commands = door_commands, .command_count = COUNT(door_commands), .harmful = true};

/* --- alarm panel: disarmed and silent; disarming it silences it --- */

enum { ARMED, SOUNDING };

static const char *arm(struct mesh_values *values) {
  values->number[ARMED] = 1;
  return NULL;
}

static const char *sound(struct mesh_values *values) {
  values->number[SOUNDING] = 1;
  return NULL;
}

static const char *silence(struct mesh_values *values) {
  values->number[SOUNDING] = 0;
  return NULL;
}

static const char *disarm(struct mesh_values *values) {
  values->number[ARMED] = 0;
  return silence(values);
}

static const struct mesh_property of_siren[] = {
    {.name = "Armed", .type = MESH_TRUTH, .event = true},
    {.name = "Sounding", .type = MESH_TRUTH, .event = true},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
};
static const struct mesh_command siren_commands[] = {{.name = "Arm", .carry_out = arm, .judged = true},
                                                     {.name = "Disarm", .carry_out = disarm, .judged = true},
                                                     {.name = "Sound", .carry_out = sound, .judged = true},
                                                     {.name = "Silence", .carry_out = silence, .judged = true}};
const struct mesh_class siren_class = {
    .name = "siren", .properties = of_siren, .count = COUNT(of_siren), .commands = siren_commands, .command_count = COUNT(siren_commands), .harmful = true};
