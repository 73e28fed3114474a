/* A disk that can be cut off, slow, full or broken, and a clock that can be stepped; for LD_PRELOAD.
 *
 * Every file in one folder (DISK_FOLDER) has a shadow in another (DISK_SHADOW) that receives, at fsync and fdatasync
 * and never else, what was written to the file since. Names are kept too: a file that was made or removed becomes so in
 * the shadow only when its folder is synced. After a power cut the shadow is what a real disk would still have at least.
 *
 * The faults are switched by a page of shared memory (DISK_CONTROL), see `struct control`; disk.py is the other side.
 * A failed fsync loses what it should have written, as Linux does. Only plain writes are watched: what is written
 * through a memory map (SQLite's -shm, which is rebuilt anyway) never counts as synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    volatile int64_t sync_delay_us; /* every sync takes this much longer */
    volatile int64_t full;          /* a write that would make a file longer finds no space */
    volatile int64_t syncs_to_fail; /* so many of the next syncs fail with EIO */
    volatile int64_t clock_step_s;  /* the wall clock shows this much more than the truth */
    volatile int64_t syncs;         /* counted */
};

#define FILES 64
#define FDS 65536
#define RANGES 4096

struct range { off_t from, to; };
struct file {
    char name[NAME_MAX + 1];
    int ranges;               /* RANGES + 1: everything */
    struct range range[RANGES];
};

static struct file files[FILES];
static int number_of_files;
static short of_fd[FDS];      /* 0: not ours; -1: the folder; else index + 1 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX], shadow[PATH_MAX];
static struct control *control;
static struct control calm;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);
static time_t (*real_time)(time_t *);

static void find(void) {
    if (real_time) return;
    control = &calm;
    real_open = dlsym(RTLD_NEXT, "open");
    real_openat = dlsym(RTLD_NEXT, "openat");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
    real_time = dlsym(RTLD_NEXT, "time");
}

static void forked(void) { pthread_mutex_init(&lock, NULL); }

/* Begin to watch a folder; called in the forked process by launcher.py, before any file of it is open. */
int disk_begin(const char *of, const char *to, const char *shared) {
    find();
    snprintf(folder, sizeof folder, "%s", of);
    snprintf(shadow, sizeof shadow, "%s", to);
    int fd = real_open(shared, O_RDWR | O_CLOEXEC);
    if (fd < 0) return -1;
    void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    real_close(fd);
    if (page == MAP_FAILED) return -1;
    control = page;
    pthread_atfork(NULL, NULL, forked);
    return 0;
}

static struct file *file_of(int fd) {
    if (fd < 0 || fd >= FDS || of_fd[fd] <= 0) return NULL;
    return &files[of_fd[fd] - 1];
}

static void watch(int fd, const char *path) {
    if (fd < 0 || fd >= FDS || !folder[0] || !path) return;
    char whole[PATH_MAX];
    if (path[0] != '/') {
        char at[PATH_MAX];
        if (!getcwd(at, sizeof at)) return;
        snprintf(whole, sizeof whole, "%.2000s/%.2000s", at, path);
    } else {
        snprintf(whole, sizeof whole, "%s", path);
    }
    size_t length = strlen(folder);
    pthread_mutex_lock(&lock);
    of_fd[fd] = 0;
    if (strcmp(whole, folder) == 0) {
        of_fd[fd] = -1;
    } else if (strncmp(whole, folder, length) == 0 && whole[length] == '/' && !strchr(whole + length + 1, '/')) {
        const char *name = whole + length + 1;
        int found = -1;
        for (int i = 0; i < number_of_files; i++)
            if (strcmp(files[i].name, name) == 0) found = i;
        if (found < 0 && number_of_files < FILES) {
            found = number_of_files++;
            snprintf(files[found].name, sizeof files[found].name, "%s", name);
            files[found].ranges = RANGES + 1; /* what an earlier process left unsynced is not known */
        }
        if (found >= 0) of_fd[fd] = (short)(found + 1);
    }
    pthread_mutex_unlock(&lock);
}

static void dirty(struct file *file, off_t from, off_t to) {
    pthread_mutex_lock(&lock);
    int n = file->ranges;
    if (n > 0 && n <= RANGES && file->range[n - 1].to == from) {
        file->range[n - 1].to = to;
    } else if (n < RANGES) {
        file->range[n].from = from;
        file->range[n].to = to;
        file->ranges = n + 1;
    } else {
        file->ranges = RANGES + 1;
    }
    pthread_mutex_unlock(&lock);
}

static void copy(int from_fd, int to_fd, off_t from, off_t to) {
    char part[65536];
    while (from < to) {
        size_t wanted = (size_t)(to - from) < sizeof part ? (size_t)(to - from) : sizeof part;
        ssize_t got = pread(from_fd, part, wanted, from);
        if (got <= 0) return;
        if (real_pwrite(to_fd, part, (size_t)got, from) != got) abort();
        from += got;
    }
}

/* What was written since the last sync goes into the shadow. */
static void keep(int fd, struct file *file) {
    char path[2 * PATH_MAX];
    struct stat now;
    pthread_mutex_lock(&lock);
    snprintf(path, sizeof path, "%s/%s", shadow, file->name);
    int to = real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (to < 0 || fstat(fd, &now)) abort();
    /* Read through the very descriptor: opening the file once more and closing it would drop SQLite's locks. */
    if (file->ranges > RANGES) {
        copy(fd, to, 0, now.st_size);
    } else {
        for (int i = 0; i < file->ranges; i++) copy(fd, to, file->range[i].from, file->range[i].to);
    }
    if (real_ftruncate(to, now.st_size)) abort();
    file->ranges = 0;
    real_close(to);
    pthread_mutex_unlock(&lock);
}

/* The folder was synced: what is there now stays there, and what is gone stays gone. */
static void keep_names(void) {
    char path[2 * PATH_MAX], mark[2 * PATH_MAX];
    struct dirent *entry;
    pthread_mutex_lock(&lock);
    DIR *dir = opendir(folder);
    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.') continue;
        snprintf(mark, sizeof mark, "%s/.name-%s", shadow, entry->d_name);
        int fd = real_open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0) real_close(fd);
    }
    if (dir) closedir(dir);
    dir = opendir(shadow);
    while (dir && (entry = readdir(dir))) {
        if (strncmp(entry->d_name, ".name-", 6)) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name + 6);
        if (access(path, F_OK) == 0) continue;
        snprintf(mark, sizeof mark, "%s/%s", shadow, entry->d_name);
        unlink(mark);
        snprintf(mark, sizeof mark, "%s/%s", shadow, entry->d_name + 6);
        unlink(mark);
    }
    if (dir) closedir(dir);
    pthread_mutex_unlock(&lock);
}

static int synced(int fd, int (*sync)(int)) {
    find();
    if (fd < 0 || fd >= FDS || of_fd[fd] == 0) return sync(fd);
    __atomic_fetch_add(&control->syncs, 1, __ATOMIC_RELAXED);
    int64_t delay = control->sync_delay_us;
    if (delay > 0) usleep((useconds_t)delay);
    if (control->syncs_to_fail > 0) {
        __atomic_fetch_sub(&control->syncs_to_fail, 1, __ATOMIC_RELAXED);
        struct file *file = file_of(fd);
        if (file) file->ranges = 0;
        errno = EIO;
        return -1;
    }
    int failed = sync(fd);
    if (failed) return failed;
    if (of_fd[fd] < 0) keep_names();
    else keep(fd, file_of(fd));
    return 0;
}

static int no_room(int fd, off_t until) {
    struct stat now;
    if (!control->full || fstat(fd, &now) || until <= now.st_size) return 0;
    errno = ENOSPC;
    return 1;
}

int fsync(int fd) { find(); return synced(fd, real_fsync); }
int fdatasync(int fd) { find(); return synced(fd, real_fdatasync); }

int open(const char *path, int flags, ...) {
    find();
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int fd = real_open(path, flags, mode);
    watch(fd, path);
    return fd;
}
int open64(const char *path, int flags, ...) {
    find();
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int fd = real_open(path, flags | O_LARGEFILE, mode);
    watch(fd, path);
    return fd;
}
int openat(int at, const char *path, int flags, ...) {
    find();
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int fd = real_openat(at, path, flags, mode);
    if (at == AT_FDCWD) watch(fd, path);
    return fd;
}
int close(int fd) {
    find();
    if (fd >= 0 && fd < FDS) of_fd[fd] = 0;
    return real_close(fd);
}
ssize_t pwrite(int fd, const void *what, size_t length, off_t at) {
    find();
    struct file *file = file_of(fd);
    if (file && no_room(fd, at + (off_t)length)) return -1;
    ssize_t done = real_pwrite(fd, what, length, at);
    if (file && done > 0) dirty(file, at, at + done);
    return done;
}
ssize_t pwrite64(int fd, const void *what, size_t length, off64_t at) { return pwrite(fd, what, length, at); }
ssize_t write(int fd, const void *what, size_t length) {
    find();
    struct file *file = file_of(fd);
    if (!file) return real_write(fd, what, length);
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (no_room(fd, at + (off_t)length)) return -1;
    ssize_t done = real_write(fd, what, length);
    if (done > 0) {
        off_t to = lseek(fd, 0, SEEK_CUR); /* O_APPEND moves it to the end first */
        dirty(file, to - done, to);
    }
    return done;
}
ssize_t writev(int fd, const struct iovec *parts, int number) {
    find();
    struct file *file = file_of(fd);
    if (!file) return real_writev(fd, parts, number);
    ssize_t done = real_writev(fd, parts, number);
    if (done > 0) {
        off_t to = lseek(fd, 0, SEEK_CUR);
        dirty(file, to - done, to);
    }
    return done;
}
int ftruncate(int fd, off_t length) {
    find();
    struct file *file = file_of(fd);
    int failed = real_ftruncate(fd, length);
    if (file && !failed) {
        pthread_mutex_lock(&lock);
        file->ranges = RANGES + 1;
        pthread_mutex_unlock(&lock);
    }
    return failed;
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

int clock_gettime(clockid_t which, struct timespec *now) {
    find();
    int failed = real_clock_gettime(which, now);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += control->clock_step_s;
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    find();
    int failed = real_gettimeofday(now, zone);
    if (!failed) now->tv_sec += control->clock_step_s;
    return failed;
}
time_t time(time_t *where) {
    find();
    time_t now = real_time(NULL) + control->clock_step_s;
    if (where) *where = now;
    return now;
}
