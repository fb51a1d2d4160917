// A small table with times, whose splits can be worked out on paper.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cofi/data.hpp"

namespace cofi::test {

// One row for each (user, item, time), in this order; ids in order of their numbers.
struct Event {
  int user, item, time;
};

inline Data dated(const std::vector<Event>& events, int user_count, int item_count) {
  Data data;
  for (int n = 0; n < user_count; ++n) data.users.add("u" + std::to_string(n));
  for (int n = 0; n < item_count; ++n) data.items.add("i" + std::to_string(n));
  std::vector<std::int32_t> users, items;
  std::vector<std::int64_t> times;
  for (const Event& event : events) {
    users.push_back(event.user);
    items.push_back(event.item);
    times.push_back(event.time);
  }
  data.interactions.values = std::vector<float>(events.size(), 1);
  data.interactions.users = std::move(users);
  data.interactions.items = std::move(items);
  data.interactions.times = std::move(times);
  return data;
}

// `users` users with `each` rows; row user * each + n is of item n and time n * users + user.
inline Data regular(int users, int each) {
  std::vector<Event> events;
  for (int user = 0; user < users; ++user) {
    for (int n = 0; n < each; ++n) events.push_back({user, n, n * users + user});
  }
  return dated(events, users, each);
}

inline Data without_times(Data data) {
  data.interactions.times = {};
  return data;
}

}  // namespace cofi::test
