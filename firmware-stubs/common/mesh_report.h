/*
 * mesh_report, for the parts of a device: what it tells its hub by itself, each with a number that rises over restarts. docs/device-link.md §7.
 * Events leave one by one, until each is accepted; of everything else the newest matters.
 */
#ifndef MESH_REPORT_H
#define MESH_REPORT_H

#include "mesh_device.h"

/* A session of the hub in force. */
bool mesh_stream_serves(struct mesh_stream *stream);

/* A message is begun behind its type tag, and sent; its braces are closed by mesh_message_send. */
struct mesh_writer mesh_message_begin(struct mesh_device *device, const char *tag);
void mesh_message_send(struct mesh_stream *stream, struct mesh_writer *writer);

/* A request of the device: its Id is in, and remembered as what is on its way. */
struct mesh_writer mesh_request_begin(struct mesh_stream *stream, const char *tag, uint32_t *id);

/* A result with nothing but its Id, and why. */
void mesh_message_result(struct mesh_stream *stream, uint32_t id, const char *result, const struct mesh_refusal *why);

/* Names of orders that were carried out. */
bool mesh_order_seen(const struct mesh_state *state, const char *name);
void mesh_order_remember(struct mesh_state *state, const char *name);

/* Where the report that is on its way stands; MESH_PAUSED: the hub did not take it, and is asked again. */
enum mesh_step { MESH_IDLE, MESH_PAUSED, MESH_STATED, MESH_SIGNING, MESH_SIGNED };
void mesh_report_go(struct mesh_stream *stream, uint32_t id, enum mesh_step step);

/* Sequence and Values of a report; the next number. */
void mesh_report_write(struct mesh_device *device, struct mesh_writer *writer, uint32_t sequence, const struct mesh_values *values);
uint32_t mesh_report_number(struct mesh_device *device);

/* The oldest event, and the values of then; sends it as State; the one under way has been accepted, its number. */
const struct mesh_event *mesh_report_first(const struct mesh_device *device, struct mesh_values *then);
void mesh_report_send(struct mesh_stream *stream);
uint32_t mesh_report_accepted(struct mesh_device *device);

/* Member State of a result, with the present values; not while events wait: it follows them. */
void mesh_report_present(struct mesh_device *device, struct mesh_writer *writer, const char *cause);

/* Something has happened; the caller writes the memory. Its number. */
uint32_t mesh_report_push(struct mesh_device *device, bool by_command);

/* What is due. */
void mesh_report_poll(struct mesh_device *device);

/* A result for the device; true when it was for a report. */
bool mesh_report_answered(struct mesh_device *device, struct mesh_stream *stream, uint32_t id, bool accepted);

/* A session of this stream has begun, or is over: what was under way in the one before is sent again. */
void mesh_report_restart(struct mesh_device *device, const struct mesh_stream *stream);

#endif
