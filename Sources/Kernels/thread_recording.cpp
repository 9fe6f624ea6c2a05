#include "include/sinew_kernels.h"

static thread_local void *recording = nullptr;

void *sinew_thread_recording(void) { return recording; }
void sinew_set_thread_recording(void *value) { recording = value; }
