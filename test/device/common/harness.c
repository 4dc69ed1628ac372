/*
 * The common part under test, on the machine that runs the tests: one command a line on standard input, one line of answer for each.
 * `fuzz` feeds it what nobody should send, under the sanitizers that it is compiled with.
 */
#include "mesh_jsonb.h"
#include "mesh_serial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 16, WORDS = 16 };

struct device {
  struct mesh_link link;
  struct mesh_serial serial;
  uint8_t secret[MESH_KEY], ephemeral[MESH_KEY], psk[MESH_KEY];
  char medium[16], name[64], hub_udf[64];
  int mode;
  uint32_t epoch;
};

static struct device device;
static uint8_t room[WORDS][MOST];
static uint32_t clock_ms;
static bool silent;

static void print_hex(const char *before, const uint8_t *octets, size_t length) {
  if (silent) return;
  printf("%s", before);
  for (size_t at = 0; at < length; at++) printf("%02x", octets[at]);
}

/* Octets of a word in hex; "-" is none. */
static size_t hex(const char *word, uint8_t *out) {
  size_t length = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
  for (size_t at = 0; at < length; at++) {
    unsigned octet;
    sscanf(word + 2 * at, "%2x", &octet);
    out[at] = (uint8_t)octet;
  }
  return length;
}

static void sent(void *me, const uint8_t *packet, size_t length) {
  (void)me;
  print_hex(" sent:", packet, length);
}

static void closed(void *me) {
  (void)me;
  print_hex(" closed:", NULL, 0);
}

static void draw(void *me, uint8_t *octets, size_t length) {
  (void)me;
  memcpy(octets, device.ephemeral, length);
}

static uint32_t now(void *me) {
  (void)me;
  return clock_ms;
}

static const uint8_t *description(void *me, size_t *length) {
  static const uint8_t octets[700] = {1, 2, 3};
  (void)me;
  *length = sizeof octets;
  return octets;
}

static bool identity(void *me, int mode, uint8_t secret[MESH_KEY], const char **name) {
  (void)me;
  memcpy(secret, device.secret, MESH_KEY);
  *name = device.name;
  return mode == device.mode;
}

static bool psk(void *me, int mode, const struct mesh_selected *selected, uint8_t key[MESH_KEY]) {
  (void)me;
  (void)mode;
  memcpy(key, device.psk, MESH_KEY);
  return strcmp(selected->hub_udf, device.hub_udf) == 0 && selected->epoch == device.epoch;
}

static void began(void *me) {
  (void)me;
  print_hex(" began:", NULL, 0);
}

static void ended(void *me) {
  (void)me;
  print_hex(" ended:", NULL, 0);
}

static void asked(void *me, uint8_t *message, size_t length) {
  (void)me;
  print_hex(" asked:", message, length);
}

static void put(void *line, const uint8_t *octets, size_t length) {
  (void)line;
  print_hex("", octets, length);
}

static size_t hails(void *me, uint8_t hail[192]) {
  (void)me;
  memset(hail, 1, 24);
  return 24;
}

static const struct mesh_host host = {sent, closed, draw, now, description, identity, psk, began, ended, asked};
static const struct mesh_serial_calls calls = {put, hails};

static void read_line(const uint8_t *octets, size_t length) {
  static struct mesh_line_reader reader;
  memset(&reader, 0, sizeof reader);
  for (size_t at = 0; at < length; at++) {
    size_t content = mesh_line_read(&reader, octets[at]);
    if (content > 0) print_hex(" block:", reader.content, content);
  }
}

/* xorshift; the seed is on the command line, so that what fails can be seen again. */
static uint32_t next(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* Packets, lines and values that were changed at random, cut, repeated. */
static void fuzz(uint32_t seed, long count, size_t length) {
  static const uint8_t types[] = {0x01, 0x10, 0x90, 0x20, 0x7f, 0x11, 0x82};
  uint32_t state = seed | 1;
  uint8_t *work = room[1];
  silent = true;
  for (long round = 0; round < count; round++) {
    size_t octets = next(&state) % 8 == 0 ? next(&state) % 700 : length;
    memcpy(work, room[0], octets < length ? octets : length);
    for (size_t at = length; at < octets; at++) work[at] = (uint8_t)next(&state);
    for (uint32_t changes = next(&state) % 4; changes > 0 && octets > 0; changes--) work[next(&state) % octets] = (uint8_t)next(&state);
    if (octets > 3 && next(&state) % 2 == 0) {
      work[0] = types[next(&state) % sizeof types];
      work[1] = (uint8_t)((octets - 3) >> 8);
      work[2] = (uint8_t)(octets - 3);
    }
    clock_ms += next(&state) % 3000;
    read_line(work, octets);
    mesh_whole(work, octets);
    for (size_t at = 0; at < octets; at++) mesh_serial_octet(&device.serial, work[at]);
    if (device.link.unreadable > 6) mesh_link_start(&device.link, &host, &device, "mqtt", 64 + next(&state) % 400);
    if (octets <= MESH_LARGEST) mesh_link_packet(&device.link, work, octets);
  }
  silent = false;
}

/* From one to another in steps, written and read again, against the fractions of this machine: how many there are, or -1 and the first that is wrong. */
static long tenths(long from, long to, long step) {
  long count = 0;
  for (long at = from; at <= to; at += step, count++) {
    const double value = (double)at / 10;
    uint8_t octets[16], wanted[9] = {0x92};
    uint64_t bits;
    struct mesh_writer writer = {.octets = octets, .room = sizeof octets};
    int32_t back;
    memcpy(&bits, &value, sizeof bits);
    for (int octet = 0; octet < 8; octet++) wanted[1 + octet] = (uint8_t)(bits >> (56 - 8 * octet));
    mesh_write_tenths(&writer, (int32_t)at);
    struct mesh_reader reader = {octets, octets + writer.length};
    bool is_right = at % 10 == 0 || (writer.length == sizeof wanted && memcmp(octets, wanted, sizeof wanted) == 0);
    if (is_right && mesh_number(mesh_read(&reader), true, &back) && back == at) continue;
    printf(" %ld", at);
    return -1;
  }
  return count;
}

static void run(int words, char *word[]) {
  size_t length[WORDS];
  const char *command = word[0];
  for (int at = 1; at < words; at++) length[at] = hex(word[at], room[at]);
  if (strcmp(command, "hail") == 0) {
    uint8_t hail[12];
    mesh_hail(hail, room[1], room[2]);
    print_hex(" ", hail, sizeof hail);
  } else if (strcmp(command, "block") == 0) {
    putchar(' ');
    mesh_line_send(put, NULL, room[1][0], room[2][0], room[3], length[3]);
  } else if (strcmp(command, "line") == 0) {
    read_line(room[1], length[1]);
  } else if (strcmp(command, "agree") == 0) {
    uint8_t part[MESH_POINT];
    if (length[2] != MESH_POINT || mesh_agree(part, room[1], room[2]) != MESH_OK) printf(" refused:");
    else print_hex(" ", part, sizeof part);
  } else if (strcmp(command, "agree-both") == 0) {
    uint8_t sum[MESH_POINT];
    if (length[1] != MESH_POINT || mesh_agree_both(sum, room[1], room[2]) != MESH_OK) printf(" refused:");
    else print_hex(" ", sum, sizeof sum);
  } else if (strcmp(command, "sign-part") == 0) {
    uint8_t part[MESH_SIGNATURE], digest[MESH_HASH];
    mesh_sha512(digest, room[2], length[2], NULL, 0);
    if (length[3] != MESH_POINT || mesh_sign_part(part, room[4], room[5], room[1], room[3], digest) != MESH_OK) printf(" refused:");
    else print_hex(" ", part, sizeof part);
  } else if (strcmp(command, "map") == 0) {
    uint8_t point[MESH_POINT];
    mesh_point_of_x25519(point, room[1]);
    print_hex(" ", point, sizeof point);
    if (mesh_x25519_of_point(point, point) == MESH_OK) print_hex(" ", point, sizeof point);
  } else if (strcmp(command, "value") == 0) {
    printf(mesh_whole(room[1], length[1]) ? " whole:" : " damaged:");
  } else if (strcmp(command, "tenths") == 0) {
    printf(" %ld", tenths(atol(word[1]), atol(word[2]), atol(word[3])));
  } else if (strcmp(command, "number") == 0) {
    struct mesh_reader reader = {room[2], room[2] + length[2]};
    int32_t number;
    if (mesh_number(mesh_read(&reader), word[1][0] == 't', &number)) printf(" %ld", (long)number);
    else printf(" none:");
  } else if (strcmp(command, "start") == 0) {
    memset(&device, 0, sizeof device);
    snprintf(device.medium, sizeof device.medium, "%s", word[1]);
    snprintf(device.name, sizeof device.name, "%s", word[2]);
    snprintf(device.hub_udf, sizeof device.hub_udf, "%s", word[3]);
    device.epoch = (uint32_t)strtoul(word[4], NULL, 10);
    device.mode = atoi(word[5]);
    memcpy(device.secret, room[6], MESH_KEY);
    memcpy(device.ephemeral, room[7], MESH_KEY);
    memcpy(device.psk, room[8], MESH_KEY);
    silent = true;
    mesh_serial_start(&device.serial, &calls, &device.link, &host, &device);
    silent = false;
    mesh_link_start(&device.link, &host, &device, device.medium, (size_t)atoi(word[9]));
  } else if (strcmp(command, "packet") == 0) {
    mesh_link_packet(&device.link, room[1], length[1]);
  } else if (strcmp(command, "say") == 0) {
    if (mesh_link_send(&device.link, room[1], length[1]) != MESH_OK) printf(" refused:");
  } else if (strcmp(command, "fuzz") == 0) {
    memcpy(room[0], room[3], length[3]);
    fuzz((uint32_t)strtoul(word[1], NULL, 10), atol(word[2]), length[3]);
  } else if (strcmp(command, "sizes") == 0) {
    printf(" link:%zu serial:%zu", sizeof(struct mesh_link), sizeof(struct mesh_serial));
  }
  putchar('\n');
  fflush(stdout);
}

int main(void) {
  static char line[4 * MOST];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *word[WORDS];
    int words = 0;
    for (char *at = strtok(line, " \n"); at != NULL && words < WORDS; at = strtok(NULL, " \n")) word[words++] = at;
    if (words > 0) run(words, word);
  }
  return 0;
}
