#include "server/http/peer.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

TEST(Peer, SharesAreReckonedByWhatASubscriberHas) {
  EXPECT_EQ(peer_of("192.0.2.7").network, "192.0.2.7");
  EXPECT_EQ(peer_of("::ffff:192.0.2.7").network, "192.0.2.7");
  EXPECT_EQ(peer_of("::ffff:192.0.2.7").address, "192.0.2.7");
  EXPECT_EQ(peer_of("2001:db8:1:2:3:4:5:6").network, "2001:db8:1:2::/64");
  EXPECT_EQ(peer_of("2001:db8:1:2::9").network, peer_of("2001:db8:1:2:ffff::1").network);
  EXPECT_NE(peer_of("2001:db8:1:3::9").network, peer_of("2001:db8:1:2::9").network);
  EXPECT_EQ(peer_of("fe80::1%eth0").network, "fe80::/64");
  EXPECT_EQ(peer_of("fe80::1%eth0").address, "fe80::1%eth0");
  EXPECT_EQ(peer_of("::1").network, "::/64");
}

}  // namespace
}  // namespace hearth::server
