#define _POSIX_C_SOURCE 200809L

#include "broker.h"

#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_HOST = 256, OPEN_MS = 10000 };

static struct mesh_mqtt mqtt;
static struct mesh_device *device;
static broker_shown *told;
static char host[MOST_HOST], service[8];
static int file = -1;
static bool connecting, over;
static uint32_t try_at, opened_at;

static uint32_t now(void) {
  return device->port->milliseconds(device->me);
}

static void put(void *me, const struct mesh_part *parts, int count) {
  static uint8_t packet[MESH_MQTT_MOST + 8];
  size_t length = 0;
  (void)me;
  for (int at = 0; at < count; at++) {
    if (parts[at].length > sizeof packet - length) return;
    if (parts[at].length > 0) memcpy(packet + length, parts[at].octets, parts[at].length);
    length += parts[at].length;
  }
  if (!over && !net_write(file, packet, length)) over = true;
  mesh_wipe(packet, length); /* a login among them */
}

static void hang_up(void *me) {
  (void)me;
  over = true;
}

static void shown(void *me, const uint8_t *hails, size_t length) {
  (void)me;
  told(hails, length);
}

static const struct mesh_mqtt_calls calls = {put, hang_up, shown};

bool broker_start(struct mesh_device *of, struct mesh_stream *stream, const char *address, broker_shown *shown_by) {
  const char *colon = strrchr(address, ':');
  if (colon == NULL || colon == address || (size_t)(colon - address) >= sizeof host || strlen(colon + 1) >= sizeof service) return false;
  memcpy(host, address, (size_t)(colon - address));
  host[colon - address] = 0;
  strcpy(service, colon + 1);
  device = of;
  told = shown_by;
  over = false;
  mesh_mqtt_start(&mqtt, &calls, of, stream, NULL);
  try_at = now();
  return true;
}

static void down(void) {
  if (file >= 0) close(file);
  file = -1;
  connecting = over = false;
  try_at = now() + mesh_mqtt_down(&mqtt);
}

void broker_stop(void) {
  if (device == NULL) return;
  down();
  device = NULL;
}

/* Without waiting: what comes of it, poll(2) says. */
static void open_connection(void) {
  const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  int on = 1;
  if (getaddrinfo(host, service, &wanted, &found) == 0) file = socket(found->ai_family, SOCK_STREAM, 0);
  if (file >= 0) {
    fcntl(file, F_SETFL, O_NONBLOCK);
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connecting = true;
    opened_at = now();
    over = connect(file, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS;
  } else {
    over = true;
  }
  if (found != NULL) freeaddrinfo(found);
}

int broker_file(short *events) {
  *events = connecting ? POLLOUT : POLLIN;
  return device == NULL ? -1 : file;
}

void broker_ready(short events) {
  uint8_t octets[4096];
  if (events == 0 || device == NULL || file < 0) return;
  if (connecting) {
    int failure = 0;
    socklen_t length = sizeof failure;
    getsockopt(file, SOL_SOCKET, SO_ERROR, &failure, &length);
    over = failure != 0;
    connecting = false;
    if (!over) mesh_mqtt_up(&mqtt);
    return;
  }
  ssize_t length = read(file, octets, sizeof octets);
  if (length > 0) mesh_mqtt_octets(&mqtt, octets, (size_t)length);
  else if (length == 0 || (errno != EAGAIN && errno != EINTR)) over = true;
}

void broker_poll(void) {
  if (device == NULL) return;
  mesh_mqtt_poll(&mqtt);
  if (connecting && now() - opened_at > OPEN_MS) over = true;
  if (over) down();
  if (file < 0 && now() - try_at < 0x80000000u) open_connection();
}

void broker_send(const uint8_t *frame, size_t length) {
  mesh_mqtt_send(&mqtt, frame, length);
}

void broker_close(void) {
  mesh_mqtt_close(&mqtt);
}

void broker_hail(bool is_time) {
  if (device == NULL) return;
  if (is_time) mesh_mqtt_refresh(&mqtt);
  else mesh_mqtt_hail(&mqtt);
}
