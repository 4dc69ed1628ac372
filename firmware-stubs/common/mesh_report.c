#include "mesh_report.h"

#include <string.h>

enum { SEQUENCES = 64, DEADLINE_MS = 10000, AGAIN_MS = 2000 };

/* Numbers are kept in blocks, so that a restart leaves a gap and repeats none; true when the memory has to be written. */
static bool take_number(struct mesh_device *device, uint32_t *sequence) {
  *sequence = device->next_sequence++;
  if (*sequence < device->state.sequence) return false;
  device->state.sequence = *sequence + SEQUENCES;
  return true;
}

uint32_t mesh_report_number(struct mesh_device *device) {
  uint32_t sequence;
  if (take_number(device, &sequence)) device->port->save(device->me, &device->state);
  return sequence;
}

void mesh_report_write(struct mesh_device *device, struct mesh_writer *writer, uint32_t sequence, const struct mesh_values *values) {
  mesh_write_text(writer, "Sequence");
  mesh_write_integer(writer, sequence);
  mesh_write_text(writer, "Values");
  mesh_write_octet(writer, '[');
  mesh_values_write(device->class_of, values, writer);
  mesh_write_octet(writer, ']');
}

static void write_state(struct mesh_device *device, struct mesh_writer *writer, uint32_t sequence, const struct mesh_values *values, const char *cause) {
  mesh_report_write(device, writer, sequence, values);
  if (cause == NULL) return;
  mesh_write_text(writer, "Cause");
  mesh_write_text(writer, cause);
}

static void write_present(struct mesh_device *device, struct mesh_writer *writer, const char *cause) {
  uint32_t sequence = mesh_report_number(device);
  write_state(device, writer, sequence, &device->state.values, cause);
}

struct mesh_writer mesh_message_begin(struct mesh_device *device, const char *tag) {
  struct mesh_writer writer = {.octets = device->work.answer, .room = sizeof device->work.answer};
  mesh_write_octet(&writer, '{');
  mesh_write_text(&writer, tag);
  mesh_write_octet(&writer, '{');
  return writer;
}

void mesh_message_send(struct mesh_stream *stream, struct mesh_writer *writer) {
  mesh_write_octet(writer, '}');
  mesh_write_octet(writer, '}');
  if (!writer->full) mesh_link_send(&stream->link, writer->octets, writer->length);
  mesh_wipe(writer->octets, writer->length);
}

struct mesh_writer mesh_request_begin(struct mesh_stream *stream, const char *tag, uint32_t *id) {
  struct mesh_writer writer = mesh_message_begin(stream->device, tag);
  *id = ++stream->next_id;
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, *id);
  return writer;
}

void mesh_report_present(struct mesh_device *device, struct mesh_writer *writer, const char *cause) {
  if (device->state.event_count > 0) {
    if (cause != NULL) device->unreported = true;
    return;
  }
  mesh_write_text(writer, "State");
  mesh_write_octet(writer, '{');
  write_present(device, writer, cause);
  mesh_write_octet(writer, '}');
}

void mesh_message_result(struct mesh_stream *stream, uint32_t id, const char *result, const struct mesh_refusal *why) {
  struct mesh_writer writer = mesh_message_begin(stream->device, "Result");
  mesh_write_text(&writer, "Id");
  mesh_write_integer(&writer, id);
  mesh_write_text(&writer, "Result");
  mesh_write_text(&writer, result);
  if (why != NULL) {
    mesh_write_text(&writer, "ErrorReport");
    mesh_write_text(&writer, why->text);
  }
  if (why != NULL && why->code != NULL) {
    mesh_write_text(&writer, "ErrorCode");
    mesh_write_text(&writer, why->code);
  }
  mesh_message_send(stream, &writer);
}

static void remove_event(struct mesh_state *state, uint32_t at) {
  memmove(&state->events[at], &state->events[at + 1], (--state->event_count - at) * sizeof state->events[0]);
}

uint32_t mesh_report_push(struct mesh_device *device, bool by_command) {
  struct mesh_state *state = &device->state;
  if (state->event_count == MESH_EVENTS) {
    uint32_t at = MESH_EVENTS > 1; /* the oldest may be under way; the only one is gone, and its answer ends nothing */
    if (device->power_calls != NULL) device->power_calls->told(device, state->events[at].sequence);
    remove_event(state, at);
  }
  struct mesh_event *event = &state->events[state->event_count++];
  take_number(device, &event->sequence);
  event->by_command = by_command;
  memcpy(event->number, state->values.number, sizeof event->number);
  return event->sequence;
}

void mesh_report_go(struct mesh_stream *stream, uint32_t id, enum mesh_step step) {
  struct mesh_device *device = stream->device;
  /* A signature is of the event that it was begun for, whatever has come into its place. */
  uint32_t sequence = step == MESH_SIGNED ? device->sending.sequence : device->state.events[0].sequence;
  device->sending = (struct mesh_sending){
      .stream = stream, .id = id, .at = device->port->milliseconds(device->me), .sequence = sequence, .step = (uint8_t)step};
}

const struct mesh_event *mesh_report_first(const struct mesh_device *device, struct mesh_values *then) {
  *then = device->state.values;
  memcpy(then->number, device->state.events[0].number, sizeof then->number);
  return &device->state.events[0];
}

void mesh_report_send(struct mesh_stream *stream) {
  struct mesh_device *device = stream->device;
  struct mesh_values then;
  const struct mesh_event *event = mesh_report_first(device, &then);
  uint32_t id;
  struct mesh_writer writer = mesh_request_begin(stream, "State", &id);
  write_state(device, &writer, event->sequence, &then, event->by_command ? "command" : "switch");
  mesh_message_send(stream, &writer);
  mesh_report_go(stream, id, MESH_STATED);
}

uint32_t mesh_report_accepted(struct mesh_device *device) {
  struct mesh_state *state = &device->state;
  uint32_t sequence = device->sending.sequence;
  if (state->event_count > 0 && state->events[0].sequence == sequence) remove_event(state, 0);
  return sequence;
}

static struct mesh_stream *find_hub(struct mesh_device *device) {
  struct mesh_stream *found = NULL;
  for (int at = 0; at < MESH_STREAMS; at++) {
    struct mesh_stream *stream = device->streams[at];
    if (stream != NULL && mesh_stream_serves(stream) && (found == NULL || stream == device->newest)) found = stream;
  }
  return found;
}

static void report(struct mesh_device *device, struct mesh_stream *stream) {
  struct mesh_writer writer = mesh_message_begin(device, "State");
  write_present(device, &writer, stream->started ? "switch" : "start");
  mesh_message_send(stream, &writer);
  stream->started = device->reported = true;
}

void mesh_report_poll(struct mesh_device *device) {
  uint32_t passed = device->port->milliseconds(device->me) - device->sending.at;
  if (device->sending.step != MESH_IDLE && passed < (device->sending.step == MESH_PAUSED ? AGAIN_MS : DEADLINE_MS)) return;
  device->sending.step = MESH_IDLE;
  struct mesh_stream *hub = find_hub(device);
  if (hub == NULL || (device->power_calls != NULL && device->power_calls->sign(hub))) return;
  if (device->state.event_count > 0) {
    mesh_report_send(hub);
    return;
  }
  for (int at = 0; at < MESH_STREAMS; at++) {
    struct mesh_stream *stream = device->streams[at];
    if (stream != NULL && mesh_stream_serves(stream) && (!stream->started || device->unreported)) report(device, stream);
  }
  device->unreported = false;
}

bool mesh_report_answered(struct mesh_device *device, struct mesh_stream *stream, uint32_t id, bool accepted) {
  if (device->sending.step != MESH_STATED || device->sending.stream != stream || device->sending.id != id) return false;
  uint32_t sequence = accepted ? mesh_report_accepted(device) : 0;
  mesh_report_go(stream, 0, accepted ? MESH_IDLE : MESH_PAUSED);
  if (accepted && device->power_calls != NULL) device->power_calls->told(device, sequence);
  return true;
}

void mesh_report_restart(struct mesh_device *device, const struct mesh_stream *stream) {
  if (device->sending.stream == stream) memset(&device->sending, 0, sizeof device->sending);
  if (device->power_calls != NULL) device->power_calls->restart(device, stream);
}
