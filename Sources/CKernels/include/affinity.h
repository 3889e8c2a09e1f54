#pragma once
/// Cores that this process may run on (its affinity mask), 0 if the system does not tell.
int ck_allowed_cores(void);
