#include "mesh_rest.h"

#include "mesh_report.h"

#include <string.h>

enum { USUAL_FIRST_MS = 250, USUAL_MOST_MS = 30000, ASK_MS = 200, DEADLINE_MS = 10000 };

/* A number of any size, held within bounds; false when there is none. */
static bool bounded(struct mesh_reader members, const char *name, uint32_t least, uint32_t most, uint32_t *out) {
  struct mesh_reader value;
  if (!mesh_member(members, name, &value)) return false;
  struct mesh_token token = mesh_read(&value);
  if (token.kind != MESH_INTEGER) return false;
  *out = token.integer < (int64_t)least ? least : token.integer > (int64_t)most ? most : (uint32_t)token.integer;
  return true;
}

int mesh_rest_return(struct mesh_device *device, struct mesh_reader members, struct mesh_refusal *why) {
  struct mesh_state *state = &device->state;
  uint32_t first, most;
  *why = (struct mesh_refusal){"ERR_SCHEMA", "no FirstMs or MostMs"};
  if (!bounded(members, "FirstMs", 100, 5000, &first) || !bounded(members, "MostMs", 500, 60000, &most)) return MESH_REFUSED;
  if (first > most) first = most;
  if (state->return_first == first && state->return_most == most) return MESH_OK;
  state->return_first = first;
  state->return_most = most;
  device->port->save(device->me, state);
  return MESH_OK;
}

uint32_t mesh_rest_pause(struct mesh_device *device, uint32_t attempt) {
  const struct mesh_state *state = &device->state;
  bool told = state->return_first > 0;
  uint64_t most = told ? state->return_most : USUAL_MOST_MS;
  uint64_t full = (uint64_t)(told ? state->return_first : USUAL_FIRST_MS) << (attempt < 16 ? attempt : 16);
  uint8_t drawn[2];
  if (full > most) full = most;
  device->port->random(device->me, drawn, sizeof drawn);
  return (uint32_t)(full / 2 + full / 2 * (uint32_t)(drawn[0] << 8 | drawn[1]) / 0xffff);
}

static struct mesh_stream *find_hub(struct mesh_device *device) {
  for (int at = 0; at < MESH_STREAMS; at++)
    if (device->streams[at] != NULL && mesh_stream_serves(device->streams[at])) return device->streams[at];
  return NULL;
}

bool mesh_rest_may_sleep(struct mesh_device *device, uint32_t seconds) {
  struct mesh_wish *wish = &device->wish;
  struct mesh_stream *hub = find_hub(device);
  const struct mesh_state *state = &device->state;
  uint32_t now = device->port->milliseconds(device->me);
  bool has_more = hub == NULL || !hub->started || device->unreported || state->event_count > 0 || device->sending.step != MESH_IDLE ||
                  state->accepted != state->active.epoch;
  if (has_more || (wish->stream != NULL && wish->stream != hub)) {
    memset(wish, 0, sizeof *wish);
    return false;
  }
  if (wish->allowed) {
    memset(wish, 0, sizeof *wish);
    return true;
  }
  if (wish->stream != NULL && now - wish->at < (wish->id == 0 ? ASK_MS : DEADLINE_MS)) return false;
  struct mesh_writer writer = mesh_request_begin(hub, "Sleep", &wish->id);
  mesh_write_text(&writer, "Seconds");
  mesh_write_integer(&writer, seconds);
  wish->stream = hub;
  wish->at = now;
  mesh_message_send(hub, &writer);
  return false;
}

bool mesh_rest_answered(struct mesh_device *device, const struct mesh_stream *stream, uint32_t id, bool accepted) {
  struct mesh_wish *wish = &device->wish;
  if (wish->stream != stream || wish->id == 0 || wish->id != id) return false;
  wish->id = 0;
  wish->at = device->port->milliseconds(device->me);
  wish->allowed = accepted;
  return true;
}
