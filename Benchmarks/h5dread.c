// The bare loop that `trireme bench data` is held against: H5Dread of every chunk of /features, one
// behind the other, into one buffer. No conversion, no shuffle, no copy.
//
//     cc -O2 Benchmarks/h5dread.c -I/usr/include/hdf5/serial -lhdf5_serial -o h5dread
//     ./h5dread 5 shards/train-*.h5
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

int main(int count, char **arguments) {
  if (count < 3) return fprintf(stderr, "usage: h5dread EPOCHS FILE...\n"), 2;
  int epochs = atoi(arguments[1]);
  double *times = calloc(epochs, sizeof *times), bytes = 0, rows = 0;
  for (int epoch = 0; epoch < epochs; epoch++) {
    double start = now();
    bytes = rows = 0;
    for (int i = 2; i < count; i++) {
      hid_t file = H5Fopen(arguments[i], H5F_ACC_RDONLY, H5P_DEFAULT);
      hid_t set = H5Dopen2(file, "features", H5P_DEFAULT), space = H5Dget_space(set);
      hid_t stored = H5Dget_type(set), type = H5Tget_native_type(stored, H5T_DIR_ASCEND);
      hid_t list = H5Dget_create_plist(set);
      hsize_t shape[32], chunk[32], start[32] = {0};
      int rank = H5Sget_simple_extent_dims(space, shape, NULL);
      H5Pget_chunk(list, rank, chunk);
      size_t rowBytes = H5Tget_size(type);
      for (int axis = 1; axis < rank; axis++) rowBytes *= shape[axis], chunk[axis] = shape[axis];
      char *buffer = malloc(chunk[0] * rowBytes);
      for (start[0] = 0; start[0] < shape[0]; start[0] += chunk[0]) {
        hsize_t part[32];
        for (int axis = 0; axis < rank; axis++) part[axis] = chunk[axis];
        if (start[0] + part[0] > shape[0]) part[0] = shape[0] - start[0];
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, part, NULL);
        hid_t memory = H5Screate_simple(rank, part, NULL);
        if (H5Dread(set, type, memory, space, H5P_DEFAULT, buffer) < 0) return 1;
        H5Sclose(memory);
      }
      rows += shape[0];
      bytes += shape[0] * rowBytes;
      free(buffer);
      H5Pclose(list), H5Tclose(type), H5Tclose(stored), H5Sclose(space), H5Dclose(set), H5Fclose(file);
    }
    times[epoch] = now() - start;
  }
  qsort(times, epochs, sizeof *times, compare);
  double median = times[epochs / 2];
  printf("%.0f samples/s, %.1f MB/s as stored (median of %d epochs)\n", rows / median,
         bytes / median / 1e6, epochs);
  return 0;
}
