#include "classes.h"

static const struct mesh_property properties[] = {
    {.name = "Temperature", .type = MESH_TENTHS, .first = 205, .least = -400, .most = 850},
    {.name = "Humidity", .type = MESH_WHOLE, .first = 50, .most = 100},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
    {.name = "Motion", .type = MESH_TRUTH, .event = true},
};

const struct mesh_class sensor_class = {.name = "sensor", .properties = properties, .count = sizeof properties / sizeof *properties};
