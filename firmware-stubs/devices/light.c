#include "classes.h"

static const struct mesh_property properties[] = {
    {.name = "On", .type = MESH_TRUTH, .writable = true},
    {.name = "Brightness", .type = MESH_WHOLE, .writable = true, .first = 100, .most = 100},
    {.name = "ColourTemperature", .type = MESH_WHOLE, .writable = true, .first = 2700, .least = 2200, .most = 6500},
    {.name = "Label", .type = MESH_LABELLED, .writable = true},
};

const struct mesh_class light_class = {.name = "light", .properties = properties, .count = sizeof properties / sizeof *properties};
