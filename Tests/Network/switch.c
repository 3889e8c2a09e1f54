// A network switch in user space, for tests: links of a given rate, delay and loss.
//
//     switch RATE_MBIT DELAY_US LOSS_PPM NAMESPACE...
//
// Makes a device eth0 in each network namespace and carries frames between them, until it gets
// SIGTERM. A rate of 0 is unlimited. Prints "ready".
//
//     host ──► uplink: RATE ──► DELAY, LOSS ──► queue of the target's downlink: RATE ──► host
//
// A frame takes its time on one of the two links, as in a switch that forwards before it has the
// whole frame. A full uplink is not read, so that the sender's own queue holds the rest; a full
// downlink drops, as switches do.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

// Before each frame stands what the sender left to hardware, checksum and segments, and is handed on.
enum { PORTS = 64, QUEUE = 1 << 15, HEADER = sizeof(struct virtio_net_hdr), FRAME = HEADER + 65600, ADDRESS = 6 };

static const int64_t second = 1000000000, uplink_limit = 1000000, downlink_limit = 20000000;

typedef struct {
  int64_t leaves; // when it has passed the downlink, in ns
  int length;
  unsigned char *bytes;
} Frame;

typedef struct {
  int device;
  unsigned char address[ADDRESS]; // of the host behind it, once it has sent
  int is_known;
  int64_t uplink_free, downlink_free; // when the link has passed all that it was given
  Frame *queue;
  unsigned first, end;
} Port;

static Port ports[PORTS];
static int port_count;
static double ns_per_byte;
static int64_t delay;
static unsigned loss;
static volatile sig_atomic_t is_ending;

static void end(int signal) { is_ending = signal != 0; }

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * second + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void add_port(const char *namespace, int home) {
  int space = open(namespace, O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET)) fail(namespace);
  close(space);
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
  strcpy(request.ifr_name, "eth0");
  Port *port = &ports[port_count++];
  port->device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (port->device < 0 || ioctl(port->device, TUNSETIFF, &request)) fail("/dev/net/tun");
  if (ioctl(port->device, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)) fail("TUNSETOFFLOAD");
  port->queue = calloc(QUEUE, sizeof(Frame));
  if (!port->queue || setns(home, CLONE_NEWNET)) fail("a port");
}

static void enqueue(Port *port, const unsigned char *bytes, int length, int64_t arrives) {
  int64_t starts = arrives > port->downlink_free ? arrives : port->downlink_free;
  if (starts - arrives > downlink_limit || port->end - port->first == QUEUE) return;
  port->downlink_free = starts + (int64_t)((length - HEADER) * ns_per_byte);
  Frame *frame = &port->queue[port->end % QUEUE];
  frame->bytes = malloc(length);
  if (!frame->bytes) return;
  memcpy(frame->bytes, bytes, length);
  frame->leaves = port->downlink_free;
  frame->length = length;
  port->end++;
}

// Carries one frame from `port`; 0 if there is none.
static int carry(Port *port) {
  static unsigned char bytes[FRAME];
  static unsigned seed = 1;
  ssize_t length = read(port->device, bytes, sizeof bytes);
  if (length < HEADER + 2 * ADDRESS) return 0;
  const unsigned char *frame = bytes + HEADER;
  int64_t time = now();
  if (port->uplink_free < time) port->uplink_free = time;
  int64_t arrives = port->uplink_free + delay;
  port->uplink_free += (int64_t)((length - HEADER) * ns_per_byte);
  memcpy(port->address, frame + ADDRESS, ADDRESS);
  port->is_known = 1;
  if (loss && rand_r(&seed) % 1000000u < loss) return 1;
  // To its target if that has a known address, else to all others.
  Port *target = NULL;
  for (int i = 0; i < port_count && !(frame[0] & 1); i++)
    if (ports[i].is_known && !memcmp(ports[i].address, frame, ADDRESS)) target = &ports[i];
  for (int i = 0; i < port_count; i++)
    if (&ports[i] != port && (!target || target == &ports[i]))
      enqueue(&ports[i], bytes, (int)length, arrives);
  return 1;
}

// Delivers what has passed the downlink; returns when the next frame has.
static int64_t deliver(Port *port, int64_t time) {
  while (port->first != port->end) {
    Frame *frame = &port->queue[port->first % QUEUE];
    if (frame->leaves > time) return frame->leaves;
    // A host that does not keep up loses the frame.
    if (write(port->device, frame->bytes, frame->length) < 0) {}
    free(frame->bytes);
    port->first++;
  }
  return time + second;
}

int main(int count, char **words) {
  if (count < 5 || count > PORTS + 4) {
    fputs("switch RATE_MBIT DELAY_US LOSS_PPM NAMESPACE...\n", stderr);
    return 2;
  }
  double rate = atof(words[1]);
  ns_per_byte = rate > 0 ? 8000 / rate : 0;
  delay = (int64_t)(atof(words[2]) * 1000);
  loss = (unsigned)atoi(words[3]);
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (home < 0) fail("/proc/self/ns/net");
  for (int i = 4; i < count; i++) add_port(words[i], home);
  signal(SIGTERM, end);
  prctl(PR_SET_TIMERSLACK, 1);
  puts("ready");
  fflush(stdout);
  while (!is_ending) {
    struct pollfd polls[PORTS];
    int64_t time = now(), next = time + second;
    for (int i = 0; i < port_count; i++) {
      int64_t leaves = deliver(&ports[i], time);
      if (leaves < next) next = leaves;
      int is_full = ports[i].uplink_free - time > uplink_limit;
      int64_t drained = ports[i].uplink_free - uplink_limit / 2;
      if (is_full && drained < next) next = drained;
      polls[i] = (struct pollfd){.fd = ports[i].device, .events = is_full ? 0 : POLLIN};
    }
    int64_t wait = next - now();
    if (wait < 0) wait = 0;
    struct timespec timeout = {wait / second, wait % second};
    if (ppoll(polls, port_count, &timeout, NULL) <= 0) continue;
    for (int i = 0; i < port_count; i++)
      for (int frames = 0; frames < 32 && polls[i].revents & POLLIN; frames++)
        if (!carry(&ports[i]) || ports[i].uplink_free - now() > uplink_limit) break;
  }
  return 0;
}
