// The `sinew` command: SinewCommandLine with nothing added. Allocations are counted in executables alone: the counter
// replaces malloc.
import Sinew
import SinewAllocationCounter

if sinew_counts_allocations() {
  SinewCommandLine.main(allocationCount: { sinew_allocation_count() })
} else {
  SinewCommandLine.main()
}
