/*
 * mesh_programme: what a class does by itself in stages, each for its time, as one text (docs/extensions.md §22): "Speed 3, 20 s; Speed 8, 1 min". It is read
 * in the form in which a hub sends it.
 */
#ifndef MESH_PROGRAMME_H
#define MESH_PROGRAMME_H

#include "mesh_values.h"

/* Seconds that it takes, at most a day; 0 for what is no programme, or would set what cannot be set. */
uint32_t mesh_programme_length(const struct mesh_class *class_of, const char *text);

/* Sets what holds while so many seconds of the programme in `values` are left. */
void mesh_programme_hold(const struct mesh_class *class_of, struct mesh_values *values, uint32_t left);

#endif
