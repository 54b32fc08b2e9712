#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7, DRIVER_NOT_LOADED = 9 };
enum { DEVICES = 2, MAX_PROCESSES = 1024 };

struct device {
    const char *name;
    uint64_t total, used;
    uint32_t milliwatts;
    uint64_t millijoules;
};

struct process {
    uint32_t device, pid;
    uint64_t bytes;
};

// The second device measures neither power nor energy, as many do not.
static const struct device devices[DEVICES] = {
    {"Fake GPU A", 24ull << 30, 4ull << 30, 75500, 123456789},
    {"Fake GPU B", 8ull << 30, 1ull << 30, 0, 0},
};

static struct process processes[MAX_PROCESSES];
static uint32_t process_count;
static char failing[64];
static int32_t failure;
static int32_t open_count;

void fake_nvml_reset(void) {
    process_count = 0;
    failure = SUCCESS;
    open_count = 0;
}

void fake_nvml_fail(const char *function, int32_t code) {
    snprintf(failing, sizeof failing, "%s", function);
    failure = code;
}

void fake_nvml_add_process(uint32_t device, uint32_t pid, uint64_t bytes) {
    if (process_count == MAX_PROCESSES) return;
    processes[process_count++] = (struct process){device, pid, bytes};
}

int32_t fake_nvml_open_count(void) { return open_count; }

static int32_t outcome(const char *function) { return strcmp(function, failing) == 0 ? failure : SUCCESS; }

static void read_environment(void) {
    char function[64];
    int code;
    const char *text = getenv("FAKE_NVML_FAIL");
    if (text && sscanf(text, "%63[^:]:%d", function, &code) == 2) fake_nvml_fail(function, code);
    unsigned device, pid;
    unsigned long long bytes;
    for (text = getenv("FAKE_NVML_PROCESSES"); text && *text; text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL)
        if (sscanf(text, "%u:%u:%llu", &device, &pid, &bytes) == 3) fake_nvml_add_process(device, pid, bytes);
}

int32_t nvmlInit_v2(void) {
    read_environment();
    int32_t code = outcome("nvmlInit_v2");
    if (code == SUCCESS) open_count++;
    return code;
}

int32_t nvmlShutdown(void) {
    open_count--;
    return SUCCESS;
}

const char *nvmlErrorString(int32_t code) {
    switch (code) {
        case DRIVER_NOT_LOADED: return "Driver Not Loaded";
        case NOT_SUPPORTED: return "Not Supported";
        default: return "Unknown Error";
    }
}

int32_t nvmlDeviceGetCount_v2(uint32_t *count) {
    *count = DEVICES;
    return outcome("nvmlDeviceGetCount_v2");
}

int32_t nvmlDeviceGetHandleByIndex_v2(uint32_t index, const struct device **handle) {
    if (index >= DEVICES) return INVALID_ARGUMENT;
    *handle = &devices[index];
    return outcome("nvmlDeviceGetHandleByIndex_v2");
}

int32_t nvmlDeviceGetName(const struct device *handle, char *name, uint32_t length) {
    snprintf(name, length, "%s", handle->name);
    return outcome("nvmlDeviceGetName");
}

struct memory {
    uint64_t total, free, used;
};

int32_t nvmlDeviceGetMemoryInfo(const struct device *handle, struct memory *memory) {
    *memory = (struct memory){handle->total, handle->total - handle->used, handle->used};
    return outcome("nvmlDeviceGetMemoryInfo");
}

int32_t nvmlDeviceGetPowerUsage(const struct device *handle, uint32_t *milliwatts) {
    if (handle->milliwatts == 0) return NOT_SUPPORTED;
    *milliwatts = handle->milliwatts;
    return outcome("nvmlDeviceGetPowerUsage");
}

int32_t nvmlDeviceGetTotalEnergyConsumption(const struct device *handle, uint64_t *millijoules) {
    if (handle->millijoules == 0) return NOT_SUPPORTED;
    *millijoules = handle->millijoules;
    return outcome("nvmlDeviceGetTotalEnergyConsumption");
}

// The versions differ in the length of an entry only.
static int32_t list(const struct device *handle, uint32_t *count, unsigned char *entries, size_t stride) {
    uint32_t device = (uint32_t)(handle - devices), found = 0, room = *count;
    for (uint32_t i = 0; i < process_count; i++) {
        if (processes[i].device != device) continue;
        if (found < room) {
            unsigned char *entry = entries + found * stride;
            memset(entry, 0, stride);
            memcpy(entry, &processes[i].pid, sizeof processes[i].pid);
            memcpy(entry + 8, &processes[i].bytes, sizeof processes[i].bytes);
        }
        found++;
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

int32_t nvmlDeviceGetComputeRunningProcesses_v3(const struct device *handle, uint32_t *count, void *entries) {
    int32_t code = outcome("nvmlDeviceGetComputeRunningProcesses_v3");
    return code != SUCCESS ? code : list(handle, count, entries, 24);
}

int32_t nvmlDeviceGetComputeRunningProcesses_v2(const struct device *handle, uint32_t *count, void *entries) {
    int32_t code = outcome("nvmlDeviceGetComputeRunningProcesses_v2");
    return code != SUCCESS ? code : list(handle, count, entries, 24);
}

int32_t nvmlDeviceGetComputeRunningProcesses(const struct device *handle, uint32_t *count, void *entries) {
    int32_t code = outcome("nvmlDeviceGetComputeRunningProcesses");
    return code != SUCCESS ? code : list(handle, count, entries, 16);
}
