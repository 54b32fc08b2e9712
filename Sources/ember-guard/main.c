// ember-guard GRACE_MS[:OPEN_FILES[:GROUP]] -- program args...
//
// Runs one engine so that neither it nor what it started can outlive Ember, whatever kills Ember. Standard input is a pipe
// whose write end only Ember holds: the kernel closes it when Ember ends, kill -9 included, and end-of-file is the order to stop.
// (PR_SET_PDEATHSIG in Ember itself would be wrong: it fires when the forking *thread* ends, and Linux alone has it.)
//
//   end-of-file   SIGTERM to the engine and its descendants, SIGKILL after GRACE_MS to those that are left
//   SIGUSR1       SIGKILL to them at once (a hung engine; a signal cannot fail with EPIPE as a write could)
//   SIGUSR2       the engine is ready
//   engine exits  its descendants are killed; the guard exits with the engine's code, or 128 + its signal
//
// An engine that exits with 0 before it is ready, and leaves descendants, has gone into the background: these are the engine from
// then on, until the last of them ends (Linux).
//
// On Linux the guard is a child subreaper: a process whose parent has ended becomes the guard's child, also one that has left the
// engine's session (setsid, a double fork). So the descendants are whatever /proc shows below the guard. Elsewhere they are the
// engine's process group, and a process that leaves it is not found.
//
// OPEN_FILES is the engine's soft limit of descriptors: Ember raises its own, which programs that use select() do not survive.
// GROUP is the folder of a control group (version 2) that Ember has made for the engine: the engine is put into it, and its
// cgroup.kill ends whatever is left there.
//
// The first line on standard output, "ember-guard: engine PID", is written before the engine runs, so that Ember can
// kill the group itself should the guard be killed. Exit codes of the guard's own: 125 it failed, 127 cannot run.

#include <ctype.h>
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
static const char *group;
static pid_t engine;  // 0 once it has gone into the background
static int is_ready;

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
    sigaction(SIGUSR2, &action, NULL);
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

// Says a word to the engine's control group. Where it cannot be said, the guard does without the group.
static void tell_group(const char *file, const char *word) {
    char path[4096];
    if (!group || snprintf(path, sizeof path, "%s/%s", group, file) >= (int)sizeof path) return;
    int opened = open(path, O_WRONLY | O_CLOEXEC);
    if (opened < 0) return;
    ssize_t written = write(opened, word, strlen(word));
    (void)written;
    close(opened);
}

// In the child: waits until its pid is announced, then becomes the engine. Never returns.
static void become_engine(char **command, pid_t guard, int released) {
    char nothing;
    setsid();
    tell_group("cgroup.procs", "0");  // 0: the process that writes
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

static void start_engine(char **command) {
    int release[2];
    close_on_exec_pipe(release);
    // Blocked across fork, so that the child meets no signal before its dispositions are its own.
    set_signal_mask(sigfillset);
    pid_t guard = getpid();
    engine = fork();
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
}

static void signal_group(int number) {
    // Before its setsid the engine has no group of its own yet.
    if (kill(-engine, number) < 0) kill(engine, number);
}

#ifdef __linux__
struct process {
    pid_t pid, parent;
};

static pid_t parent_of(const char *pid) {
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    if (opened < 0) return 0;
    ssize_t length = read(opened, text, sizeof text - 1);
    close(opened);
    if (length <= 0) return 0;
    text[length] = '\0';
    // The name before may hold spaces and brackets: "PID (NAME) STATE PARENT ...".
    const char *name_end = strrchr(text, ')');
    return name_end && strlen(name_end) > 4 ? (pid_t)strtol(name_end + 4, NULL, 10) : 0;
}

// All processes of the machine, in memory that the caller frees.
static struct process *all_processes(size_t *count) {
    struct process *found = NULL;
    size_t room = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc");
    *count = 0;
    while (folder && (entry = readdir(folder))) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        if (*count == room) {
            struct process *larger = realloc(found, (room = room ? 2 * room : 256) * sizeof *found);
            if (!larger) break;
            found = larger;
        }
        found[(*count)++] = (struct process){(pid_t)strtol(entry->d_name, NULL, 10), parent_of(entry->d_name)};
    }
    if (folder) closedir(folder);
    return found;
}

// Brings what is below the guard to the front, and returns how many that are.
static size_t sort_descendants(struct process *processes, size_t count) {
    size_t below = 0, next = 0;
    pid_t parent = getpid();
    for (;;) {
        for (size_t i = below; i < count; i++) {
            if (processes[i].parent != parent) continue;
            struct process child = processes[i];
            processes[i] = processes[below];
            processes[below++] = child;
        }
        if (next == below) return below;
        parent = processes[next++].pid;
    }
}

// Sends a signal to everything below the guard that is not in the group, and returns to how many. (A pid could only be another's by
// now if the kernel had given out the whole range of pids since it was read.)
static int signal_descendants(pid_t except_group, int number) {
    size_t count;
    struct process *processes = all_processes(&count);
    size_t below = sort_descendants(processes, count);
    int signalled = 0;
    for (size_t i = 0; i < below; i++) {
        if (except_group && getpgid(processes[i].pid) == except_group) continue;
        if (kill(processes[i].pid, number) == 0) signalled++;
    }
    free(processes);
    return signalled;
}

// Takes in what has ended but for the engine, whose pid stays its own for as long as it is not taken in.
static void reap_adopted(void) {
    siginfo_t info = {0};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid && info.si_pid != engine) {
        waitpid(info.si_pid, NULL, 0);
        info.si_pid = 0;
    }
}

// Takes in everything that has ended, and the status of what ended last that did not do so well; true while something lives.
static int has_children(int *bad_status) {
    pid_t ended;
    int status;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
        if (bad_status && status != 0) *bad_status = status;
    return ended == 0 || errno == EINTR;
}
#endif

static void take_in_engine(int *status) {
    while (waitpid(engine, status, 0) < 0 && errno == EINTR) {}
    engine = 0;
}

// True once the engine has ended. It stays a zombie, so that its process group's id cannot be given to others.
static int has_ended(int is_stopping, int *status) {
    siginfo_t info = {0};
#ifdef __linux__
    if (!engine) return !has_children(status);
    reap_adopted();
#endif
    if (waitid(P_PID, (id_t)engine, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return errno == ECHILD;
    if (info.si_pid != engine) return 0;
#ifdef __linux__
    if (!is_ready && !is_stopping && info.si_code == CLD_EXITED && info.si_status == 0) {
        take_in_engine(status);
        return !has_children(status);
    }
#endif
    (void)is_stopping;
    (void)status;
    return 1;
}

// Signals the engine and all that it has started.
static void signal_all(int number) {
    if (engine) signal_group(number);
    if (number == SIGKILL) tell_group("cgroup.kill", "1");
#ifdef __linux__
    signal_descendants(engine, number);
#endif
}

// Empties the signal pipe; true if an immediate kill was asked for.
static int take_signals(void) {
    char signals[64];
    int kill_asked = 0;
    ssize_t count;
    while ((count = read(signal_pipe[0], signals, sizeof signals)) > 0)
        for (ssize_t i = 0; i < count; i++) {
            kill_asked |= signals[i] == SIGUSR1;
            is_ready |= signals[i] == SIGUSR2;
        }
    return kill_asked;
}

static int lifeline_ended(void) {
    char ignored[64];
    ssize_t count = read(STDIN_FILENO, ignored, sizeof ignored);
    return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

// Returns once the engine has ended: FOREVER where it has done so by itself, else until when its descendants may live.
static long long supervise(long long grace_ms, int *status) {
    struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signal_pipe[0], .events = POLLIN}};
    long long deadline = FOREVER;
    int is_killed = 0;
    while (!has_ended(deadline != FOREVER, status)) {
        long long left = deadline == FOREVER || is_killed ? FOREVER : deadline - now_ms();
        if (deadline != FOREVER && !is_killed && left <= 0) {
            signal_all(SIGKILL);
            is_killed = 1;
            left = FOREVER;
        }
        if (poll(watched, 2, (int)left) <= 0) continue;
        if (watched[1].revents && take_signals()) {
            signal_all(SIGKILL);
            deadline = 0;
            is_killed = 1;
        }
        if (watched[0].revents && lifeline_ended()) {
            watched[0].fd = -1;
            if (is_killed) continue;
            deadline = now_ms() + grace_ms;
            signal_all(SIGTERM);
            signal_all(SIGCONT);  // a stopped engine can end decently too
        }
    }
    return deadline;
}

// Ends what the engine has left behind: at once, or at the deadline of a decent end.
static void end_what_is_left(long long deadline, int *status) {
#ifdef __linux__
    if (deadline == FOREVER) signal_all(SIGKILL);
    // From here on its process group is no longer needed: what was in it is below the guard.
    if (engine) take_in_engine(status);
    while (has_children(NULL)) {
        struct pollfd watched = {.fd = signal_pipe[0], .events = POLLIN};
        long long left = deadline == FOREVER ? 0 : deadline - now_ms();
        if (left > 0) {
            if (poll(&watched, 1, (int)left) > 0 && take_signals()) deadline = 0;
            continue;
        }
        tell_group("cgroup.kill", "1");
        // None can be signalled: they run as another user, or /proc does not show them. Waiting would not end them.
        if (signal_descendants(0, SIGKILL) == 0) break;
        // Until they have ended, or have started others meanwhile.
        poll(&watched, 1, 20);
        take_signals();
    }
#else
    (void)deadline;
    kill(-engine, SIGKILL);
    take_in_engine(status);
#endif
    tell_group("cgroup.kill", "1");
    if (group) rmdir(group);
}

int main(int argc, char **argv) {
    char *end = NULL;
    long long grace_ms = argc > 3 ? strtoll(argv[1], &end, 10) : FOREVER;
    if (argc > 3 && *end == ':' && end[1] >= '0' && end[1] <= '9') open_files = strtoll(end + 1, &end, 10);
    if (argc > 3 && open_files != FOREVER && *end == ':' && end[1] == '/') {
        group = end + 1;
        end += strlen(end);
    }
    if (argc < 4 || *argv[1] == '\0' || *end != '\0' || grace_ms < 0 || grace_ms > MAX_GRACE_MS ||
        strcmp(argv[2], "--") != 0) {
        dprintf(STDERR_FILENO, "usage: ember-guard GRACE_MS[:OPEN_FILES[:GROUP]] -- program [argument]...\n");
        return GUARD_FAILED;
    }
    close_inherited_descriptors();
    close_on_exec_pipe(signal_pipe);
    fcntl(signal_pipe[0], F_SETFL, O_NONBLOCK);
    fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
#ifdef __linux__
    prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
    start_engine(argv + 3);
    int status = 0;
    end_what_is_left(supervise(grace_ms, &status), &status);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
