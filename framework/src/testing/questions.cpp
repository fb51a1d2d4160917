#include "testing/questions.hpp"

#include <fmt/format.h>

#include <limits>

namespace cofi::testing {

Questions::Questions(const Data& data) {
  const std::int32_t user_count = data.users.size();
  const std::int32_t item_count = data.items.size();
  for (std::int32_t user = -1; user < user_count; ++user) {
    for (std::int32_t item = -1; item < item_count; item += 1 + (user + 1) % 3) {
      users.push_back(user);
      items.push_back(item);
      times.push_back(data.interactions.times.empty()
                          ? 0
                          : data.interactions.times[users.size() % data.interactions.size()]);
    }
  }
}

Query Questions::query(bool with_times) const {
  return {users, items, with_times ? View<std::int64_t>(times) : View<std::int64_t>()};
}

std::string Questions::describe(std::size_t n) const {
  return fmt::format("user {}, item {}", users[n], items[n]);
}

std::vector<float> answers(const Model& model, const Query& query) {
  std::vector<float> out(query.size(), std::numeric_limits<float>::quiet_NaN());
  model.predict(query, out.data());
  return out;
}

std::unique_ptr<Model> fitted(const Factory<Model>& make, const Toy& toy,
                              const ToyOptions& options) {
  const ToyContext context(toy, options);
  std::unique_ptr<Model> model = make();
  model->fit(context.context());
  return model;
}

}  // namespace cofi::testing
