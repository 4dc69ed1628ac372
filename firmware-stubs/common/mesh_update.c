#include "mesh_update.h"

#include "mesh_envelope.h"
#include "mesh_report.h"

#include <sodium.h>
#include <string.h>

enum { TRIAL_MS = 10 * 60 * 1000, PARTING_MS = 200, PIECE = 256 };

bool mesh_boot_choose(struct mesh_boot *boot, uint32_t *slot) {
  *slot = boot->slot;
  if (boot->trial == MESH_SETTLED) return false;
  /* One start: whoever starts again without having been kept goes back. */
  if (boot->trial == MESH_NEW) *slot = 1 - boot->slot;
  boot->trial = boot->trial == MESH_NEW ? MESH_TRIED : MESH_SETTLED;
  return true;
}

static enum mesh_taken decline(struct mesh_refusal *why, const char *code, const char *text) {
  why->code = code;
  why->text = text;
  return MESH_DECLINED;
}

/* The maker's word for a program: nothing is written before it holds. */
static enum mesh_taken begin(struct mesh_device *device, struct mesh_token manifest, struct mesh_refusal *why) {
  struct mesh_update *update = device->update;
  const struct mesh_program *program = update->program;
  struct mesh_reader object, product;
  uint8_t digest[MESH_HASH];
  uint32_t version, length;
  if (manifest.kind != MESH_DATA) return decline(why, "ERR_SCHEMA", "no Manifest");
  struct mesh_reader envelope = {manifest.octets, manifest.octets + manifest.length};
  if (!mesh_verify_envelope(envelope, program->maker, "FirmwareManifest", &object, digest))
    return decline(why, "ERR_VERIFICATION", "the program is not signed by the maker of this device");
  if (!mesh_member(object, "Product", &product) || !mesh_is(mesh_read(&product), program->product))
    return decline(why, "ERR_VERIFICATION", "the program is for another product");
  if (!mesh_member_u32(object, "Version", &version) || !mesh_member_u32(object, "Length", &length) ||
      !mesh_member_data(object, "Digest", digest, sizeof digest))
    return decline(why, "ERR_SCHEMA", "the manifest lacks a member");
  if (update->on_trial) return decline(why, "ERR_BUSY", "the program that runs is on trial");
  /* It stands in the slot, checked, and starts in a moment: nothing may be written over it. */
  if (update->whole) return decline(why, "ERR_BUSY", "another program is about to be tried");
  if (version <= program->version || version <= update->boot.version) return decline(why, "ERR_REPLAY", "the version is not above the one that runs");
  if (length == 0 || length > update->slots->room(device->me)) return decline(why, "ERR_TOO_LARGE", "the program does not fit into a slot");
  update->coming = false;
  /* What is half written is never chosen, whatever was to be tried before. */
  if (update->boot.trial != MESH_SETTLED) {
    update->boot.trial = MESH_SETTLED;
    update->slots->save(device->me, &update->boot);
  }
  if (!update->slots->erase(device->me)) return decline(why, "ERR_INTERNAL", "the slot cannot be erased");
  update->coming = true;
  update->version = version;
  update->length = length;
  update->have = 0;
  memcpy(update->digest, digest, sizeof update->digest);
  return MESH_TAKEN;
}

/* As it stands in the slot, not as it came. */
static bool is_right(struct mesh_device *device) {
  const struct mesh_update *update = device->update;
  crypto_hash_sha512_state state;
  uint8_t piece[PIECE], digest[MESH_HASH];
  uint32_t at = 0;
  crypto_hash_sha512_init(&state);
  while (at < update->length) {
    size_t most = update->length - at < sizeof piece ? update->length - at : sizeof piece;
    size_t length = update->slots->read(device->me, at, piece, most);
    if (length == 0) return false;
    crypto_hash_sha512_update(&state, piece, length);
    at += (uint32_t)length;
  }
  crypto_hash_sha512_final(&state, digest);
  return memcmp(digest, update->digest, sizeof digest) == 0;
}

static enum mesh_taken go_on(struct mesh_device *device, uint32_t offset, struct mesh_token piece, struct mesh_refusal *why) {
  struct mesh_update *update = device->update;
  if (piece.kind != MESH_DATA || piece.length == 0) return decline(why, "ERR_SCHEMA", "no Data");
  if (!update->coming) return decline(why, "ERR_REJECTED", "the manifest comes first");
  /* A piece that came already, since its answer was lost. */
  if (offset < update->have && piece.length <= update->have - offset) return MESH_TAKEN;
  if (update->whole || offset != update->have || piece.length > update->length - update->have)
    return decline(why, "ERR_REJECTED", "another piece is due");
  if (!update->slots->write(device->me, offset, piece.octets, piece.length)) {
    update->coming = false;
    return decline(why, "ERR_INTERNAL", "the slot cannot be written");
  }
  update->have += (uint32_t)piece.length;
  if (update->have < update->length) return MESH_TAKEN;
  if (!is_right(device)) {
    update->coming = false;
    return decline(why, "ERR_VERIFICATION", "the program is not the one that its maker has signed");
  }
  update->boot.trial = MESH_NEW;
  update->boot.candidate = update->version;
  update->slots->save(device->me, &update->boot);
  update->whole = true;
  update->whole_at = device->port->milliseconds(device->me);
  device->port->told(device->me, "update-written");
  return MESH_TAKEN;
}

static enum mesh_taken asked(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members, uint32_t id, struct mesh_refusal *why) {
  struct mesh_device *device = stream->device;
  struct mesh_reader value;
  uint32_t offset;
  enum mesh_taken taken;
  if (!mesh_is(verb, "Update")) return MESH_NOT_MINE;
  if (mesh_member(members, "Manifest", &value)) taken = begin(device, mesh_read(&value), why);
  else if (mesh_member_u32(members, "Offset", &offset) && mesh_member(members, "Data", &value)) taken = go_on(device, offset, mesh_read(&value), why);
  else return decline(why, "ERR_SCHEMA", "neither a manifest nor a piece");
  if (taken == MESH_TAKEN) mesh_message_result(stream, id, "Accept", NULL);
  return taken;
}

/* The hub in force has been met with the program on trial: it is kept. */
static void met(struct mesh_device *device) {
  struct mesh_update *update = device->update;
  if (!update->on_trial) return;
  update->on_trial = false;
  update->boot.slot = 1 - update->boot.slot;
  update->boot.version = update->boot.candidate;
  update->boot.trial = MESH_SETTLED;
  update->slots->save(device->me, &update->boot);
  device->port->told(device->me, "update-kept");
}

static void poll(struct mesh_device *device) {
  struct mesh_update *update = device->update;
  uint32_t now = device->port->milliseconds(device->me);
  bool is_over = update->on_trial && now - update->started_at > TRIAL_MS;
  if (is_over || (update->whole && now - update->whole_at > PARTING_MS)) update->slots->restart(device->me);
}

void mesh_update_start(struct mesh_device *device, struct mesh_update *update, const struct mesh_program *program, const struct mesh_slots *slots,
                       const struct mesh_boot *boot) {
  static const struct mesh_update_calls calls = {asked, met, poll};
  memset(update, 0, sizeof *update);
  update->program = program;
  update->slots = slots;
  update->boot = *boot;
  update->on_trial = boot->trial == MESH_TRIED;
  update->started_at = device->port->milliseconds(device->me);
  device->update = update;
  device->update_calls = &calls;
}
