/* A device that is fed: its memory stays in the process, its clock goes on by itself, its random octets are always the same. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "fuzz.h"
#include "mesh_device.h"
#include "mesh_jsonb.h"
#include "mesh_power.h"
#include "mesh_update.h"

/* Names that the seeds use. `udf` is every key's, by open_crypto.c. */
extern const char subject_udf[], subject_hub[], subject_account[];

enum subject_standing { SUBJECT_NEW, SUBJECT_ANSWERED, SUBJECT_STORED, SUBJECT_CONNECTED, SUBJECT_LOCKED, SUBJECT_STANDINGS };

struct subject {
  struct mesh_device device;
  struct mesh_stream stream;
  struct mesh_power power;
  struct mesh_update update;
  uint32_t clock;
};
extern struct subject subject;

/* Begins anew, as a device of a class that stands so: with its power and, for one that takes them, updates. */
void subject_start(const struct mesh_class *class_of, enum subject_standing standing);

/* Its power is lost and comes back: what it has written is there. */
void subject_restart(void);

/* A stream at place 0; with a session of the hub, as if the handshake had been. */
void subject_stream(const char *medium, size_t largest);
void subject_session(int mode, uint32_t epoch);

/* What has to be true of it whatever was sent. */
void subject_check(void);

/* {"TAG":{"Id":N, and behind it what the caller writes; }} by the second. */
struct mesh_writer subject_begin(uint8_t *octets, size_t room, const char *tag);
size_t subject_end(struct mesh_writer *writer);

/* A signed envelope around a body; and one that is sealed. How many octets. */
size_t subject_envelope(uint8_t *out, size_t room, const uint8_t *body, size_t length);
size_t subject_seal(uint8_t *out, size_t room, const uint8_t *body, size_t length);

#endif
