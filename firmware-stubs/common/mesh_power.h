/*
 * mesh_power: keys that the device and its hub hold in two halves: orders that the device judges, and what it signs. docs/device-link.md §7.1.
 * The hub is asked for its half in the session in which it asked; it learns success or failure, and a device without it does nothing of what it is told.
 */
#ifndef MESH_POWER_H
#define MESH_POWER_H

#include "mesh_device.h"

/* The longest sealed order. */
#ifndef MESH_ORDER_MOST
#define MESH_ORDER_MOST 2096
#endif

/* Nonces that are out at once. While no more order at once than there are, nobody ends another's last. */
#ifndef MESH_NONCES
#define MESH_NONCES 8
#endif
#if MESH_NONCES < 2 || MESH_NONCES > 8
#error "MESH_NONCES is 2 to 8: with one, whoever orders ends another's nonce at will"
#endif

/* Of these, for one who orders: his next one ends his oldest. */
#define MESH_NONCES_OF_ONE 2

enum { MESH_NONCE = 16, MESH_READERS = 4 };

/* A nonce that was given out, and the order that has used it up. In memory alone: a restart ends them all. */
struct mesh_order {
  uint8_t nonce[MESH_NONCE];
  uint32_t asked_for; /* whom the hub has asked for; 0 = it did not say */
  uint32_t given_at;
  uint32_t good_ms;        /* by uptime; 0 = over, or never given */
  char message[MESH_NAME]; /* of the order; empty while none has come */
  uint8_t outcome;
  struct mesh_refusal why; /* of an order that was refused */
  uint32_t sequence;       /* of the event that says what came of it */
  struct mesh_stream *asker;
  uint32_t asked;
};

/* Who wants to know how it is now. */
struct mesh_asking {
  struct mesh_stream *stream;
  uint32_t id;
  bool has_nonce;
  uint8_t nonce[MESH_NONCE];
};

struct mesh_power {
  struct mesh_order orders[MESH_NONCES];
  struct mesh_asking readers[MESH_READERS];
  uint8_t digest[MESH_HASH]; /* of what is being signed */
  bool for_reader;
  /* The order that is being opened. */
  struct mesh_stream *opening;
  uint32_t opening_at;
  uint32_t order_id;
  uint32_t agree_id;
  size_t sealed_length;
  uint8_t sealed[MESH_ORDER_MOST];
};

/* Gives a device its power; after mesh_device_start, before the first stream. */
void mesh_power_start(struct mesh_device *device, struct mesh_power *power);

#endif
