#pragma once
// What Swift cannot see of <hdf5.h>: macros that cast, macros that open the library on first use,
// and functions whose name is a macro for one of several versions. Everything else is called under
// its own name.
#include <hdf5.h>

_Static_assert(sizeof(hid_t) == 8, "Handle stores an hid_t as Int64");
_Static_assert(sizeof(hsize_t) == 8, "extents are passed as UInt64");

// MARK: Files

static inline unsigned chdf5_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_acc_rdwr(void) { return H5F_ACC_RDWR; }
static inline unsigned chdf5_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline unsigned chdf5_acc_excl(void) { return H5F_ACC_EXCL; }

// Locks are taken where the file system has them and done without where it has not (NFS and Lustre
// mounted without flock fail every open otherwise). The variable HDF5_USE_FILE_LOCKING still
// overrides this.
static inline herr_t chdf5_set_best_effort_locking(hid_t fapl) {
#if H5_VERSION_GE(1, 10, 7)
  return H5Pset_file_locking(fapl, 1, 1);
#else
  (void)fapl;
  return 0;
#endif
}

static inline H5F_libver_t chdf5_libver_latest(void) { return H5F_LIBVER_LATEST; }

// MARK: Property list classes (each name is a macro that opens the library)

static inline hid_t chdf5_class_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_class_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_class_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_class_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_class_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_class_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t chdf5_class_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_class_attribute_create(void) { return H5P_ATTRIBUTE_CREATE; }

// MARK: Native types (variables behind a macro that opens the library)

static inline hid_t chdf5_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t chdf5_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t chdf5_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t chdf5_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t chdf5_uint32(void) { return H5T_NATIVE_UINT32; }
static inline hid_t chdf5_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t chdf5_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_float32_little_endian(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }

// MARK: Constants whose macro casts

static inline hid_t chdf5_space_all(void) { return H5S_ALL; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }

// MARK: Versioned names

// The class of a link: an H5L_type_t as int, negative on failure.
static inline int chdf5_link_type(hid_t location, const char *name) {
  H5L_info_t info;
  if (H5Lget_info(location, name, &info, H5P_DEFAULT) < 0) return -1;
  return (int)info.type;
}

// Called when a value does not fit its destination. HDF5 would clamp; a clamped label or index is a
// wrong result.
static inline H5T_conv_ret_t chdf5_refuse_overflow(
    H5T_conv_except_t kind, hid_t source, hid_t destination, void *from, void *to, void *user) {
  (void)source, (void)destination, (void)from, (void)to, (void)user;
  return kind == H5T_CONV_EXCEPT_RANGE_HI || kind == H5T_CONV_EXCEPT_RANGE_LOW
      ? H5T_CONV_ABORT
      : H5T_CONV_UNHANDLED;
}

static inline herr_t chdf5_set_refuse_overflow(hid_t transfer) {
  return H5Pset_type_conv_cb(transfer, chdf5_refuse_overflow, 0);
}
