/*
 * mesh_device: a constrained device over its link: whom it answers, what it keeps, what it reports. docs/device-makers.md §3, §4.
 * What a class is stands in `struct mesh_class`; what the machine gives is `struct mesh_port`.
 */
#ifndef MESH_DEVICE_H
#define MESH_DEVICE_H

#include "mesh_values.h"

#ifndef MESH_STREAMS
#define MESH_STREAMS 1
#endif

/* Events that wait for their hub; one that finds no room takes the place of the second oldest, or of the only one. */
#ifndef MESH_EVENTS
#define MESH_EVENTS 16
#endif

enum { MESH_SEEN = 16, MESH_HAILS = 24, MESH_ANSWER = 1024 };

/* The owner's devices that may give orders to one that judges. */
#ifndef MESH_GRANTS
#define MESH_GRANTS 32
#endif

struct mesh_grant {
  uint8_t key[MESH_POINT];
  uint32_t commands; /* bits of mesh_values_bit */
};

/* Whose orders it takes, by the highest generation of one connection; a reset ends both. */
struct mesh_delegation {
  uint8_t in_force;
  uint32_t generation;
  uint8_t digest[32];
  uint32_t count;
  struct mesh_grant grants[MESH_GRANTS];
};

/* Something that happened, as it was then. */
struct mesh_event {
  uint32_t sequence;
  uint8_t by_command; /* not by somebody at the device */
  int32_t number[MESH_PROPERTIES];
};

/* All that outlasts a loss of power, in one record. */
struct mesh_state {
  uint32_t generation; /* sessions of an earlier one are void */
  uint32_t sequence;   /* numbers below it may have been used */
  uint32_t accepted;   /* DealEpoch whose AcceptConnection the hub has taken */
  uint32_t powered;    /* seconds */
  uint32_t factory;    /* which factory values are in force; 0 are the maker's */
  uint32_t return_first; /* milliseconds, as its hub has told it (mesh_rest.h); 0 before */
  uint32_t return_most;
  struct mesh_lock lock;
  struct mesh_fresh fresh;
  uint8_t stale; /* the other record holds what has been forgotten since */
  struct mesh_connection active;
  struct mesh_connection stored;
  uint8_t seen[MESH_SEEN][8]; /* of the names of orders that were carried out */
  uint32_t seen_next;
  struct mesh_values values;
  struct mesh_event events[MESH_EVENTS]; /* the oldest first; one that was accepted stands here until the next write */
  uint32_t event_count;
  struct mesh_delegation delegation;
};

/* What the machine gives. `me` is the port's; `stream` is what mesh_stream_start was given. */
struct mesh_port {
  void (*send)(void *stream, const uint8_t *packet, size_t length);
  void (*close)(void *stream);
  void (*random)(void *me, uint8_t *octets, size_t length);
  uint32_t (*milliseconds)(void *me);
  bool (*load)(void *me, struct mesh_state *state);                                             /* false: there is none yet */
  void (*save)(void *me, const struct mesh_state *state);                                       /* whole or not at all, and then on the flash */
  const uint8_t *(*factory)(void *me, uint32_t which, size_t *length);                          /* stays where it is */
  void (*store_factory)(void *me, uint32_t which, const uint8_t *octets, size_t length);        /* 1 and 2, in turn; of length 0 it erases */
  void (*hails_changed)(void *me);
  void (*told)(void *me, const char *event); /* for whoever watches; no secrets */
};

struct mesh_device;

/* One connection. */
struct mesh_stream {
  struct mesh_link link;
  struct mesh_device *device;
  void *port;
  uint32_t generation;
  uint32_t accept_id; /* of an Accepted that waits for its answer */
  uint32_t accept_at;
  uint32_t next_id;
  bool started; /* it knows how the device is */
};

/* The report that is on its way; there is one at most. */
struct mesh_sending {
  struct mesh_stream *stream;
  uint32_t id;
  uint32_t at;
  uint32_t sequence; /* of the event */
  uint8_t step;
};

/* Its wish to sleep, as it stands with its hub (mesh_rest.h). */
struct mesh_wish {
  struct mesh_stream *stream;
  uint32_t id; /* 0 once it is answered */
  uint32_t at;
  bool allowed;
};

struct mesh_power;

/* What a device does with keys that it holds with its hub (mesh_power.h); a device without that leaves the code of it out, too. */
enum mesh_taken { MESH_NOT_MINE, MESH_TAKEN, MESH_DECLINED };
struct mesh_power_calls {
  enum mesh_taken (*asked)(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members, uint32_t id, struct mesh_refusal *why);
  enum mesh_taken (*answered)(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members, uint32_t id);
  bool (*sign)(struct mesh_stream *stream); /* what is to be signed first; false when it is nothing */
  void (*poll)(struct mesh_device *device);
  void (*restart)(struct mesh_device *device, const struct mesh_stream *stream); /* NULL: the owner is another one, or none */
  void (*told)(struct mesh_device *device, uint32_t sequence);                   /* this event left unsigned, or was dropped */
};

struct mesh_update;

/* How it gets another program (mesh_update.h); left out likewise. */
struct mesh_update_calls {
  enum mesh_taken (*asked)(struct mesh_stream *stream, struct mesh_token verb, struct mesh_reader members, uint32_t id, struct mesh_refusal *why);
  void (*met)(struct mesh_device *device); /* the hub in force is proven */
  void (*poll)(struct mesh_device *device);
};

struct mesh_device {
  const struct mesh_class *class_of;
  const struct mesh_port *port;
  void *me;
  struct mesh_state state;
  struct mesh_base base;
  struct mesh_stream *streams[MESH_STREAMS];
  struct mesh_stream *newest; /* whose session has begun last */
  struct mesh_sending sending;
  struct mesh_wish wish;
  uint32_t next_sequence;
  uint32_t pressed_at;
  uint32_t part_at;
  uint32_t ticked_at;
  bool pressed;
  bool parting;
  bool unreported;
  bool reported; /* since its start */
  const struct mesh_power_calls *power_calls; /* mesh_power_start sets both */
  struct mesh_power *power;
  const struct mesh_update_calls *update_calls; /* mesh_update_start sets both */
  struct mesh_update *update;
  /* A message on its way out, or a delivery while it is checked: never both. */
  union {
    uint8_t answer[MESH_ANSWER];
    struct mesh_connection delivery;
  } work;
};

/* From the memory, or as it left the factory. Refused when the factory values are damaged. */
int mesh_device_start(struct mesh_device *device, const struct mesh_class *class_of, const struct mesh_port *port, void *me);

/* The hails in force; how many octets. */
size_t mesh_device_hails(struct mesh_device *device, uint8_t hails[MESH_HAILS]);

/* What it logs in with at its hub's broker, as the owner of a tag; false while it is not connected. The caller wipes it. */
bool mesh_device_login(const struct mesh_device *device, const char *tag, uint8_t password[MESH_HASH]);

/* A stream begins or ends; `at` is its place, below MESH_STREAMS, and `stream` is zeros before the first. Packets go to mesh_link_packet. */
void mesh_stream_start(struct mesh_device *device, int at, struct mesh_stream *stream, void *port, const char *medium, size_t largest);
void mesh_stream_end(struct mesh_device *device, int at);

/* For the host of a link that something else has begun, as mesh_serial does. */
extern const struct mesh_host mesh_device_host;

/* What is due: call it after packets, and ten times a second. */
void mesh_device_poll(struct mesh_device *device);

/* Somebody changes a value at the device, or the world does; false when it does not fit. */
bool mesh_device_change(struct mesh_device *device, const char *name, struct mesh_token value);

/* The button: shortly, or long, which forgets the connection. */
void mesh_device_press(struct mesh_device *device);
void mesh_device_reset(struct mesh_device *device);

/* Saves a state from which something was taken away, into both records. */
void mesh_device_save_over(struct mesh_device *device);

/* For whoever stands at it. */
bool mesh_device_is_linked(struct mesh_device *device);

#endif
