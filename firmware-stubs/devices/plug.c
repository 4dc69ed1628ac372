#include "classes.h"

enum { ON, POWER };

static const struct mesh_property properties[] = {
    {.name = "On", .type = MESH_TRUTH, .writable = true},
    {.name = "Power", .type = MESH_WHOLE, .most = 4000},
    {.name = "Energy", .type = MESH_WHOLE, .most = 1000000},
};

/* What is plugged in takes 60 W; a real one asks its meter. */
static void follow(struct mesh_values *values) {
  values->number[POWER] = values->number[ON] ? 60 : 0;
}

const struct mesh_class plug_class = {.name = "plug", .properties = properties, .count = sizeof properties / sizeof *properties, .follow = follow};
