// Tells the thread sanitizer what it cannot see: a continuation may be resumed before its task waits for it. The task then
// goes on at once, and what was written before the resume is only handed over within Swift's concurrency runtime, which
// is not built with the sanitizer. Preloaded by sanitize.sh; Linux.
//
// The three functions have the names and the calling conventions of the runtime's own, which they call.
#define _GNU_SOURCE
#include <dlfcn.h>

#define SWIFT __attribute__((swiftcall))
#define ASYNC __attribute__((swiftasynccall))

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));
extern SWIFT void *swift_task_getCurrent(void) __attribute__((weak));

typedef SWIFT void Resume(void *task);
typedef ASYNC void Await(void *continuation);

static Resume *real_resume;
static Resume *real_throwing_resume;
static Await *real_await;

__attribute__((constructor)) static void find_real(void) {
    real_resume = (Resume *)dlsym(RTLD_NEXT, "swift_continuation_resume");
    real_throwing_resume = (Resume *)dlsym(RTLD_NEXT, "swift_continuation_throwingResume");
    real_await = (Await *)dlsym(RTLD_NEXT, "swift_continuation_await");
}

SWIFT void swift_continuation_resume(void *task) {
    if (__tsan_release) __tsan_release(task);
    real_resume(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
    if (__tsan_release) __tsan_release(task);
    real_throwing_resume(task);
}

ASYNC void swift_continuation_await(void *continuation) {
    if (__tsan_acquire) __tsan_acquire(swift_task_getCurrent());
    __attribute__((musttail)) return real_await(continuation);
}
