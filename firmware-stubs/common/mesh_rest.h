/* mesh_rest: when a device comes back to a hub that it has lost, and when it may sleep. docs/device-link.md §7, Return and Sleep. */
#ifndef MESH_REST_H
#define MESH_REST_H

#include "mesh_device.h"

/* What a hub says of coming back: kept within bounds of the device's own, and written only when it changes. */
int mesh_rest_return(struct mesh_device *device, struct mesh_reader members, struct mesh_refusal *why);

/* Milliseconds until the next try; `attempt` is how many in a row have failed before. */
uint32_t mesh_rest_pause(struct mesh_device *device, uint32_t attempt);

/*
 * For a device that turns its radio off between reports, in its main loop: true once, when all that it has to say was accepted and its hub has nothing
 * more for it: the port ends its streams then, and begins anew after so many seconds (1 to 86 400).
 */
bool mesh_rest_may_sleep(struct mesh_device *device, uint32_t seconds);

/* A result for the device; true when it was for its Sleep. */
bool mesh_rest_answered(struct mesh_device *device, const struct mesh_stream *stream, uint32_t id, bool accepted);

#endif
