// A stand-in for NVIDIA's management library: the functions that Ember looks up, with figures that a test sets.
//
// Two devices, unless the test says otherwise. A test that loads the library steers it with the functions below; a program started by a test is
// steered by the environment when it calls nvmlInit_v2:
//     FAKE_NVML_FAIL        "FUNCTION:CODE"                     that function answers with that code
//     FAKE_NVML_PROCESSES   "DEVICE:PID:BYTES,..."              processes on the devices
//     FAKE_NVML_DEVICES     "TOTAL:USED,..."                    devices of these bytes in place of the two
//     FAKE_NVML_LOST        "DEVICE"                            that device answers nothing
#ifndef FAKE_NVML_H
#define FAKE_NVML_H

#include <stdint.h>

/// Back to the initial figures: no failure, no processes.
void fake_nvml_reset(void);
/// Makes the named function answer with an NVML code; code 0 ends the failure.
void fake_nvml_fail(const char *function, int32_t code);
/// Adds a process to a device; bytes UINT64_MAX stands for "not available".
void fake_nvml_add_process(uint32_t device, uint32_t pid, uint64_t bytes);
/// Removes all devices, so that others can be added.
void fake_nvml_clear_devices(void);
/// Adds a device without power and energy.
void fake_nvml_add_device(uint64_t total, uint64_t used);
/// Makes a device answer nothing but that it is lost; -1: none.
void fake_nvml_lose(int32_t device);
/// How often nvmlInit_v2 was called more than nvmlShutdown.
int32_t fake_nvml_open_count(void);

#endif
