#include "backend/testing/remote_device.h"

#include <gtest/gtest.h>

#include "backend/backends.h"

// The device that proves others must show their faults.

namespace hearth {
namespace {

class RemoteDeviceTest : public testing::Test {
 protected:
  ThreadPool pool_{1};
  RemoteDevice device_{make_reference_backend(pool_)};
};

TEST_F(RemoteDeviceTest, EndsAProcessThatReadsItsMemory) {
  const DeviceBuffer buffer = *device_.allocate(100);
  const std::vector<float> values{1.0f, 2.0f};
  device_.upload(values, buffer.address());
  std::vector<float> found(2);
  device_.download(buffer.address(), found);
  EXPECT_EQ(found, values);
  EXPECT_DEATH(*host_floats(buffer.address()) = 3.0f, "");
  EXPECT_DEATH(found[0] = *const_cast<volatile float*>(host_floats(buffer.address())), "");
}

TEST_F(RemoteDeviceTest, RunsWhenItIsWaitedFor) {
  const DeviceBuffer buffer = *device_.allocate(100);
  const VectorView weight{buffer.address(), 2};
  const Matrix rows{buffer.address() + 64, 1, 2, 2};
  device_.upload(std::vector<float>{1.0f, 2.0f}, weight.data);
  device_.upload(std::vector<float>{3.0f, 3.0f}, rows.data);
  device_.norm({.in = rows, .norm = {weight, 0.0f}, .out = rows});
  device_.submit();
  EXPECT_EQ(device_.num_pending(), 1u);
  // What comes to the memory later does not take part.
  device_.upload(std::vector<float>{5.0f, 6.0f}, weight.data);
  std::vector<float> found(2);
  device_.download(rows.data, found);
  EXPECT_EQ(found, (std::vector<float>{1.0f, 2.0f}));
  device_.norm({.in = rows, .norm = {weight, 0.0f}, .out = rows});
  device_.wait();
  EXPECT_EQ(device_.num_pending(), 0u);
  EXPECT_EQ(device_.num_operations, 2u);
}

TEST_F(RemoteDeviceTest, KeepsABatchAsItWasUploaded) {
  std::vector<int32_t> ids{3, 4};
  const auto batch = device_.make_batch();
  batch->upload({.token_ids = ids, .positions = ids});
  ids = {7, 8};
  const VectorView kept = batch->token_ids();
  std::vector<int32_t> found(2);
  device_.download(kept.data, std::as_writable_bytes(std::span(found)));
  EXPECT_EQ(found, (std::vector<int32_t>{3, 4}));
  EXPECT_EQ(kept.size, 2);
  EXPECT_EQ(kept.dtype, DType::kI32);
}

}  // namespace
}  // namespace hearth
