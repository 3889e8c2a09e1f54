#pragma once
/// Cores that this process may run on (its affinity mask), 0 if the system does not tell.
int ck_allowed_cores(void);

/// Binds the calling thread to the last of its cores; 0 if that was possible.
int ck_pin_to_last_core(void);
