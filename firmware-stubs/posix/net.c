#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE

#include "net.h"

#include "broker.h"
#include "mesh_serial.h"
#include "radio.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

enum { LISTENING = 0, WAIT_MS = 10000 };

/* One stream: of TCP a connection, of a line the line. */
struct connection {
  struct mesh_stream stream;
  int file;
  uint32_t address; /* whose it is */
  uint32_t number;  /* in the order in which they came */
  uint8_t packet[2 + MESH_LARGEST];
  size_t have;
  bool over;
};

static struct mesh_device *device;
static struct connection connections[MESH_STREAMS];
static struct mesh_serial serial;
static struct reach reached;
static int listener = -1;
static enum { TCP, LINE, BROKER, RADIO } medium;

bool net_write(int file, const uint8_t *octets, size_t length) {
  while (length > 0) {
    ssize_t written = write(file, octets, length);
    if (written > 0) {
      octets += written;
      length -= (size_t)written;
    } else if (errno == EAGAIN || errno == EINTR) {
      struct pollfd room = {.fd = file, .events = POLLOUT};
      if (poll(&room, 1, WAIT_MS) <= 0) return false;
    } else {
      return false;
    }
  }
  return true;
}

static void write_all(struct connection *connection, const uint8_t *octets, size_t length) {
  if (!connection->over && !net_write(connection->file, octets, length)) connection->over = true;
}

void net_send(void *at, const uint8_t *packet, size_t length) {
  struct connection *connection = at;
  const uint8_t head[2] = {(uint8_t)(length >> 8), (uint8_t)length};
  if (medium == LINE) {
    mesh_serial_send(&serial, packet, length);
  } else if (medium == BROKER) {
    broker_send(packet, length);
  } else if (medium == RADIO) {
    radio_send(packet, length);
  } else {
    write_all(connection, head, sizeof head);
    write_all(connection, packet, length);
  }
}

void net_close(void *at) {
  if (medium == LINE) mesh_serial_close(&serial);
  else if (medium == BROKER) broker_close();
  else if (medium == RADIO) radio_close();
  else ((struct connection *)at)->over = true;
}

static void put_line(void *me, const uint8_t *octets, size_t length) {
  (void)me;
  write_all(&connections[0], octets, length);
}

static size_t line_hails(void *me, uint8_t hails[192]) {
  (void)me;
  return mesh_device_hails(device, hails);
}

static const struct mesh_serial_calls line_calls = {put_line, line_hails};

void net_hail(bool is_time) {
  if (medium == BROKER) broker_hail(is_time);
  else if (medium == RADIO) radio_hail();
  else if (medium == LINE && connections[0].file >= 0) mesh_serial_hail(&serial);
}

/* A terminal is set raw; the speed of a pseudo terminal is nobody's. */
static int open_line(const char *path) {
  struct stat found;
  struct termios set;
  if (stat(path, &found) != 0) return -1;
  if (S_ISSOCK(found.st_mode)) {
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(there.sun_path, path, sizeof there.sun_path - 1);
    return connect(file, (struct sockaddr *)&there, sizeof there) == 0 ? file : -1;
  }
  int file = open(path, O_RDWR | O_NOCTTY);
  if (file < 0 || tcgetattr(file, &set) != 0) return file;
  cfmakeraw(&set);
  cfsetspeed(&set, B115200);
  tcsetattr(file, TCSANOW, &set);
  return file;
}

static bool listen_tcp(struct reach *reach) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)reach->port)};
  socklen_t length = sizeof here;
  int on = 1;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (inet_pton(AF_INET, reach->host, &here.sin_addr) != 1 || bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 8) != 0)
    return false;
  getsockname(listener, (struct sockaddr *)&here, &length);
  reach->port = ntohs(here.sin_port);
  return true;
}

bool net_start(struct mesh_device *of, struct reach *reach) {
  device = of;
  reached = *reach;
  medium = reach->line != NULL ? LINE : reach->broker != NULL ? BROKER : reach->radio > 0 ? RADIO : TCP;
  for (int at = 0; at < MESH_STREAMS; at++) {
    memset(&connections[at], 0, sizeof connections[at]);
    connections[at].file = -1;
  }
  if (medium == TCP) return listen_tcp(reach);
  if (medium == RADIO) return radio_start(of, &connections[0].stream, reach->radio);
  if (medium == BROKER) return broker_start(of, &connections[0].stream, reach->broker, reach->shown);
  connections[0].file = open_line(reach->line);
  if (connections[0].file < 0) return false;
  /* The stream of a line lies in its place before the line begins it. */
  struct mesh_stream *stream = &connections[0].stream;
  stream->device = of;
  stream->port = &connections[0];
  of->streams[0] = stream;
  mesh_serial_start(&serial, &line_calls, &stream->link, &mesh_device_host, stream);
  return true;
}

static void end(int at) {
  if (connections[at].file < 0) return;
  close(connections[at].file);
  connections[at].file = -1;
  mesh_stream_end(device, at);
}

void net_stop(void) {
  for (int at = 0; at < MESH_STREAMS; at++) end(at);
  broker_stop();
  radio_stop();
  if (listener >= 0) close(listener);
  listener = -1;
}

/* Connections from an address that have proven nothing. */
static int strangers_of(uint32_t address) {
  int count = 0;
  for (int at = 0; at < MESH_STREAMS; at++)
    if (!connections[at].stream.link.session.open && connections[at].address == address) count++;
  return count;
}

/*
 * A newcomer takes a free place, or that of somebody who has proven nothing: of the address with most of them, the newcomer counted, the oldest. So a
 * stranger pushes out himself. Where all have proven themselves the oldest goes: nobody tells of the end of a hub that has lost its power.
 */
static int place_for(uint32_t address) {
  int place = 0, most = -1;
  for (int at = 0; at < MESH_STREAMS; at++) {
    const struct connection *connection = &connections[at];
    if (connection->file < 0) return at;
    int weight = connection->stream.link.session.open ? 0 : 1 + strangers_of(connection->address) + (connection->address == address);
    if (weight < most || (weight == most && connection->number - connections[place].number < 0x80000000u)) continue;
    place = at;
    most = weight;
  }
  return place;
}

static void accept_one(void) {
  static uint32_t accepted;
  struct sockaddr_in there = {.sin_family = AF_INET};
  socklen_t there_length = sizeof there;
  int file = accept(listener, (struct sockaddr *)&there, &there_length), on = 1;
  uint8_t hails[2 + MESH_HAILS];
  if (file < 0) return;
  int place = place_for(there.sin_addr.s_addr);
  end(place);
  struct connection *connection = &connections[place];
  setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(file, F_SETFL, O_NONBLOCK);
  connection->file = file;
  connection->address = there.sin_addr.s_addr;
  connection->number = ++accepted;
  connection->have = 0;
  connection->over = false;
  mesh_stream_start(device, place, &connection->stream, connection, "tcp", MESH_LARGEST);
  size_t length = mesh_device_hails(device, hails + 2);
  hails[0] = 0;
  hails[1] = (uint8_t)length;
  write_all(connection, hails, 2 + length);
}

/* Packets: a length of two octets, then so many. */
static void read_tcp(struct connection *connection) {
  size_t need = 2;
  if (connection->have >= 2) need = 2 + ((size_t)connection->packet[0] << 8 | connection->packet[1]);
  if (need > sizeof connection->packet || (connection->have >= 2 && need == 2)) {
    connection->over = true;
    return;
  }
  ssize_t length = read(connection->file, connection->packet + connection->have, need - connection->have);
  if (length <= 0) {
    connection->over = length == 0 || errno != EAGAIN;
    return;
  }
  connection->have += (size_t)length;
  if (connection->have < need || need == 2) return;
  connection->have = 0;
  mesh_link_packet(&connection->stream.link, connection->packet + 2, need - 2);
}

static void read_line(struct connection *connection) {
  uint8_t octets[512];
  ssize_t length = read(connection->file, octets, sizeof octets);
  connection->over = length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR);
  for (ssize_t at = 0; at < length; at++) mesh_serial_octet(&serial, octets[at]);
}

bool net_wait(int other, int milliseconds) {
  struct pollfd files[MESH_STREAMS + 4] = {[MESH_STREAMS + 2] = {.fd = -1}};
  for (int at = 0; at < MESH_STREAMS; at++) files[at] = (struct pollfd){.fd = connections[at].file, .events = POLLIN};
  files[MESH_STREAMS] = (struct pollfd){.fd = listener, .events = POLLIN};
  files[MESH_STREAMS + 1] = (struct pollfd){.fd = other, .events = POLLIN};
  files[MESH_STREAMS + 2].fd = broker_file(&files[MESH_STREAMS + 2].events);
  files[MESH_STREAMS + 3] = (struct pollfd){.fd = radio_file(), .events = POLLIN};
  poll(files, MESH_STREAMS + 4, milliseconds);
  for (int at = 0; at < MESH_STREAMS; at++) {
    struct connection *connection = &connections[at];
    if (connection->file < 0) continue;
    if (files[at].revents != 0) {
      if (medium == LINE) read_line(connection);
      else read_tcp(connection);
    }
    if (connection->over) end(at);
  }
  if (files[MESH_STREAMS].revents != 0) accept_one();
  broker_ready(files[MESH_STREAMS + 2].revents);
  broker_poll();
  /* Without its radio part the device has no power, either. */
  if (files[MESH_STREAMS + 3].revents != 0 && !radio_ready()) _exit(69);
  return files[MESH_STREAMS + 1].revents != 0;
}
