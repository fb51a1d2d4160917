#include <cstdint>
#include <cstring>
#include <string>

#include "testing/check_model.hpp"
#include "testing/model_state.hpp"

namespace cofi::testing {
namespace {

// Few epochs: bits differ at once or never.
constexpr std::int64_t kEpochs = 4;

// Stops a fit after some epochs, and keeps its checkpoint.
class Interrupter final : public Monitor {
 public:
  explicit Interrupter(std::int64_t after) : after_(after) {}
  void epoch_done(Model&, const EpochReport& report) override {
    stop_ = stop_ || report.epoch >= after_;
  }
  bool stop_requested() override { return stop_; }
  void save_checkpoint(const Archive& archive) override { saved_ = through_file(archive); }
  const std::optional<Archive>& saved() const { return saved_; }

 private:
  std::int64_t after_;
  bool stop_ = false;
  std::optional<Archive> saved_;
};

class Resumer final : public Monitor {
 public:
  explicit Resumer(const Archive& archive) : archive_(archive) {}
  std::optional<Archive> load_checkpoint() override { return archive_; }

 private:
  Archive archive_;
};

std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

std::string compare_bits(const std::vector<float>& found, const std::vector<float>& expected,
                         const Questions& questions) {
  for (std::size_t n = 0; n < found.size(); ++n) {
    if (bits_of(found[n]) != bits_of(expected[n])) {
      return fmt::format("{} gets {:.9g} instead of {:.9g}", questions.describe(n), found[n],
                         expected[n]);
    }
  }
  return "";
}

std::string save_and_load_agree(const Factory<Model>& make, Model& model,
                                const Questions& questions) {
  const std::unique_ptr<Model> loaded = make();
  save_and_load(model, *loaded);
  const Query all = questions.query(true);
  const std::string wrong = compare_bits(answers(*loaded, all), answers(model, all), questions);
  if (!wrong.empty()) return "after loading, " + wrong;
  if (saved_bytes(*loaded) != saved_bytes(model)) {
    return "what a loaded model saves differs from what it was loaded from";
  }
  return "";
}

}  // namespace

void check_model_bits(Checks& checks, const Factory<Model>& make, const ModelCheck& options,
                      const Toy& toy) {
  const Questions questions(toy.data);
  ToyOptions short_fit = options.fit;
  short_fit.epochs = std::min(short_fit.epochs, kEpochs);
  std::unique_ptr<Model> model;
  const bool fits = checks.run("fits again", [&] {
    model = fitted(make, toy, short_fit);
    return std::string();
  });
  if (!fits) return;
  const std::string bytes = saved_bytes(*model);
  const std::vector<float> expected = answers(*model, questions.query(true));
  const auto same_as_model = [&](Model& other) -> std::string {
    const std::string wrong =
        compare_bits(answers(other, questions.query(true)), expected, questions);
    if (!wrong.empty()) return wrong;
    return saved_bytes(other) == bytes ? "" : "the saved states differ";
  };

  checks.run("saves and loads bit for bit",
             [&] { return save_and_load_agree(make, *model, questions); });
  checks.run("the state's names are the same for every fit", [&]() -> std::string {
    ToyOptions other_seed = short_fit;
    other_seed.seed += 1;
    const std::unique_ptr<Model> other = fitted(make, toy, other_seed);
    return state_names(*other) == state_names(*model) ? "" : "another fit saves other names";
  });
  for (const int threads : {1, 2, 3}) {
    checks.run(fmt::format("the same seed gives the same bits, 1 thread and {}", threads), [&] {
      ToyOptions again = short_fit;
      again.threads = threads;
      return same_as_model(*fitted(make, toy, again));
    });
  }
  checks.run("interrupted and resumed equals uninterrupted", [&]() -> std::string {
    Interrupter interrupter(kEpochs / 2);
    ToyOptions interrupted = short_fit;
    interrupted.monitor = &interrupter;
    try {
      fitted(make, toy, interrupted);
      return "";  // a fit in one piece
    } catch (const Interrupted&) {
    }
    if (!interrupter.saved()) return "the fit was interrupted without saving a checkpoint";
    Resumer resumer(*interrupter.saved());
    ToyOptions resumed = short_fit;
    resumed.monitor = &resumer;
    return same_as_model(*fitted(make, toy, resumed));
  });
}

}  // namespace cofi::testing
