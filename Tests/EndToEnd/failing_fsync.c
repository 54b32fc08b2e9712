/* Preloaded into a program: fsync fails as long as the file that FAILING_FSYNC names is there. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int descriptor)
{
    const char *sign = getenv("FAILING_FSYNC");
    if (sign && access(sign, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, descriptor);
}
