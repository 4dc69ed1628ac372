/* mesh_owner: what owner and device say to each other, past the hub, and what the device checks before it believes it. docs/device-link.md §9. */
#ifndef MESH_OWNER_H
#define MESH_OWNER_H

#include "mesh_curve.h"
#include "mesh_jsonb.h"
#include "mesh_link.h"

enum { MESH_NAME = 64 /* characters of a message's or publication's name */, MESH_PROLOGUE = 160 };

/* Why something is refused; the text goes to the owner, the code to programs. */
struct mesh_refusal {
  const char *code; /* NULL when there is none */
  const char *text;
};

/* The maker's keys of a device. */
struct mesh_base {
  char udf[MESH_UDF + 1];
  uint8_t link[MESH_KEY];
  uint8_t sign_seed[32];
  uint8_t encryption[MESH_SCALAR]; /* scalars */
  uint8_t signature[MESH_SCALAR];
};

/* Fresh keys: made at the first Describe. */
struct mesh_fresh {
  uint8_t there;
  uint8_t encryption[MESH_SCALAR];
  uint8_t signature[MESH_SCALAR];
  uint8_t link[MESH_KEY];
};

/* A delivery that was checked. */
struct mesh_connection {
  uint8_t there;
  uint8_t by_split; /* somebody besides the owner has known LinkRoot: the next deal has another one */
  char account[MESH_UDF + 1];
  char hub[MESH_UDF + 1];
  char claim[MESH_NAME];
  uint32_t epoch;
  uint8_t hub_key[MESH_KEY];
  uint8_t link_root[32];
  uint8_t encrypt_share[MESH_SCALAR];
  uint8_t signature_share[MESH_SCALAR];
  uint8_t encryption[MESH_POINT]; /* the whole keys, as ConnectionDevice has them */
  uint8_t signature[MESH_POINT];
  uint8_t administrator[MESH_POINT];
  uint8_t connection_digest[MESH_HASH];
  uint8_t delivery_digest[MESH_HASH];
};

/* Whose the device is. */
struct mesh_lock {
  uint8_t pinned;
  uint8_t connected;
  char account[MESH_UDF + 1];
  uint8_t administrator[MESH_POINT];
  uint32_t epoch;
  uint32_t pinned_at; /* seconds of power */
};

/* Base keys of a seed's text. */
int mesh_base_of(struct mesh_base *base, const char *seed);

/* The octets of EnvelopedDeviceContribution, written as data into the answer. */
void mesh_write_contribution(struct mesh_writer *writer, const struct mesh_base *base, const struct mesh_fresh *fresh, uint32_t epoch, bool present);

/* AcceptConnection. */
void mesh_write_acceptance(struct mesh_writer *writer, const struct mesh_base *base, const struct mesh_connection *connection, const char *publication);

/* What a delivery is checked against. */
struct mesh_context {
  const struct mesh_base *base;
  const struct mesh_fresh *fresh;
  const struct mesh_lock *lock;
  const struct mesh_selected *selected;
  const uint8_t *hub;       /* static key of the session */
  const uint8_t *kd;
  const uint8_t *link_root; /* in force, and not to be changed; NULL without */
  const char *class_name;
  bool harmful; /* no split connects it */
  uint32_t epoch;           /* highest that was stored */
};

/* What a seal is for, and for whom; `kind` is a type tag. */
size_t mesh_seal_prologue(uint8_t prologue[MESH_PROLOGUE], const char *kind, const char *device, const char *hub, uint32_t epoch);

/* A RespondDevice or RespondSplit; opened in its place. Nothing is written to memory here. */
int mesh_open_delivery(struct mesh_connection *connection, const struct mesh_context *context, uint8_t *sealed, size_t length, struct mesh_refusal *why);

/* A ResetDevice or ReleaseDevice of the pinned owner; `order` is behind the { of its members. */
int mesh_open_order(const char *kind, const struct mesh_context *context, uint8_t *sealed, size_t length, struct mesh_reader *order,
                    struct mesh_refusal *why);

#endif
