/* mesh_values: what a class of devices is, as data: properties with ranges, of which some can be set. The names are those of drivers/. */
#ifndef MESH_VALUES_H
#define MESH_VALUES_H

#include "mesh_owner.h"

/* Octets of the programme of a class that runs them (mesh_programme.h): 256 there. */
#ifndef MESH_PROGRAMME
#define MESH_PROGRAMME 0
#endif

enum { MESH_PROPERTIES = 8, MESH_LABEL = 64 };
enum mesh_type { MESH_TRUTH, MESH_WHOLE, MESH_TENTHS /* a number in tenths */, MESH_CHOICE, MESH_LABELLED, MESH_PROGRAMMED };

struct mesh_property {
  const char *name;
  enum mesh_type type;
  bool writable;
  bool event; /* a change may not be lost */
  int32_t first; /* as it leaves the factory */
  int32_t least;
  int32_t most;
  const char *const *choices; /* most + 1 of them */
};

struct mesh_values {
  int32_t number[MESH_PROPERTIES];
  char label[MESH_LABEL + 1];
  char programme[MESH_PROGRAMME + 1];
};

/* Identify, and Set where there is something to set, every class has: they need a line only when they do harm. */
struct mesh_command {
  const char *name;
  const char *(*carry_out)(struct mesh_values *values); /* says why not, or gives NULL; itself NULL for Set and Identify */
  bool judged;                                          /* does harm: an order that the device judges, and not its hub's to give */
  bool programmed;                                      /* its arguments are a programme and a label; what is not given is empty */
};

struct mesh_class {
  const char *name;
  const struct mesh_property *properties;
  int count;
  void (*follow)(struct mesh_values *values); /* what follows from a change by itself; may be NULL */
  const char *(*refuses)(const struct mesh_values *values, const char *command); /* why not, as it is now; may be NULL */
  void (*pass)(struct mesh_values *values);                                      /* what each tick brings about; may be NULL */
  uint32_t tick;                                                                 /* milliseconds */
  void (*wake)(struct mesh_values *values);                                      /* what has not outlasted a loss of power; may be NULL */
  const struct mesh_command *commands;
  int command_count;
  bool harmful; /* one of them can do harm: no split connects it */
};

/* What came of a change at the device. */
enum mesh_change { MESH_UNFIT, MESH_SAME, MESH_CHANGED, MESH_EVENT };

void mesh_values_begin(const struct mesh_class *class_of, struct mesh_values *values);

/* What an owner wrote is gone, and a programme that runs is over: nothing is cooked for nobody. */
void mesh_values_forget(const struct mesh_class *class_of, struct mesh_values *values);

/* StateValue, one after the other. */
void mesh_values_write(const struct mesh_class *class_of, const struct mesh_values *values, struct mesh_writer *writer);

/* A command, with arguments behind the [ of a list of StateValue; nothing is changed when it is refused half-way but the copy that was given. */
int mesh_values_command(const struct mesh_class *class_of, struct mesh_values *values, const char *command, struct mesh_reader arguments,
                        struct mesh_refusal *why);

/* Commands that do harm are orders: whether this is one, and whether the class has one. */
bool mesh_values_judged(const struct mesh_class *class_of, const char *command);
bool mesh_values_judges(const struct mesh_class *class_of);

/* A bit for each command; 0 for what is none of the class. */
uint32_t mesh_values_bit(const struct mesh_class *class_of, struct mesh_token command);

/* A tick is over. */
enum mesh_change mesh_values_pass(const struct mesh_class *class_of, struct mesh_values *values);

/* Somebody at the device, or the world, changes a value. */
enum mesh_change mesh_values_change(const struct mesh_class *class_of, struct mesh_values *values, const char *name, struct mesh_token value);

#endif
