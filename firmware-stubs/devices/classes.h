/* classes: the devices that there are in C, by the names of drivers/. */
#ifndef CLASSES_H
#define CLASSES_H

#include "mesh_values.h"

extern const struct mesh_class light_class, plug_class, thermostat_class;

#endif
