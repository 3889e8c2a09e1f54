#pragma once

/// Has the system begin to write what a file holds in memory to the disk; does not wait for it. A hint: does
/// nothing where the system cannot.
void ck_start_writeback(int descriptor);
