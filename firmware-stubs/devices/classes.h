/* classes: the devices that there are in C, by the names of drivers/. */
#ifndef CLASSES_H
#define CLASSES_H

#include "mesh_values.h"

extern const struct mesh_class blender_class, button_class, contact_class, garage_door_class, leak_class, light_class, lock_class, oven_class, plug_class,
    sensor_class, siren_class, thermostat_class;

#endif
