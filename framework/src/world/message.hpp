// Messages of the world's store: a list of byte strings in a frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::world {

using Message = std::vector<std::string>;

// What the world's host says of a generation to a rank of it.
constexpr char kAlive[] = "alive";  // it goes on
constexpr char kDone[] = "done";    // all ranks have finished
constexpr char kDied[] = "died";    // it has ended as a rank is gone (why follows)
constexpr char kEnded[] = "ended";  // it has ended otherwise (why follows)

constexpr std::uint32_t kLongestMessage = 256U << 20;  // bytes
constexpr std::size_t kFrameHead = 4;                  // bytes: the body's length, little-endian

// The body: each string after its length (4 bytes, little-endian), one after the other.
COFI_API std::string pack(const Message& message);
// An Error where the bytes are no body of a message.
COFI_API Message unpack(std::string_view body);

std::string frame_head(std::size_t body_size);
// The body's length; an Error where it is more than `longest`.
std::size_t body_size(std::string_view head, std::size_t longest);

}  // namespace cofi::world
