// Everything that Eigen and the kernels include, ahead of the `#pragma clang attribute` that raises the instruction
// set: functions of these headers must keep the baseline, since the linker merges their copies.
#ifndef SINEW_STANDARD_HEADERS_H
#define SINEW_STANDARD_HEADERS_H

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iosfwd>
#include <iostream>
#include <limits>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "../operation.h"

#define EIGEN_NO_DEBUG
#define EIGEN_DONT_PARALLELIZE

#endif
