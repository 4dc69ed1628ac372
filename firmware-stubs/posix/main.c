/* A device as a process: the firmware with a directory for its flash. Flags and orders are those of firmware-stubs/README.md. */
#define _POSIX_C_SOURCE 200809L

#include "classes.h"
#include "memory.h"
#include "mesh_power.h"
#include "mesh_rest.h"
#include "mesh_update.h"
#include "net.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 2, MOST_LINE = 512, POLL_MS = 50, HAIL_MS = 15 * 60 * 1000 };

static struct mesh_device device;
static struct mesh_power power;
static struct mesh_update update;
static char **own_flags;
static const char *loader; /* the boot loader that has started this program */
static void show(const uint8_t *hails, size_t length);
static struct reach reach = {.host = "127.0.0.1", .shown = show};
static const char *const flags_taken = "device --image DIR --medium tcp|serial|mqtt|ble [--host ADDRESS] [--port N] [--line PATH] [--broker HOST:PORT] [--radio FILE] [--sleep SECONDS] [--exit-with-input]";
static const char *const other_image = "'meshman device preconfig' makes an image for another device";
static volatile sig_atomic_t stopping;
static uint32_t network_back_at, hailed_at, sleep_seconds, wakes_at;
static bool network_lost, asleep;

static uint32_t milliseconds(void *me) {
  struct timespec now;
  (void)me;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

static void draw(void *me, uint8_t *octets, size_t length) {
  (void)me;
  randombytes_buf(octets, length);
}

static void show(const uint8_t *hails, size_t length) {
  printf("{\"event\":\"hail\",\"hails\":[");
  for (size_t at = 0; at < length; at++) {
    if (at % 12 == 0) printf(at == 0 ? "\"" : ",\"");
    printf("%02x", hails[at]);
    if (at % 12 == 11) printf("\"");
  }
  printf("]}\n");
  fflush(stdout);
}

/* A broker is shown them by its connection. */
static void say_hails(void) {
  uint8_t hails[MESH_HAILS] = {0};
  if (reach.broker == NULL) show(hails, mesh_device_hails(&device, hails));
}

static void hails_changed(void *me) {
  (void)me;
  hailed_at = milliseconds(NULL);
  say_hails();
  net_hail(false);
}

static void told(void *me, const char *event) {
  (void)me;
  printf("{\"event\":\"%s\"}\n", event);
  fflush(stdout);
}

static const struct mesh_port port = {net_send,      net_close,   draw,           milliseconds,         memory_load,
                                      memory_save, memory_factory, memory_store_factory, hails_changed, told};

/* --- updates: the version and the maker's key are this program's own --- */

#ifndef FIRMWARE_VERSION
#define FIRMWARE_VERSION 1
#endif
#ifndef MAKER_KEY
#define MAKER_KEY ""
#endif

static uint8_t maker[MESH_POINT];
static const struct mesh_program program = {"posix", FIRMWARE_VERSION, maker};

/* It begins anew as its boot loader, with the flags that it was started with. */
static void restart(void *me) {
  enum { MOST_FLAGS = 40 };
  char *given[MOST_FLAGS + 3], left[24], path[256];
  int kept = 1;
  (void)me;
  net_stop();
  fflush(stdout);
  snprintf(path, sizeof path, "%s", loader);
  snprintf(left, sizeof left, "%ld", memory_power_left());
  for (int at = 1; own_flags[at] != NULL && kept < MOST_FLAGS; at++) {
    if (strcmp(own_flags[at], "--power-left") == 0 || strcmp(own_flags[at], "--boot") == 0) at++;
    else given[kept++] = own_flags[at];
  }
  given[0] = path;
  given[kept++] = (char[]){"--power-left"};
  given[kept++] = left;
  given[kept] = NULL;
  execv(path, given);
  _exit(70);
}

static const struct mesh_slots slots = {memory_slot_room, memory_slot_erase, memory_slot_write, memory_slot_read, memory_boot_save, restart};

/* With a boot loader and a maker's key alone. */
static void start_updates(void) {
  struct mesh_boot boot;
  size_t length;
  if (loader == NULL || sodium_hex2bin(maker, sizeof maker, MAKER_KEY, strlen(MAKER_KEY), NULL, &length, NULL) != 0 || length != sizeof maker) return;
  memory_boot_load(&boot);
  mesh_update_start(&device, &update, &program, &slots, &boot);
}

static const char *truth(bool value) {
  return value ? "true" : "false";
}

static double number_of(uint64_t bits) {
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

/* {"Name":value,...} of what the class says of its values. */
static void say_values(void) {
  uint8_t octets[1024];
  struct mesh_writer writer = {.octets = octets, .room = sizeof octets};
  mesh_values_write(device.class_of, &device.state.values, &writer);
  struct mesh_reader reader = {octets, octets + writer.length}, named, valued;
  for (int at = 0; at < device.class_of->count; at++) {
    struct mesh_token item = mesh_read(&reader);
    mesh_member(reader, "Name", &named);
    mesh_member(reader, "Value", &valued);
    struct mesh_token name = mesh_read(&named), value = mesh_read(&valued);
    printf("%s\"%.*s\":", at == 0 ? "" : ",", (int)name.length, (const char *)name.octets);
    if (value.kind == MESH_BOOLEAN) printf("%s", truth(value.integer));
    else if (value.kind == MESH_INTEGER) printf("%d", (int)value.integer);
    else if (value.kind == MESH_NUMBER) printf("%g", number_of(value.bits));
    else printf("\"%.*s\"", (int)value.length, (const char *)value.octets);
    mesh_skip(&reader, item);
  }
}

static void say_status(const char *order) {
  const struct mesh_state *state = &device.state;
  bool accepted = state->active.there && state->accepted == state->active.epoch;
  printf("{\"ok\":\"%s\",\"deviceUdf\":\"%s\",\"mode\":\"%s\",\"accepted\":%s,\"linked\":%s,\"unreported\":%d,\"version\":%d,\"trial\":%s,\"pace\":{\"firstMs\":%u,\"mostMs\":%u},\"values\":{", order,
         device.base.udf, state->lock.connected ? "linked" : "onboard", truth(accepted), truth(mesh_device_is_linked(&device)), (int)device.unreported + (int)state->event_count,
         FIRMWARE_VERSION, truth(update.on_trial), (unsigned)state->return_first, (unsigned)state->return_most);
  say_values();
  printf("}}\n");
}

/* `set NAME VALUE`: a truth, a number, or a word. */
static bool set_value(const char *name, const char *value) {
  char *end;
  struct mesh_token token = {.kind = MESH_NUMBER};
  double number = strtod(value, &end);
  memcpy(&token.bits, &number, sizeof number);
  bool is_truth = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
  if (is_truth) token = (struct mesh_token){.kind = MESH_BOOLEAN, .integer = value[0] == 't'};
  else if (*end != 0) token = (struct mesh_token){.kind = MESH_TEXT, .octets = (const uint8_t *)value, .length = strlen(value)};
  return mesh_device_change(&device, name, token);
}

static bool carry_out(char *word[4], int words) {
  if (strcmp(word[0], "set") == 0 && words >= 3) return set_value(word[1], word[2]);
  if (strcmp(word[0], "button") == 0) mesh_device_press(&device);
  else if (strcmp(word[0], "factory-reset") == 0) mesh_device_reset(&device);
  else if (strcmp(word[0], "stop") == 0) stopping = 1;
  else if (strcmp(word[0], "powered") == 0 && words >= 2) {
    device.state.powered += (uint32_t)(atof(word[1]) * 3600);
    memory_save(NULL, &device.state);
  } else if (strcmp(word[0], "fault") == 0 && words >= 3 && strcmp(word[1], "lose-power-at-write") == 0) {
    memory_lose_power(atol(word[2]));
  } else if (strcmp(word[0], "fault") == 0 && words >= 3 && strcmp(word[1], "flash-fails-at-write") == 0) {
    memory_fail_slot(atol(word[2]), false);
  } else if (strcmp(word[0], "fault") == 0 && words >= 3 && strcmp(word[1], "flash-lies-at-write") == 0) {
    memory_fail_slot(atol(word[2]), true);
  } else if (strcmp(word[0], "fault") == 0 && words >= 3 && strcmp(word[1], "lose-network") == 0) {
    net_stop();
    network_lost = true;
    network_back_at = milliseconds(NULL) + (uint32_t)atol(word[2]);
  } else if (strcmp(word[0], "fault") == 0 && words >= 2 && strcmp(word[1], "none") == 0) {
    memory_lose_power(0);
    memory_fail_slot(0, false);
  } else {
    return false;
  }
  return true;
}

static void take_order(const char *line) {
  char copy[MOST_LINE], *word[4] = {NULL}, *rest = NULL;
  int words = 0;
  snprintf(copy, sizeof copy, "%s", line);
  for (char *at = strtok_r(copy, " ", &rest); at != NULL && words < 4; at = strtok_r(NULL, " ", &rest)) word[words++] = at;
  if (words == 0) return;
  if (strcmp(word[0], "status") == 0) say_status(line);
  else if (carry_out(word, words)) printf("{\"ok\":\"%s\"}\n", line);
  else printf("{\"error\":\"ERR_COMMAND\",\"order\":\"%s\",\"message\":\"the device does not do that\"}\n", line);
  fflush(stdout);
}

/* Orders as they come, a line each. */
static void read_orders(void) {
  static char line[MOST_LINE];
  static size_t have;
  char octets[256];
  ssize_t length = read(STDIN_FILENO, octets, sizeof octets);
  if (length <= 0) stopping = 1;
  for (ssize_t at = 0; at < length; at++) {
    if (octets[at] != '\n') {
      if (have < sizeof line - 1) line[have++] = octets[at];
      continue;
    }
    line[have] = 0;
    have = 0;
    take_order(line);
  }
}

static void stop(int number) {
  (void)number;
  stopping = 1;
}

/* The class that the maker has written into the image. */
static const struct mesh_class *find_class(void) {
  static const struct mesh_class *const classes[] = {&blender_class, &button_class, &contact_class, &garage_door_class, &leak_class,      &light_class,
                                                   &lock_class,    &oven_class,   &plug_class,    &sensor_class,      &siren_class, &thermostat_class};
  char name[32];
  size_t length;
  const uint8_t *octets = memory_factory(NULL, 0, &length);
  struct mesh_reader object;
  if (!mesh_tagged((struct mesh_reader){octets, octets + length}, "DevicePreconfigurationPrivate", &object)) return NULL;
  if (!mesh_member_text(object, "Class", name, sizeof name)) return NULL;
  for (size_t at = 0; at < sizeof classes / sizeof *classes; at++)
    if (strcmp(classes[at]->name, name) == 0) return classes[at];
  return NULL;
}

/* Its radio is off between two reports; its world goes on. */
static void sleep_or_wake(void) {
  if (!asleep && !network_lost && mesh_rest_may_sleep(&device, sleep_seconds)) {
    net_stop();
    asleep = true;
    wakes_at = milliseconds(NULL) + 1000 * sleep_seconds;
    printf("{\"event\":\"asleep\",\"seconds\":%u}\n", (unsigned)sleep_seconds);
    fflush(stdout);
  } else if (asleep && milliseconds(NULL) - wakes_at < 0x80000000u) {
    asleep = !net_start(&device, &reach);
    if (asleep) return;
    told(NULL, "awake");
    say_hails();
  }
}

static int refuse(const char *what, const char *value, const char *hint) {
  fprintf(stderr, "error: %s%s\nhint: %s\n", what, value, hint);
  return USAGE;
}

static int usage(const char *what) {
  return refuse(what, "", flags_taken);
}

int main(int count, char *flags[]) {
  const char *image = NULL, *medium = "tcp";
  own_flags = flags;
  for (int at = 1; at < count; at++) {
    const char *value = at + 1 < count ? flags[at + 1] : "";
    if (strcmp(flags[at], "--help") == 0) return printf("usage: %s\n", flags_taken) < 0;
    if (strcmp(flags[at], "--no-mdns") == 0 || strcmp(flags[at], "--exit-with-input") == 0) continue;
    if (strcmp(flags[at], "--image") == 0) image = value;
    else if (strcmp(flags[at], "--host") == 0) reach.host = value;
    else if (strcmp(flags[at], "--port") == 0) reach.port = atoi(value);
    else if (strcmp(flags[at], "--line") == 0) reach.line = value;
    else if (strcmp(flags[at], "--broker") == 0) reach.broker = value;
    else if (strcmp(flags[at], "--radio") == 0) reach.radio = atoi(value);
    else if (strcmp(flags[at], "--sleep") == 0) sleep_seconds = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(flags[at], "--boot") == 0) loader = value;
    else if (strcmp(flags[at], "--power-left") == 0) memory_lose_power(atol(value));
    else if (strcmp(flags[at], "--medium") == 0) medium = value;
    else if (strcmp(flags[at], "--largest") != 0 && strcmp(flags[at], "--baud") != 0) return refuse("there is no flag ", flags[at], flags_taken);
    at++;
  }
  if (image == NULL) return usage("--image is missing");
  if (strcmp(medium, "tcp") != 0 && strcmp(medium, "serial") != 0 && strcmp(medium, "mqtt") != 0 && strcmp(medium, "ble") != 0) return usage("no such medium");
  if ((strcmp(medium, "serial") == 0) != (reach.line != NULL)) return usage("--medium serial and --line go together");
  if ((strcmp(medium, "mqtt") == 0) != (reach.broker != NULL)) return usage("--medium mqtt and --broker HOST:PORT go together");
  if ((strcmp(medium, "ble") == 0) != (reach.radio > 2)) return usage("--medium ble and --radio go together: radio-part starts it so");
  if (sleep_seconds > 86400) return usage("--sleep is 1 to 86400");
  if (sodium_init() < 0 || !memory_open(image)) return refuse("the image has no factory.jbcd: ", image, "--image is the folder 'image' of what 'meshman device preconfig' has made");
  if (memory_is_of_another()) return refuse("the image is in use by a device in TypeScript, whose memory this one cannot read: ", image, other_image);
  const struct mesh_class *class_of = find_class();
  if (class_of == NULL) return refuse("there is no firmware in C for the class in factory.jbcd, or the file is damaged: ", image, other_image);
  if (mesh_device_start(&device, class_of, &port, NULL) != MESH_OK) return refuse("factory.jbcd is damaged: ", image, other_image);
  mesh_power_start(&device, &power);
  start_updates();
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  signal(SIGPIPE, SIG_IGN);
  hailed_at = milliseconds(NULL);
  uint8_t hails[MESH_HAILS] = {0};
  show(hails, mesh_device_hails(&device, hails));
  if (!net_start(&device, &reach)) {
    fprintf(stderr, "error: cannot be reached: %s\n", strerror(errno));
    return 69;
  }
  mesh_device_poll(&device);
  printf("{\"event\":\"ready\",\"deviceUdf\":\"%s\",\"port\":%d}\n", device.base.udf, reach.port);
  fflush(stdout);
  while (!stopping) {
    if (net_wait(STDIN_FILENO, POLL_MS)) read_orders();
    mesh_device_poll(&device);
    if (milliseconds(NULL) - hailed_at > HAIL_MS) {
      hailed_at = milliseconds(NULL);
      say_hails();
      net_hail(true);
    }
    if (sleep_seconds > 0) sleep_or_wake();
    if (network_lost && milliseconds(NULL) - network_back_at < 0x80000000u) {
      network_lost = !net_start(&device, &reach);
      if (!network_lost) told(NULL, "network-back");
    }
  }
  return 0;
}
