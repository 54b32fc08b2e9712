// ember-guard GRACE_MS[:OPEN_FILES] -- program args...
//
// Runs one engine so that it cannot outlive Ember, whatever kills Ember. Standard input is a pipe whose write end
// only Ember holds: the kernel closes it when Ember ends, kill -9 included, and end-of-file is the order to stop.
// (PR_SET_PDEATHSIG in Ember itself would be wrong: it fires when the forking *thread* ends, and Linux alone has it.)
//
//   end-of-file   SIGTERM to the engine's process group, SIGKILL after GRACE_MS
//   SIGUSR1       SIGKILL to the group at once (a hung engine; a signal cannot fail with EPIPE as a write could)
//   engine exits  the rest of its group is killed; the guard exits with its code, or 128 + its signal
//
// OPEN_FILES is the engine's soft limit of descriptors: Ember raises its own, which programs that use select() do not survive.
//
// The first line on standard output, "ember-guard: engine PID", is written before the engine runs, so that Ember can
// kill the group itself should the guard be killed. Exit codes of the guard's own: 125 it failed, 127 cannot run.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { GUARD_FAILED = 125, CANNOT_RUN = 127, FOREVER = -1 };
static const long long MAX_GRACE_MS = 24LL * 60 * 60 * 1000;

static int signal_pipe[2];
static long long open_files = FOREVER;

static void fail(const char *what) {
    dprintf(STDERR_FILENO, "ember-guard: %s: %s\n", what, strerror(errno));
    exit(GUARD_FAILED);
}

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

// Another engine's lifeline inherited by accident would keep that engine alive.
static void close_inherited_descriptors(void) {
    long highest = 1023;
    DIR *open_descriptors = opendir("/dev/fd");
    if (open_descriptors) {
        struct dirent *entry;
        highest = 0;
        while ((entry = readdir(open_descriptors))) {
            long descriptor = strtol(entry->d_name, NULL, 10);
            if (descriptor > highest) highest = descriptor;
        }
        closedir(open_descriptors);
    }
    for (long descriptor = STDERR_FILENO + 1; descriptor <= highest; descriptor++) close((int)descriptor);
}

static void close_on_exec_pipe(int ends[2]) {
    if (pipe(ends) < 0) fail("pipe");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

static void note_signal(int number) {
    int saved = errno;
    char byte = (char)number;
    ssize_t written = write(signal_pipe[1], &byte, 1);
    (void)written;  // full: a wake-up is pending already
    errno = saved;
}

// The terminal's signals reach the whole foreground group; Ember alone decides what they mean for its engines.
static void take_over_signals(void) {
    const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigfillset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

static void set_signal_mask(int (*fill)(sigset_t *)) {
    sigset_t mask;
    fill(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void limit_open_files(void) {
    struct rlimit limit;
    if (open_files == FOREVER || getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    if ((rlim_t)open_files < limit.rlim_max) limit.rlim_cur = (rlim_t)open_files;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// In the child: waits until its pid is announced, then becomes the engine. Never returns.
static void become_engine(char **command, pid_t guard, int released) {
    char nothing;
    setsid();
#ifdef __linux__
    // Sound here, as the guard has one thread. Setting it loses to a guard that died before: hence the check.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    while (read(released, &nothing, 1) < 0 && errno == EINTR) {}
    if (getppid() != guard) _exit(GUARD_FAILED);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0) _exit(GUARD_FAILED);
    if (null > STDERR_FILENO) close(null);
    set_signal_mask(sigemptyset);
    limit_open_files();
    execvp(command[0], command);
    dprintf(STDERR_FILENO, "ember-guard: cannot run %s: %s\n", command[0], strerror(errno));
    _exit(CANNOT_RUN);
}

static pid_t start_engine(char **command) {
    int release[2];
    close_on_exec_pipe(release);
    // Blocked across fork, so that the child meets no signal before its dispositions are its own.
    set_signal_mask(sigfillset);
    pid_t guard = getpid();
    pid_t engine = fork();
    if (engine < 0) fail("fork");
    if (engine == 0) {
        close(release[1]);
        become_engine(command, guard, release[0]);
    }
    close(release[0]);
    take_over_signals();
    set_signal_mask(sigemptyset);
    dprintf(STDOUT_FILENO, "ember-guard: engine %d\n", (int)engine);
    close(release[1]);
    return engine;
}

static void signal_group(pid_t engine, int number) {
    // Before its setsid the engine has no group of its own yet.
    if (kill(-engine, number) < 0) kill(engine, number);
}

// True once the engine has ended. It stays a zombie, so that its process group's id cannot be given to others.
static int has_ended(pid_t engine) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)engine, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return errno == ECHILD;
    return info.si_pid == engine;
}

// Empties the signal pipe; true if an immediate kill was asked for.
static int take_signals(void) {
    char signals[64];
    int kill_asked = 0;
    ssize_t count;
    while ((count = read(signal_pipe[0], signals, sizeof signals)) > 0)
        for (ssize_t i = 0; i < count; i++) kill_asked |= signals[i] == SIGUSR1;
    return kill_asked;
}

static int lifeline_ended(void) {
    char ignored[64];
    ssize_t count = read(STDIN_FILENO, ignored, sizeof ignored);
    return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

static void supervise(pid_t engine, long long grace_ms) {
    struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signal_pipe[0], .events = POLLIN}};
    long long deadline = FOREVER;
    while (!has_ended(engine)) {
        long long left = deadline == FOREVER ? FOREVER : deadline - now_ms();
        if (deadline != FOREVER && left <= 0) {
            signal_group(engine, SIGKILL);
            deadline = left = FOREVER;
        }
        if (poll(watched, 2, (int)left) <= 0) continue;
        if (watched[1].revents && take_signals()) signal_group(engine, SIGKILL);
        if (watched[0].revents && lifeline_ended()) {
            watched[0].fd = -1;
            deadline = now_ms() + grace_ms;
            signal_group(engine, SIGTERM);
            signal_group(engine, SIGCONT);  // a stopped engine can end decently too
        }
    }
    kill(-engine, SIGKILL);
}

int main(int argc, char **argv) {
    char *end = NULL;
    long long grace_ms = argc > 3 ? strtoll(argv[1], &end, 10) : FOREVER;
    if (argc > 3 && *end == ':' && end[1] >= '0' && end[1] <= '9') open_files = strtoll(end + 1, &end, 10);
    if (argc < 4 || *argv[1] == '\0' || *end != '\0' || grace_ms < 0 || grace_ms > MAX_GRACE_MS ||
        strcmp(argv[2], "--") != 0) {
        dprintf(STDERR_FILENO, "usage: ember-guard GRACE_MS[:OPEN_FILES] -- program [argument]...\n");
        return GUARD_FAILED;
    }
    close_inherited_descriptors();
    close_on_exec_pipe(signal_pipe);
    fcntl(signal_pipe[0], F_SETFL, O_NONBLOCK);
    fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
    pid_t engine = start_engine(argv + 3);
    supervise(engine, grace_ms);
    int status = 0;
    while (waitpid(engine, &status, 0) < 0 && errno == EINTR) {}
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
