/* light: the class of drivers/light. */
#ifndef LIGHT_H
#define LIGHT_H

#include "mesh_device.h"

enum { LIGHT_LABEL = 64 };

struct light {
  uint8_t on;
  uint8_t brightness; /* % */
  uint16_t colour;    /* K */
  char label[LIGHT_LABEL + 1];
};

extern const struct mesh_class light_class;

#endif
