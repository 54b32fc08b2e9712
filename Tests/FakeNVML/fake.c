#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7, DRIVER_NOT_LOADED = 9 };
enum { GPU_IS_LOST = 15, MAX_DEVICES = 8, MAX_PROCESSES = 1024 };

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
static const struct device initial[] = {
    {"Fake GPU A", 24ull << 30, 4ull << 30, 75500, 123456789},
    {"Fake GPU B", 8ull << 30, 1ull << 30, 0, 0},
};
static const char *const names[MAX_DEVICES] = {
    "Fake GPU A", "Fake GPU B", "Fake GPU C", "Fake GPU D", "Fake GPU E", "Fake GPU F", "Fake GPU G", "Fake GPU H",
};

static struct device devices[MAX_DEVICES] = {
    {"Fake GPU A", 24ull << 30, 4ull << 30, 75500, 123456789},
    {"Fake GPU B", 8ull << 30, 1ull << 30, 0, 0},
};
static uint32_t device_count = 2;
static int32_t lost = -1;

static struct process processes[MAX_PROCESSES];
static uint32_t process_count;
static char failing[64];
static int32_t failure;
static int32_t open_count;

void fake_nvml_reset(void) {
    memcpy(devices, initial, sizeof initial);
    device_count = 2;
    lost = -1;
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

void fake_nvml_clear_devices(void) { device_count = 0; }

void fake_nvml_add_device(uint64_t total, uint64_t used) {
    if (device_count == MAX_DEVICES) return;
    devices[device_count] = (struct device){names[device_count], total, used, 0, 0};
    device_count++;
}

void fake_nvml_lose(int32_t device) { lost = device; }

int32_t fake_nvml_open_count(void) { return open_count; }

static int32_t outcome(const char *function) { return strcmp(function, failing) == 0 ? failure : SUCCESS; }

static int32_t outcome_of(const struct device *handle, const char *function) {
    return handle - devices == lost ? GPU_IS_LOST : outcome(function);
}

static void read_environment(void) {
    char function[64];
    int code;
    const char *text = getenv("FAKE_NVML_FAIL");
    if (text && sscanf(text, "%63[^:]:%d", function, &code) == 2) fake_nvml_fail(function, code);
    unsigned device, pid;
    unsigned long long bytes;
    for (text = getenv("FAKE_NVML_PROCESSES"); text && *text; text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL)
        if (sscanf(text, "%u:%u:%llu", &device, &pid, &bytes) == 3) fake_nvml_add_process(device, pid, bytes);
    unsigned long long total;
    if ((text = getenv("FAKE_NVML_DEVICES"))) fake_nvml_clear_devices();
    for (; text && *text; text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL)
        if (sscanf(text, "%llu:%llu", &total, &bytes) == 2) fake_nvml_add_device(total, bytes);
    if ((text = getenv("FAKE_NVML_LOST")) && sscanf(text, "%d", &code) == 1) fake_nvml_lose(code);
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
        case GPU_IS_LOST: return "GPU is lost";
        default: return "Unknown Error";
    }
}

int32_t nvmlDeviceGetCount_v2(uint32_t *count) {
    *count = device_count;
    return outcome("nvmlDeviceGetCount_v2");
}

int32_t nvmlDeviceGetHandleByIndex_v2(uint32_t index, const struct device **handle) {
    if (index >= device_count) return INVALID_ARGUMENT;
    *handle = &devices[index];
    return outcome("nvmlDeviceGetHandleByIndex_v2");
}

int32_t nvmlDeviceGetName(const struct device *handle, char *name, uint32_t length) {
    snprintf(name, length, "%s", handle->name);
    return outcome_of(handle, "nvmlDeviceGetName");
}

int32_t nvmlDeviceGetUUID(const struct device *handle, char *uuid, uint32_t length) {
    snprintf(uuid, length, "GPU-fake-%d", (int)(handle - devices));
    return outcome_of(handle, "nvmlDeviceGetUUID");
}

struct memory {
    uint64_t total, free, used;
};

int32_t nvmlDeviceGetMemoryInfo(const struct device *handle, struct memory *memory) {
    *memory = (struct memory){handle->total, handle->total - handle->used, handle->used};
    return outcome_of(handle, "nvmlDeviceGetMemoryInfo");
}

int32_t nvmlDeviceGetPowerUsage(const struct device *handle, uint32_t *milliwatts) {
    if (handle->milliwatts == 0) return NOT_SUPPORTED;
    *milliwatts = handle->milliwatts;
    return outcome_of(handle, "nvmlDeviceGetPowerUsage");
}

int32_t nvmlDeviceGetTotalEnergyConsumption(const struct device *handle, uint64_t *millijoules) {
    if (handle->millijoules == 0) return NOT_SUPPORTED;
    *millijoules = handle->millijoules;
    return outcome_of(handle, "nvmlDeviceGetTotalEnergyConsumption");
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
    int32_t code = outcome_of(handle, "nvmlDeviceGetComputeRunningProcesses_v3");
    return code != SUCCESS ? code : list(handle, count, entries, 24);
}

int32_t nvmlDeviceGetComputeRunningProcesses_v2(const struct device *handle, uint32_t *count, void *entries) {
    int32_t code = outcome_of(handle, "nvmlDeviceGetComputeRunningProcesses_v2");
    return code != SUCCESS ? code : list(handle, count, entries, 24);
}

int32_t nvmlDeviceGetComputeRunningProcesses(const struct device *handle, uint32_t *count, void *entries) {
    int32_t code = outcome_of(handle, "nvmlDeviceGetComputeRunningProcesses");
    return code != SUCCESS ? code : list(handle, count, entries, 16);
}
