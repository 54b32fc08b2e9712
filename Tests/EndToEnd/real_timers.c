/* Preloaded before libfaketime, which takes its offset from deadlines of clocks that it leaves alone: no timer would be in time. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

int timerfd_settime(int descriptor, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)
{
    return (int)syscall(SYS_timerfd_settime, descriptor, flags, new_value, old_value);
}
