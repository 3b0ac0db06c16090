/* Carries Ethernet frames between a TAP device in each of two network namespaces, late and with losses.
 *
 *   wan NAMESPACE_A NAMESPACE_B DELAY_US LOSS_PER_MILLE SILENT SEED
 *
 * Each way waits DELAY_US and loses LOSS_PER_MILLE of the frames. With SILENT 1, TCP resets from B are lost too,
 * as behind a firewall that drops. Prints "ready" when both devices are there; ends when its standard input does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES = 1 << 16, LONGEST = 1600 };

struct way {
    int from, to;
    unsigned head, tail;
    struct frame { long long due; int length; unsigned char bytes[LONGEST]; } *frames;
};

static long long microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static int tap_in(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "/var/run/netns/%s", name);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET) < 0) { perror(path); exit(1); }
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq wanted = { .ifr_flags = IFF_TAP | IFF_NO_PI };
    strcpy(wanted.ifr_name, "wan");
    if (tap < 0 || ioctl(tap, TUNSETIFF, &wanted) < 0) { perror("tap"); exit(1); }
    return tap;
}

static int is_reset(const unsigned char *bytes, int length)
{
    if (length < 54 || bytes[12] != 8 || bytes[13] != 0 || bytes[23] != 6) return 0;
    int at = 14 + (bytes[14] & 15) * 4 + 13;
    return at < length && (bytes[at] & 4);
}

int main(int count, char **words)
{
    if (count != 7) return 2;
    int a = tap_in(words[1]), b = tap_in(words[2]);
    long long delay = atoll(words[3]);
    int loss = atoi(words[4]), silent = atoi(words[5]);
    unsigned seed = (unsigned)atoi(words[6]);
    struct way ways[2] = { { .from = a, .to = b }, { .from = b, .to = a } };
    for (int i = 0; i < 2; i++) ways[i].frames = malloc(sizeof(struct frame) * FRAMES);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd polled[3] = { { a, POLLIN, 0 }, { b, POLLIN, 0 }, { 0, POLLIN, 0 } };
        long long now = microseconds(), wait = 1000000;
        for (int i = 0; i < 2; i++)
            if (ways[i].head != ways[i].tail) {
                long long left = ways[i].frames[ways[i].head % FRAMES].due - now;
                if (left < wait) wait = left > 0 ? left : 0;
            }
        struct timespec pause = { wait / 1000000, wait % 1000000 * 1000 };
        ppoll(polled, 3, &pause, NULL);
        if (polled[2].revents) return 0;
        for (int i = 0; i < 2; i++) {
            struct way *way = &ways[i];
            for (int burst = 0; burst < 256 && way->tail - way->head < FRAMES; burst++) {
                struct frame *frame = &way->frames[way->tail % FRAMES];
                frame->length = (int)read(way->from, frame->bytes, LONGEST);
                if (frame->length <= 0) break;
                if ((int)(rand_r(&seed) % 1000) < loss) continue;
                if (silent && i == 1 && is_reset(frame->bytes, frame->length)) continue;
                frame->due = microseconds() + delay;
                way->tail++;
            }
            now = microseconds();
            while (way->head != way->tail && way->frames[way->head % FRAMES].due <= now) {
                struct frame *frame = &way->frames[way->head++ % FRAMES];
                if (write(way->to, frame->bytes, (size_t)frame->length) < 0) { /* a full device loses it */ }
            }
        }
    }
}
