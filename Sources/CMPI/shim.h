// What Swift cannot see of <mpi.h>: handles and constants that are macros, function-like or casts.
//
// Every handle is wrapped in a struct of one field. Open MPI's handles are pointers and MPICH's are
// ints; to Swift both become the same opaque, non-optional value type, so nothing above this file
// changes with the library. All functions are static inline: nothing here is compiled or linked by
// itself.
#pragma once

#include <mpi.h>
// Open MPI declares its extensions apart from mpi.h, MPICH among the rest.
#if defined(OPEN_MPI) && __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif
#include <stdint.h>

typedef struct { MPI_Comm raw; } cmpi_comm;
typedef struct { MPI_Datatype raw; } cmpi_datatype;
typedef struct { MPI_Op raw; } cmpi_op;
typedef struct { MPI_Request raw; } cmpi_request;
typedef struct { MPI_Message raw; } cmpi_message;
typedef struct { MPI_Status raw; } cmpi_status;
typedef struct { MPI_Win raw; } cmpi_win;

// Arrays of the wrapped handle are passed to MPI as arrays of the handle itself.
_Static_assert(sizeof(cmpi_request) == sizeof(MPI_Request), "a wrapped request is a request");
_Static_assert(sizeof(cmpi_datatype) == sizeof(MPI_Datatype), "a wrapped datatype is a datatype");
// Error classes, ranks and tags travel as Int32 in Swift.
_Static_assert(sizeof(int) == sizeof(int32_t), "int has 32 bits");

// MARK: - Constants

static inline cmpi_comm cmpi_comm_world(void) { return (cmpi_comm){MPI_COMM_WORLD}; }
static inline cmpi_comm cmpi_comm_self(void) { return (cmpi_comm){MPI_COMM_SELF}; }
static inline cmpi_request cmpi_request_null(void) { return (cmpi_request){MPI_REQUEST_NULL}; }
static inline cmpi_win cmpi_win_null(void) { return (cmpi_win){MPI_WIN_NULL}; }
static inline int cmpi_request_is_null(cmpi_request r) { return r.raw == MPI_REQUEST_NULL; }

// MPI_IN_PLACE is a cast expression: Swift does not import it.
static inline const void *cmpi_in_place(void) { return MPI_IN_PLACE; }

static inline cmpi_datatype cmpi_int8(void) { return (cmpi_datatype){MPI_INT8_T}; }
static inline cmpi_datatype cmpi_int16(void) { return (cmpi_datatype){MPI_INT16_T}; }
static inline cmpi_datatype cmpi_int32(void) { return (cmpi_datatype){MPI_INT32_T}; }
static inline cmpi_datatype cmpi_int64(void) { return (cmpi_datatype){MPI_INT64_T}; }
static inline cmpi_datatype cmpi_uint8(void) { return (cmpi_datatype){MPI_UINT8_T}; }
static inline cmpi_datatype cmpi_uint16(void) { return (cmpi_datatype){MPI_UINT16_T}; }
static inline cmpi_datatype cmpi_uint32(void) { return (cmpi_datatype){MPI_UINT32_T}; }
static inline cmpi_datatype cmpi_uint64(void) { return (cmpi_datatype){MPI_UINT64_T}; }
static inline cmpi_datatype cmpi_float(void) { return (cmpi_datatype){MPI_FLOAT}; }
static inline cmpi_datatype cmpi_double(void) { return (cmpi_datatype){MPI_DOUBLE}; }
static inline cmpi_datatype cmpi_byte(void) { return (cmpi_datatype){MPI_BYTE}; }

static inline cmpi_op cmpi_sum(void) { return (cmpi_op){MPI_SUM}; }
static inline cmpi_op cmpi_prod(void) { return (cmpi_op){MPI_PROD}; }
static inline cmpi_op cmpi_min(void) { return (cmpi_op){MPI_MIN}; }
static inline cmpi_op cmpi_max(void) { return (cmpi_op){MPI_MAX}; }
static inline cmpi_op cmpi_land(void) { return (cmpi_op){MPI_LAND}; }
static inline cmpi_op cmpi_lor(void) { return (cmpi_op){MPI_LOR}; }
static inline cmpi_op cmpi_lxor(void) { return (cmpi_op){MPI_LXOR}; }
static inline cmpi_op cmpi_band(void) { return (cmpi_op){MPI_BAND}; }
static inline cmpi_op cmpi_bor(void) { return (cmpi_op){MPI_BOR}; }
static inline cmpi_op cmpi_bxor(void) { return (cmpi_op){MPI_BXOR}; }

// MARK: - Environment

static inline int cmpi_init_thread(int required, int *provided) {
  return MPI_Init_thread(NULL, NULL, required, provided);
}
static inline int cmpi_is_initialized(void) {
  int flag = 0;
  return MPI_Initialized(&flag) == MPI_SUCCESS && flag;
}
static inline int cmpi_is_finalized(void) {
  int flag = 0;
  return MPI_Finalized(&flag) == MPI_SUCCESS && flag;
}
static inline int cmpi_abort(cmpi_comm c, int code) { return MPI_Abort(c.raw, code); }

// MARK: - Communicators

static inline int cmpi_comm_errors_return(cmpi_comm c) {
  return MPI_Comm_set_errhandler(c.raw, MPI_ERRORS_RETURN);
}
static inline int cmpi_comm_rank(cmpi_comm c, int *rank) { return MPI_Comm_rank(c.raw, rank); }
static inline int cmpi_comm_size(cmpi_comm c, int *size) { return MPI_Comm_size(c.raw, size); }
static inline int cmpi_comm_dup(cmpi_comm c, cmpi_comm *out) {
  return MPI_Comm_dup(c.raw, &out->raw);
}
static inline int cmpi_comm_split(cmpi_comm c, int color, int key, cmpi_comm *out) {
  return MPI_Comm_split(c.raw, color, key, &out->raw);
}
static inline int cmpi_comm_split_shared(cmpi_comm c, int key, cmpi_comm *out) {
  return MPI_Comm_split_type(c.raw, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &out->raw);
}
static inline int cmpi_comm_free(cmpi_comm c) { return MPI_Comm_free(&c.raw); }
// The greatest tag is an attribute of the world, passed as a pointer to an int.
static inline int cmpi_tag_upper_bound(void) {
  int *bound = NULL, found = 0;
  int code = MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &bound, &found);
  return code == MPI_SUCCESS && found ? *bound : 32767;
}

// MARK: - Datatypes of large messages

// `blocks` runs of `block` elements, then `rest` elements, from `offset` bytes on: one element of
// the new type. Counts stay int, the message may be larger.
static inline int cmpi_type_large(
    cmpi_datatype element, int64_t offset, int blocks, int block, int rest, cmpi_datatype *out) {
  MPI_Aint lower = 0, extent = 0;
  int code = MPI_Type_get_extent(element.raw, &lower, &extent);
  if (code != MPI_SUCCESS) return code;
  MPI_Datatype run, body;
  code = MPI_Type_contiguous(block, element.raw, &run);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Type_contiguous(blocks, run, &body);
  MPI_Type_free(&run);
  if (code != MPI_SUCCESS) return code;
  int lengths[2] = {1, rest};
  MPI_Aint places[2] = {offset, offset + (MPI_Aint)blocks * block * extent};
  MPI_Datatype types[2] = {body, element.raw};
  code = MPI_Type_create_struct(2, lengths, places, types, &out->raw);
  MPI_Type_free(&body);
  return code == MPI_SUCCESS ? MPI_Type_commit(&out->raw) : code;
}
static inline int cmpi_type_free(cmpi_datatype t) { return MPI_Type_free(&t.raw); }

// MARK: - Status

static inline int cmpi_status_source(const cmpi_status *s) { return s->raw.MPI_SOURCE; }
static inline int cmpi_status_tag(const cmpi_status *s) { return s->raw.MPI_TAG; }
// MPI_Get_elements_x counts elements of basic types as MPI_Count, so it also counts large messages.
static inline int cmpi_status_bytes(const cmpi_status *s, int64_t *bytes) {
  MPI_Count count = 0;
  int code = MPI_Get_elements_x((MPI_Status *)&s->raw, MPI_BYTE, &count);
  *bytes = count;
  return code;
}

// MARK: - Point to point

static inline int cmpi_send(
    const void *data, int n, cmpi_datatype t, int to, int tag, cmpi_comm c) {
  return MPI_Send(data, n, t.raw, to, tag, c.raw);
}
static inline int cmpi_recv(
    void *data, int n, cmpi_datatype t, int from, int tag, cmpi_comm c, cmpi_status *s) {
  return MPI_Recv(data, n, t.raw, from, tag, c.raw, &s->raw);
}
static inline int cmpi_isend(
    const void *data, int n, cmpi_datatype t, int to, int tag, cmpi_comm c, cmpi_request *r) {
  return MPI_Isend(data, n, t.raw, to, tag, c.raw, &r->raw);
}
static inline int cmpi_irecv(
    void *data, int n, cmpi_datatype t, int from, int tag, cmpi_comm c, cmpi_request *r) {
  return MPI_Irecv(data, n, t.raw, from, tag, c.raw, &r->raw);
}
static inline int cmpi_sendrecv(
    const void *out, int n_out, cmpi_datatype t_out, int to, int tag_out,
    void *in, int n_in, cmpi_datatype t_in, int from, int tag_in, cmpi_comm c, cmpi_status *s) {
  return MPI_Sendrecv(
      out, n_out, t_out.raw, to, tag_out, in, n_in, t_in.raw, from, tag_in, c.raw, &s->raw);
}
static inline int cmpi_probe(int from, int tag, cmpi_comm c, cmpi_status *s) {
  return MPI_Probe(from, tag, c.raw, &s->raw);
}
static inline int cmpi_iprobe(int from, int tag, cmpi_comm c, int *flag, cmpi_status *s) {
  return MPI_Iprobe(from, tag, c.raw, flag, &s->raw);
}
static inline int cmpi_mprobe(int from, int tag, cmpi_comm c, cmpi_message *m, cmpi_status *s) {
  return MPI_Mprobe(from, tag, c.raw, &m->raw, &s->raw);
}
static inline int cmpi_mrecv(
    void *data, int n, cmpi_datatype t, cmpi_message *m, cmpi_status *s) {
  return MPI_Mrecv(data, n, t.raw, &m->raw, &s->raw);
}

// MARK: - Requests

static inline int cmpi_wait(cmpi_request *r, cmpi_status *s) { return MPI_Wait(&r->raw, &s->raw); }
static inline int cmpi_test(cmpi_request *r, int *flag, cmpi_status *s) {
  return MPI_Test(&r->raw, flag, &s->raw);
}
static inline int cmpi_waitall(int n, cmpi_request *r) {
  return MPI_Waitall(n, (MPI_Request *)r, MPI_STATUSES_IGNORE);
}
static inline int cmpi_waitany(int n, cmpi_request *r, int *index) {
  return MPI_Waitany(n, (MPI_Request *)r, index, MPI_STATUS_IGNORE);
}
static inline int cmpi_testall(int n, cmpi_request *r, int *flag) {
  return MPI_Testall(n, (MPI_Request *)r, flag, MPI_STATUSES_IGNORE);
}

// MARK: - Collectives

static inline int cmpi_barrier(cmpi_comm c) { return MPI_Barrier(c.raw); }
static inline int cmpi_bcast(void *data, int n, cmpi_datatype t, int root, cmpi_comm c) {
  return MPI_Bcast(data, n, t.raw, root, c.raw);
}
static inline int cmpi_reduce(
    const void *in, void *out, int n, cmpi_datatype t, cmpi_op op, int root, cmpi_comm c) {
  return MPI_Reduce(in, out, n, t.raw, op.raw, root, c.raw);
}
static inline int cmpi_allreduce(
    const void *in, void *out, int n, cmpi_datatype t, cmpi_op op, cmpi_comm c) {
  return MPI_Allreduce(in, out, n, t.raw, op.raw, c.raw);
}
static inline int cmpi_scan(
    const void *in, void *out, int n, cmpi_datatype t, cmpi_op op, cmpi_comm c) {
  return MPI_Scan(in, out, n, t.raw, op.raw, c.raw);
}
static inline int cmpi_exscan(
    const void *in, void *out, int n, cmpi_datatype t, cmpi_op op, cmpi_comm c) {
  return MPI_Exscan(in, out, n, t.raw, op.raw, c.raw);
}
static inline int cmpi_reduce_scatter(
    const void *in, void *out, const int *counts, cmpi_datatype t, cmpi_op op, cmpi_comm c) {
  return MPI_Reduce_scatter(in, out, counts, t.raw, op.raw, c.raw);
}
static inline int cmpi_gather(
    const void *in, void *out, int n, cmpi_datatype t, int root, cmpi_comm c) {
  return MPI_Gather(in, n, t.raw, out, n, t.raw, root, c.raw);
}
static inline int cmpi_gatherv(
    const void *in, int n, void *out, const int *counts, const int *places,
    cmpi_datatype t, int root, cmpi_comm c) {
  return MPI_Gatherv(in, n, t.raw, out, counts, places, t.raw, root, c.raw);
}
static inline int cmpi_scatter(
    const void *in, void *out, int n, cmpi_datatype t, int root, cmpi_comm c) {
  return MPI_Scatter(in, n, t.raw, out, n, t.raw, root, c.raw);
}
static inline int cmpi_scatterv(
    const void *in, const int *counts, const int *places, void *out, int n,
    cmpi_datatype t, int root, cmpi_comm c) {
  return MPI_Scatterv(in, counts, places, t.raw, out, n, t.raw, root, c.raw);
}
static inline int cmpi_allgather(const void *in, void *out, int n, cmpi_datatype t, cmpi_comm c) {
  return MPI_Allgather(in, n, t.raw, out, n, t.raw, c.raw);
}
static inline int cmpi_allgatherv(
    const void *in, int n, void *out, const int *counts, const int *places,
    cmpi_datatype t, cmpi_comm c) {
  return MPI_Allgatherv(in, n, t.raw, out, counts, places, t.raw, c.raw);
}
static inline int cmpi_alltoall(const void *in, void *out, int n, cmpi_datatype t, cmpi_comm c) {
  return MPI_Alltoall(in, n, t.raw, out, n, t.raw, c.raw);
}
static inline int cmpi_alltoallv(
    const void *in, const int *n_in, const int *at_in,
    void *out, const int *n_out, const int *at_out, cmpi_datatype t, cmpi_comm c) {
  return MPI_Alltoallv(in, n_in, at_in, t.raw, out, n_out, at_out, t.raw, c.raw);
}
static inline int cmpi_alltoallw(
    const void *in, const int *n_in, const int *at_in, const cmpi_datatype *t_in,
    void *out, const int *n_out, const int *at_out, const cmpi_datatype *t_out, cmpi_comm c) {
  return MPI_Alltoallw(
      in, n_in, at_in, (const MPI_Datatype *)t_in, out, n_out, at_out, (const MPI_Datatype *)t_out,
      c.raw);
}

// MARK: - Started collectives

static inline int cmpi_ibarrier(cmpi_comm c, cmpi_request *r) {
  return MPI_Ibarrier(c.raw, &r->raw);
}
static inline int cmpi_ibcast(
    void *data, int n, cmpi_datatype t, int root, cmpi_comm c, cmpi_request *r) {
  return MPI_Ibcast(data, n, t.raw, root, c.raw, &r->raw);
}
static inline int cmpi_iallreduce(
    const void *in, void *out, int n, cmpi_datatype t, cmpi_op op, cmpi_comm c, cmpi_request *r) {
  return MPI_Iallreduce(in, out, n, t.raw, op.raw, c.raw, &r->raw);
}

// MARK: - Shared windows

// Segments may lie apart ("alloc_shared_noncontig"): each then begins on its owner's own page.
static inline int cmpi_win_allocate_shared(
    int64_t bytes, cmpi_comm c, void **base, cmpi_win *out) {
  MPI_Info info;
  int code = MPI_Info_create(&info);
  if (code != MPI_SUCCESS) return code;
  code = MPI_Info_set(info, "alloc_shared_noncontig", "true");
  if (code == MPI_SUCCESS) code = MPI_Win_allocate_shared(bytes, 1, info, c.raw, base, &out->raw);
  MPI_Info_free(&info);
  return code == MPI_SUCCESS ? MPI_Win_set_errhandler(out->raw, MPI_ERRORS_RETURN) : code;
}
static inline int cmpi_win_shared_query(cmpi_win w, int rank, void **base) {
  MPI_Aint bytes = 0;
  int unit = 0;
  return MPI_Win_shared_query(w.raw, rank, &bytes, &unit, base);
}
static inline int cmpi_win_lock_all(cmpi_win w) {
  return MPI_Win_lock_all(MPI_MODE_NOCHECK, w.raw);
}
static inline int cmpi_win_unlock_all(cmpi_win w) { return MPI_Win_unlock_all(w.raw); }
static inline int cmpi_win_sync(cmpi_win w) { return MPI_Win_sync(w.raw); }
static inline int cmpi_win_free(cmpi_win *w) { return MPI_Win_free(&w->raw); }

// MARK: - Ranks that are lost
//
// User-level failure mitigation (ULFM) is in Open MPI from 5.0 on and in MPICH. Where it is not, the
// functions say so and nothing is linked.

#ifdef MPIX_ERR_PROC_FAILED
static inline int cmpi_has_ulfm(void) { return 1; }
// Whether an error class says that a rank is lost, or that another rank has seen so.
static inline int cmpi_is_loss(int class) {
  return class == MPIX_ERR_PROC_FAILED || class == MPIX_ERR_PROC_FAILED_PENDING ||
         class == MPIX_ERR_REVOKED;
}
static inline int cmpi_comm_revoke(cmpi_comm c) { return MPIX_Comm_revoke(c.raw); }
static inline int cmpi_comm_shrink(cmpi_comm c, cmpi_comm *out) {
  return MPIX_Comm_shrink(c.raw, &out->raw);
}
static inline int cmpi_comm_agree(cmpi_comm c, int *flag) { return MPIX_Comm_agree(c.raw, flag); }
#else
static inline int cmpi_has_ulfm(void) { return 0; }
static inline int cmpi_is_loss(int class) { return 0; }
static inline int cmpi_comm_revoke(cmpi_comm c) { return MPI_ERR_OTHER; }
static inline int cmpi_comm_shrink(cmpi_comm c, cmpi_comm *out) { return MPI_ERR_OTHER; }
static inline int cmpi_comm_agree(cmpi_comm c, int *flag) { return MPI_ERR_OTHER; }
#endif
// Open MPI has it switched on by `mpirun --with-ft ulfm`, which tells each rank so in its environment.
static inline int cmpi_is_open_mpi(void) {
#ifdef OPEN_MPI
  return 1;
#else
  return 0;
#endif
}
