/* Devices that only tell: a button, a contact at a door or window, a leak sensor. */
#include "classes.h"

enum { MOST_PRESSES = INT32_MAX };

static const char *const presses[] = {"short", "double", "long"};

static const struct mesh_property of_button[] = {
    {.name = "Presses", .type = MESH_WHOLE, .event = true, .most = MOST_PRESSES},
    {.name = "Press", .type = MESH_CHOICE, .event = true, .most = 2, .choices = presses},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
};
const struct mesh_class button_class = {.name = "button", .properties = of_button, .count = sizeof of_button / sizeof *of_button};

static const struct mesh_property of_contact[] = {
    {.name = "Open", .type = MESH_TRUTH, .event = true},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
};
const struct mesh_class contact_class = {.name = "contact", .properties = of_contact, .count = sizeof of_contact / sizeof *of_contact};

static const struct mesh_property of_leak[] = {
    {.name = "Wet", .type = MESH_TRUTH, .event = true},
    {.name = "Battery", .type = MESH_WHOLE, .first = 100, .most = 100},
};
const struct mesh_class leak_class = {.name = "leak", .properties = of_leak, .count = sizeof of_leak / sizeof *of_leak};
