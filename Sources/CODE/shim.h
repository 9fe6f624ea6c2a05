// The Open Dynamics Engine's C interface, as Debian builds it (double precision).
#ifndef SINEW_CODE_SHIM_H
#define SINEW_CODE_SHIM_H
#include <ode/ode.h>
#endif
