/*
 * mesh_link: frames, handshakes and the session on one stream, from the device's side. docs/device-link.md §4 to §6.
 * Packets in, packets out, messages to `asked`; whom the device answers is its host's to say. No heap, no globals.
 */
#ifndef MESH_LINK_H
#define MESH_LINK_H

#include "mesh_curve.h" /* MESH_UDF */
#include "mesh_line.h"  /* MESH_LARGEST */
#include "mesh_noise.h"

#include <stdbool.h>

/* The longest message that is taken: a RespondDevice of 3 kB, or a ReleaseDevice with the description in it, and what is around them. */
#ifndef MESH_MESSAGE_MOST
#define MESH_MESSAGE_MOST 4608
#endif

/* The longest handshake-1. */
#define MESH_HELLO_MOST 256

enum {
  MESH_MODE_ONBOARD = 0,
  MESH_MODE_LINKED = 1,
};

/* What a hub says of itself in its handshake; believed for nothing but the choice of a psk. */
struct mesh_selected {
  char hub_udf[MESH_UDF + 1];
  uint32_t epoch;
};

struct mesh_link;

/* What the device gives to its link. `me` is the link's `me`. */
struct mesh_host {
  void (*send)(void *me, const uint8_t *packet, size_t length); /* waits for room */
  void (*close)(void *me);                                      /* ends the stream */
  void (*random)(void *me, uint8_t *octets, size_t length);     /* does not return when it cannot */
  uint32_t (*milliseconds)(void *me);
  const uint8_t *(*description)(void *me, size_t *length);      /* sealed; NULL when there is none for strangers */
  bool (*identity)(void *me, int mode, uint8_t secret[MESH_KEY], const char **name);
  bool (*psk)(void *me, int mode, const struct mesh_selected *selected, uint8_t psk[MESH_KEY]);
  void (*began)(void *me);                                      /* the hub is proven: its first frame has opened */
  void (*ended)(void *me);
  void (*asked)(void *me, uint8_t *message, size_t length); /* may use it as a workplace */
};

struct mesh_session {
  uint8_t from_hub[MESH_KEY];
  uint8_t to_hub[MESH_KEY];
  uint8_t hub[MESH_KEY]; /* the hub's static key */
  struct mesh_selected selected;
  uint64_t received;
  uint64_t sent;
  int mode;
  bool open;
};

struct mesh_link {
  const struct mesh_host *host;
  void *me;
  const char *medium;
  size_t largest; /* octets of a packet that goes out, 64 to MESH_LARGEST */
  struct mesh_session session;
  struct mesh_session coming; /* half open: its first frame is due */
  uint32_t coming_since;
  uint8_t hello_hash[MESH_HASH]; /* of the handshake-1 that `answer` is for */
  uint8_t answer[MESH_KEY + MESH_TAG];
  uint32_t handshakes; /* tokens, in milliseconds */
  uint32_t handshakes_at;
  int described;
  int unreadable;
  size_t hello_length;
  size_t message_length;
  uint8_t hello[MESH_HELLO_MOST];
  uint8_t message[MESH_MESSAGE_MOST];
  uint8_t packet[MESH_LARGEST];
};

/* A stream begins: what was on the one before is over. `medium` is its name in the prologue; the struct is zeros before the first one. */
void mesh_link_start(struct mesh_link *link, const struct mesh_host *host, void *me, const char *medium, size_t largest);

/* A packet has come; it is used as a workplace. */
void mesh_link_packet(struct mesh_link *link, uint8_t *packet, size_t length);

/* Sends a message in the session; refused without one, or when its counters are used up. */
int mesh_link_send(struct mesh_link *link, const uint8_t *message, size_t length);

/* The stream is over: nothing of what it carried is left. */
void mesh_link_forget(struct mesh_link *link);

/* Ends the session, telling the hub. */
void mesh_link_end(struct mesh_link *link);

#endif
