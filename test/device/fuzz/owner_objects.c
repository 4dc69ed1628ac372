/* Seeds of messages.c: what an owner and a hub say to a device, whole and as it should be under open_crypto.c. */
#include "mesh_envelope.h"
#include "messages.h"

#include <sodium.h>
#include <string.h>

static void text(struct mesh_writer *writer, const char *name, const char *value) {
  mesh_write_text(writer, name);
  mesh_write_text(writer, value);
}

static void whole(struct mesh_writer *writer, const char *name, int64_t value) {
  mesh_write_text(writer, name);
  mesh_write_integer(writer, value);
}

static void filled(struct mesh_writer *writer, const char *name, uint8_t octet, size_t length) {
  uint8_t octets[64];
  memset(octets, octet, sizeof octets);
  mesh_write_text(writer, name);
  mesh_write_octets(writer, MESH_DATA, octets, length);
}

static void key(struct mesh_writer *writer, const char *name, enum mesh_curve curve, uint8_t octet) {
  uint8_t octets[MESH_KEY];
  memset(octets, octet, sizeof octets);
  if (name != NULL) mesh_write_text(writer, name);
  mesh_write_key(writer, curve, octets);
}

static void enveloped(struct mesh_writer *writer, const char *name, const uint8_t *body, size_t length) {
  static const uint8_t seed[32] = {0x77};
  mesh_write_text(writer, name);
  mesh_write_envelope(writer, "e30", body, length, seed);
}

static size_t connection_device(uint8_t *out, size_t room) {
  struct mesh_writer writer = subject_begin(out, room, "ConnectionDevice");
  text(&writer, "Subject", subject_udf);
  text(&writer, "Authority", subject_account);
  mesh_write_text(&writer, "Roles");
  mesh_write_octet(&writer, '[');
  mesh_write_octet(&writer, ']');
  mesh_write_text(&writer, "Link");
  mesh_write_octet(&writer, '[');
  key(&writer, NULL, MESH_X25519, 0x22);
  mesh_write_octet(&writer, ']');
  key(&writer, "Encryption", MESH_ED25519, 0x5a);
  key(&writer, "Signature", MESH_ED25519, 0x5b);
  return subject_end(&writer);
}

static size_t connection_hub(uint8_t *out, size_t room, uint32_t epoch) {
  struct mesh_writer writer = subject_begin(out, room, "ConnectionHub");
  text(&writer, "Subject", subject_hub);
  text(&writer, "Authority", subject_account);
  whole(&writer, "DealEpoch", epoch);
  mesh_write_text(&writer, "DeviceUdf");
  mesh_write_octet(&writer, '[');
  mesh_write_text(&writer, subject_udf);
  mesh_write_octet(&writer, ']');
  mesh_write_text(&writer, "LinkKeys");
  mesh_write_octet(&writer, '[');
  key(&writer, NULL, MESH_X25519, 0x33);
  mesh_write_octet(&writer, ']');
  return subject_end(&writer);
}

/* base 11, fresh 22, share 44: the part is their sum, 77. */
static size_t respond_device(uint8_t *out, size_t room, uint32_t epoch) {
  uint8_t inner[1200];
  struct mesh_writer writer = subject_begin(out, room, "RespondDevice");
  text(&writer, "DeviceUdf", subject_udf);
  text(&writer, "HubUdf", subject_hub);
  text(&writer, "AccountUdf", subject_account);
  whole(&writer, "DealEpoch", epoch);
  filled(&writer, "EncryptShare", 0x44, 32);
  filled(&writer, "SignatureShare", 0x44, 32);
  filled(&writer, "PartialEncryption", 0x77, 32);
  filled(&writer, "PartialSignature", 0x77, 32);
  filled(&writer, "LinkRoot", 0x44, 32);
  enveloped(&writer, "EnvelopedConnectionDevice", inner, connection_device(inner, sizeof inner));
  enveloped(&writer, "EnvelopedConnectionHub", inner, connection_hub(inner, sizeof inner, epoch));
  key(&writer, "AdministratorSignature25519", MESH_ED25519, 0x55);
  text(&writer, "AccountAddress", "a@b");
  filled(&writer, "OwnerAuthenticate", 0x70, 64);
  text(&writer, "ClaimMessageId", "NCLAIM");
  return subject_end(&writer);
}

static size_t administrator_split(uint8_t *out, size_t room) {
  struct mesh_writer writer = subject_begin(out, room, "AdministratorSplit");
  text(&writer, "Id", "NSPLIT");
  text(&writer, "AccountUdf", subject_account);
  text(&writer, "HubUdf", subject_hub);
  whole(&writer, "Count", 5);
  key(&writer, "Key", MESH_ED25519, 0x58);
  mesh_write_text(&writer, "Classes");
  mesh_write_octet(&writer, '[');
  mesh_write_text(&writer, "Light");
  mesh_write_octet(&writer, ']');
  return subject_end(&writer);
}

static size_t split_connection(uint8_t *out, size_t room) {
  struct mesh_writer writer = subject_begin(out, room, "SplitConnection");
  text(&writer, "SplitId", "NSPLIT");
  text(&writer, "AccountUdf", subject_account);
  text(&writer, "HubUdf", subject_hub);
  text(&writer, "DeviceUdf", subject_udf);
  text(&writer, "Class", "light");
  whole(&writer, "Serial", 1);
  whole(&writer, "DealEpoch", 1);
  filled(&writer, "RespondDigest", 0x70, 64);
  filled(&writer, "ConnectionDigest", 0x70, 64);
  return subject_end(&writer);
}

/* Unsigned, in an envelope all the same; the digest of what is longer than 2 kB is another one. */
static size_t respond_split(uint8_t *out, size_t room) {
  static uint8_t respond[3000], inner[1200];
  size_t length = respond_device(respond, sizeof respond, 1);
  struct mesh_writer writer = subject_begin(out, room, "RespondSplit");
  enveloped(&writer, "EnvelopedAdministratorSplit", inner, administrator_split(inner, sizeof inner));
  enveloped(&writer, "EnvelopedSplitConnection", inner, split_connection(inner, sizeof inner));
  mesh_write_text(&writer, "Respond");
  mesh_write_octets(&writer, MESH_DATA, respond, length);
  return subject_end(&writer);
}

static size_t delegation(uint8_t *out, size_t room) {
  struct mesh_writer writer = subject_begin(out, room, "Delegation");
  text(&writer, "AccountUdf", subject_account);
  text(&writer, "DeviceUdf", subject_udf);
  filled(&writer, "LinkKey", 0x22, MESH_KEY);
  whole(&writer, "Generation", 1);
  mesh_write_text(&writer, "Grants");
  mesh_write_octet(&writer, '[');
  mesh_write_octet(&writer, '{');
  text(&writer, "Udf", subject_udf);
  key(&writer, "Command25519", MESH_ED25519, 0x59);
  mesh_write_text(&writer, "Commands");
  mesh_write_octet(&writer, '[');
  mesh_write_text(&writer, "Unlock");
  mesh_write_octet(&writer, ']');
  mesh_write_octet(&writer, '}');
  mesh_write_octet(&writer, ']');
  return subject_end(&writer);
}

static size_t order(uint8_t *out, size_t room) {
  struct mesh_writer writer = subject_begin(out, room, "DeviceOrder");
  text(&writer, "AccountUdf", subject_account);
  text(&writer, "DeviceUdf", subject_udf);
  whole(&writer, "DealEpoch", 1);
  filled(&writer, "Nonce", 0x22, MESH_NONCE);
  text(&writer, "MessageId", "NORDER");
  text(&writer, "Command", "Unlock");
  mesh_write_text(&writer, "Arguments");
  mesh_write_octet(&writer, '[');
  mesh_write_octet(&writer, ']');
  return subject_end(&writer);
}

static size_t of_owner(uint8_t *out, size_t room, const char *tag) {
  struct mesh_writer writer = subject_begin(out, room, tag);
  text(&writer, "DeviceUdf", subject_udf);
  whole(&writer, "DealEpoch", 1);
  text(&writer, "PublicationId", "MNEXT");
  filled(&writer, "KHail", 5, 32);
  filled(&writer, "KLink", 6, 32);
  filled(&writer, "Kd", 8, 32);
  filled(&writer, "SealedDescription", 9, 40);
  return subject_end(&writer);
}

/* Of the data in `asking`; mesh_update takes its digest from libsodium. */
static size_t manifest(uint8_t *out, size_t room) {
  uint8_t program[60], digest[crypto_hash_sha512_BYTES];
  memset(program, 2, sizeof program);
  crypto_hash_sha512(digest, program, sizeof program);
  struct mesh_writer writer = subject_begin(out, room, "FirmwareManifest");
  text(&writer, "Product", "subject");
  whole(&writer, "Version", 2);
  whole(&writer, "Length", sizeof program);
  mesh_write_text(&writer, "Digest");
  mesh_write_octets(&writer, MESH_DATA, digest, sizeof digest);
  return subject_end(&writer);
}

static size_t asking(uint8_t *out, size_t room, const char *verb) {
  struct mesh_writer writer = subject_begin(out, room, verb);
  whole(&writer, "Id", 7);
  text(&writer, "MessageId", "NCOMMAND");
  text(&writer, "Command", "Set");
  mesh_write_text(&writer, "Arguments");
  mesh_write_octet(&writer, '[');
  mesh_write_octet(&writer, '{');
  text(&writer, "Name", "On");
  mesh_write_text(&writer, "Value");
  mesh_write_boolean(&writer, true);
  mesh_write_octet(&writer, '}');
  mesh_write_octet(&writer, ']');
  whole(&writer, "FirstMs", 500);
  whole(&writer, "MostMs", 2000);
  whole(&writer, "Seconds", 30);
  whole(&writer, "Offset", 0);
  filled(&writer, "Data", 2, 60);
  filled(&writer, "Nonce", 0x22, MESH_NONCE);
  filled(&writer, "Commitment", 3, 32);
  text(&writer, "Result", "Accept");
  return subject_end(&writer);
}

struct made {
  uint8_t *octets;
  size_t length;
};

static void add(struct made *made, enum wrapping wrapping, const uint8_t *body, size_t length) {
  static uint8_t piece[MOST_MESSAGE];
  piece[0] = (uint8_t)wrapping;
  memcpy(piece + 1, body, length);
  made->length = made->length == 1 ? 1 + fuzz_join(made->octets + 1, 0, piece, length + 1) : fuzz_join(made->octets, made->length, piece, length + 1);
}

static void say(struct made *made, const char *verb) {
  uint8_t body[700];
  add(made, PLAIN, body, asking(body, sizeof body, verb));
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  static uint8_t body[5000];
  struct made made = {octets, 1};
  (void)room;
  const bool is_lock = which % 2 == 0;
  const uint8_t kind = is_lock ? 0 : SUBJECT_STANDINGS;
  octets[0] = (uint8_t)(kind + (which < 2 ? SUBJECT_NEW : which < 4 ? SUBJECT_ANSWERED : which < 6 ? SUBJECT_STORED : SUBJECT_CONNECTED));
  if (which < 2) {
    say(&made, "Describe");
    add(&made, DELIVER, body, respond_device(body, sizeof body, 1));
    add(&made, AGAIN, (const uint8_t *)"\1", 1);
    say(&made, "Ping");
  } else if (which < 4) {
    add(&made, DELIVER, body, is_lock ? respond_device(body, sizeof body, 1) : respond_split(body, sizeof body));
    add(&made, POWER, (const uint8_t *)"\1", 1);
  } else if (which < 6) {
    say(&made, "Result");
    add(&made, DELIVER, body, respond_device(body, sizeof body, 2));
    add(&made, AGAIN, (const uint8_t *)"\3", 1);
  } else if (which == 6) {
    add(&made, DELEGATE, body, delegation(body, sizeof body));
    say(&made, "Challenge");
    add(&made, ORDER, body, order(body, sizeof body));
    say(&made, "Commitment");
    say(&made, "Report");
    add(&made, WAIT, (const uint8_t *)"\100", 1);
  } else if (which == 7) {
    for (const char *const *verb = (const char *const[]){"Command", "Return", "Ping", "State", "Sleep", "Result", NULL}; *verb != NULL; verb++) say(&made, *verb);
    add(&made, MANIFEST, body, manifest(body, sizeof body));
    say(&made, "Update");
    add(&made, POWER, (const uint8_t *)"\1", 1);
  } else if (which == 8) {
    add(&made, RESET, body, of_owner(body, sizeof body, "ResetDevice"));
    add(&made, WAIT, body, 0);
  } else if (which == 9) {
    add(&made, RELEASE, body, of_owner(body, sizeof body, "ReleaseDevice"));
    add(&made, POWER, (const uint8_t *)"\0", 1);
    say(&made, "Describe");
  } else {
    return 0;
  }
  return made.length;
}
