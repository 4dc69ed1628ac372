/* Values in JSON-B and in text, members of each kind, envelopes and keys, and what a command says to each class. */
#include "classes.h"
#include "mesh_envelope.h"
#include "subject.h"

#include <stdlib.h>
#include <string.h>

static const struct mesh_class *const classes[] = {&blender_class, &button_class, &contact_class, &garage_door_class, &leak_class, &light_class,
                                                 &lock_class,    &oven_class,   &plug_class,    &sensor_class,      &siren_class, &thermostat_class};

static void read_members(struct mesh_reader object) {
  static const char *const names[] = {"Id", "Name", "Value", "Data", "Public"};
  struct mesh_reader value;
  char text[20];
  uint8_t data[32];
  uint32_t number;
  for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
    if (mesh_member(object, names[at], &value)) fuzz_demand(value.at > object.at && value.at <= value.end, "a member lies in its object");
    if (mesh_member_text(object, names[at], text, sizeof text)) fuzz_demand(memchr(text, 0, sizeof text) != NULL, "a text ends");
    mesh_member_data(object, names[at], data, sizeof data);
    mesh_member_data(object, names[at], data, 3);
    mesh_member_u32(object, names[at], &number);
    mesh_member_key(object, names[at], MESH_ED25519, data);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  if (length < 1) return 0;
  uint8_t *copy = fuzz_copy(octets + 1, length - 1), digest[MESH_HASH];
  const struct mesh_reader whole = {copy, copy + length - 1};
  struct mesh_reader reader = whole, object;
  struct mesh_reader sound = whole;
  struct mesh_token token = mesh_read(&reader), body;
  bool skips = mesh_skip(&reader, token);
  if (skips) fuzz_demand(reader.at >= whole.at && reader.at <= whole.end, "a value lies in its message");
  if (mesh_sound(&sound)) fuzz_demand(skips && sound.at == reader.at, "what is sound is one value");
  if (token.kind == MESH_OBJECT) read_members((struct mesh_reader){whole.at + 1, whole.end});
  mesh_tagged(whole, "Ping", &object);
  mesh_read_body(whole, &body);
  mesh_read_key(whole, MESH_X25519, digest);
  mesh_verify_envelope(whole, digest, "Delegation", &object, digest);
  const struct mesh_class *class_of = classes[octets[0] % (sizeof classes / sizeof *classes)];
  struct mesh_refusal why = {NULL, NULL};
  struct mesh_values values;
  mesh_values_begin(class_of, &values);
  reader = whole;
  if (mesh_read(&reader).kind == MESH_LIST) {
    mesh_values_command(class_of, &values, octets[0] & 128 ? "Set" : octets[0] & 64 ? "Run" : "Start", reader, &why);
    if (class_of->pass != NULL) mesh_values_pass(class_of, &values);
    for (int at = 0; at < class_of->count; at++) {
      uint8_t out[256];
      struct mesh_writer writer = {.octets = out, .room = octets[0] % sizeof out};
      mesh_values_write(class_of, &values, &writer);
      fuzz_demand(writer.length <= writer.room, "what is written has room");
      mesh_values_change(class_of, &values, class_of->properties[at].name, mesh_read(&reader));
    }
  }
  free(copy);
  return 0;
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  static const char *const seeds[] = {"\x80[{\x80\4Name\x80\2On\x80\5Value\xb0}{\x80\4Name\x80\5Speed\x80\5Value\xa0\3}]",
                                      "H[{\x80\4Name\x80\11Programme\x80\5Value\x80\35Speed 3, 20 s; Speed 8, 1 min}]",
                                      "\1{\"Id\":12,\"Name\":\"a\\u0020b\",\"Data\":\"AAEC\",\"Value\":[true,null,-1.5,{}]}",
                                      "\2{\x80\4Ping{\x80\2Id\xa0\1\x80\4\x44\x61ta\x88\3abc}}",
                                      "\3[{\"dig\":\"S512\"}\x88\5hello{\"signatures\":[{\"kid\":\"MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA\",\"signature\":\"AA\"}],\"PayloadDigest\":\"AA\"}]",
                                      "\4{\x80\3Udf\x80\1M\x80\20PublicParameters{\x80\15PublicKeyECDH{\x80\3crv\x80\6X25519\x80\6Public\x88\3abc}}}"};
  if ((size_t)which >= sizeof seeds / sizeof *seeds || strlen(seeds[which]) > room) return 0;
  memcpy(octets, seeds[which], strlen(seeds[which]));
  return strlen(seeds[which]);
}
