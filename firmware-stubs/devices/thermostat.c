#include "classes.h"

enum { TEMPERATURE, TARGET, MODE, ACTION };
enum { OFF, HEAT, COOL, AUTO };

static const char *const modes[] = {"off", "heat", "cool", "auto"};
static const char *const actions[] = {"idle", "heating", "cooling"};

static const struct mesh_property properties[] = {
    {.name = "Temperature", .type = MESH_TENTHS, .first = 200, .least = -400, .most = 850},
    {.name = "Target", .type = MESH_TENTHS, .writable = true, .first = 200, .least = 50, .most = 300},
    {.name = "Mode", .type = MESH_CHOICE, .writable = true, .most = AUTO, .choices = modes},
    {.name = "Action", .type = MESH_CHOICE, .most = 2, .choices = actions},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
};

static void follow(struct mesh_values *values) {
  int32_t missing = values->number[TARGET] - values->number[TEMPERATURE], mode = values->number[MODE];
  bool heats = missing > 0 && (mode == HEAT || mode == AUTO), cools = missing < 0 && (mode == COOL || mode == AUTO);
  values->number[ACTION] = heats ? 1 : cools ? 2 : 0;
}

const struct mesh_class thermostat_class = {.name = "thermostat", .properties = properties, .count = sizeof properties / sizeof *properties, .follow = follow};
