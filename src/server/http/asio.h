#pragma once

// The one way to include Asio and Beast here: compiled once, in asio.cpp, and without what is deprecated.
#define BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_BEAST_SEPARATE_COMPILATION
#define BOOST_ASIO_NO_DEPRECATED
#define BOOST_ASIO_NO_TS_EXECUTORS

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace hearth::server {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
/// Of TCP, or of this machine alone.
using StreamSocket = asio::generic::stream_protocol::socket;

/// Lets an operation return its error beside its result instead of throwing it.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace hearth::server
