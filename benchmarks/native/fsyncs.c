/* Preloaded into a subject: counts fsync and fdatasync in a shared file and adds a delay to each.
   FSYNC_COUNT names a file of 8 bytes; FSYNC_DELAY_US is added to every call, as a slower disk would. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static atomic_ulong *count;
static long delay_us;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    const char *delay = getenv("FSYNC_DELAY_US");
    delay_us = delay ? atol(delay) : 0;
    const char *path = getenv("FSYNC_COUNT");
    if (!path) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) count = page;
}

static void linger(void) {
    if (count) atomic_fetch_add(count, 1);
    if (delay_us > 0) {
        struct timespec left = {delay_us / 1000000, (delay_us % 1000000) * 1000};
        while (nanosleep(&left, &left) != 0) {}
    }
}

int fsync(int file) { linger(); return real_fsync(file); }
int fdatasync(int file) { linger(); return real_fdatasync(file); }
