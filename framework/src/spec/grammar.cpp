#include "spec/grammar.hpp"

#include <cstdint>
#include <limits>
#include <regex>

namespace cofi::spec {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMaxSeed = 9007199254740991;  // 2^53 - 1: exact in every reader of JSON

constexpr cofi_param row(std::int32_t type, const char* name, const char* fallback, const char* doc,
                         double low = 0, double high = 0, const char* choices = nullptr) {
  return {name, type, COFI_ONE, nullptr, fallback, low, high, choices, 0, doc};
}
constexpr cofi_param integer(const char* name, const char* fallback, double low, double high,
                             const char* doc) {
  return row(COFI_INT, name, fallback, doc, low, high);
}
constexpr cofi_param real(const char* name, const char* fallback, double low, double high,
                          const char* doc) {
  return row(COFI_REAL, name, fallback, doc, low, high);
}
constexpr cofi_param boolean(const char* name, const char* fallback, const char* doc) {
  return row(COFI_BOOL, name, fallback, doc);
}
constexpr cofi_param text(const char* name, const char* fallback, const char* doc) {
  return row(COFI_STRING, name, fallback, doc);
}
constexpr cofi_param choice(const char* name, const char* fallback, const char* choices,
                            const char* doc) {
  return row(COFI_STRING, name, fallback, doc, 0, 0, choices);
}
constexpr cofi_param plugin(const char* name, const char* fallback, const char* kind,
                            const char* doc) {
  return {name, COFI_PLUGIN_TYPE, COFI_ONE, kind, fallback, 0, 0, nullptr, 0, doc};
}
constexpr cofi_param list_of(cofi_param each) {
  each.shape = COFI_LIST;
  return each;
}
constexpr cofi_param map_of(cofi_param each) {
  each.shape = COFI_MAP;
  return each;
}
Key ranking(cofi_param each) {
  Key key{each};
  key.ranking = true;
  return key;
}
Key block_key(const char* name, const char* fallback, const Block& block) {
  Key key{text(name, fallback, block.doc)};
  key.block = &block;
  return key;
}

const Block& early_stopping_block() {
  static const Block block{
      "early_stopping",
      "Stops training when a validation metric no longer improves; needs split.validation.",
      {{text("metric", nullptr, "The metric to watch: one of the spec's metrics.")},
       {integer("patience", "5", 1, 1e6, "Validations without improvement before stopping.")},
       {real("min_delta", "0", 0, kInfinity, "What counts as an improvement.")},
       {boolean("restore_best", "true", "Go back to the best epoch's parameters.")}}};
  return block;
}

constexpr cofi_param kHuberRows[] = {
    real("delta", "1", 1e-6, 1e6, "Errors beyond it count linearly.")};
constexpr cofi_param kStepRows[] = {
    real("factor", "0.1", 0, 1, "Multiplies the learning rate."),
    integer("every", "10", 1, 1e9, "Epochs between two multiplications.")};
constexpr cofi_param kExponentialRows[] = {
    real("factor", "0.95", 0, 1, "Multiplies the learning rate after every epoch.")};
constexpr cofi_param kCosineRows[] = {
    real("low", "0", 0, 1, "The learning rate's factor at the last epoch.")};
constexpr cofi_param kSampledRows[] = {
    integer("n", nullptr, 1, 1e6, "Items to draw beside the user's own, which are always ranked."),
    choice("by", "uniform", "uniform|popularity",
           "All items alike, or in proportion to their training interactions.")};
constexpr cofi_param kPlateauRows[] = {
    real("factor", "0.1", 0, 1, "Multiplies the learning rate."),
    integer("patience", "5", 1, 1e6, "Epochs without improvement before it.")};

constexpr double kTimes = 9007199254740992;  // 2^53
constexpr cofi_param kValuesRows[] = {
    real("min", "null", -kInfinity, kInfinity, "The least value to keep."),
    real("max", "null", -kInfinity, kInfinity, "The greatest value to keep.")};
constexpr cofi_param kTimesRows[] = {
    integer("min", "null", -kTimes, kTimes, "The first time to keep, in seconds since 1970."),
    integer("max", "null", -kTimes, kTimes, "The last time to keep.")};
constexpr cofi_param kCoreRows[] = {
    integer("users", "1", 1, 2147483647, "Interactions that each user has at least; 1: any."),
    integer("items", "1", 1, 2147483647, "Interactions that each item has at least; 1: any.")};
constexpr cofi_param kTopItemsRows[] = {
    integer("n", nullptr, 1, 2147483647, "How many items to keep.")};
constexpr cofi_param kSampleUsersRows[] = {
    integer("n", "null", 1, 2147483647, "How many users to draw; or a fraction."),
    real("fraction", "null", 0, 1, "The part of the users to draw.")};
constexpr cofi_param kImplicitRows[] = {
    real("min", nullptr, -kInfinity, kInfinity, "The least value that becomes 1.")};
constexpr cofi_param kBinariseRows[] = {
    real("min", "null", -kInfinity, kInfinity,
         "The least value that becomes 1, lower ones 0; null: all become 1.")};

cofi_plugin builtin_plugin(const char* kind, const char* name, const char* summary,
                           const cofi_param* rows = nullptr, unsigned count = 0) {
  return {COFI_MAGIC, sizeof(cofi_plugin), COFI_ABI_VERSION, "", kind, name, "", summary, rows,
          count,      COFI_USES_NOTHING,   nullptr};
}

const std::vector<cofi_plugin>& builtins() {
  static const std::vector<cofi_plugin> all = {
      builtin_plugin("loss", "mse", "Squared error."),
      builtin_plugin("loss", "mae", "Absolute error."),
      builtin_plugin("loss", "huber", "Squared error up to delta, linear beyond.", kHuberRows, 1),
      builtin_plugin("schedule", "constant", "The learning rate stays."),
      builtin_plugin("schedule", "step", "Multiplied every so many epochs.", kStepRows, 2),
      builtin_plugin("schedule", "exponential", "Multiplied after every epoch.", kExponentialRows,
                     1),
      builtin_plugin("schedule", "cosine", "Half a cosine down to its lowest.", kCosineRows, 1),
      builtin_plugin("schedule", "reduce_on_plateau", "Multiplied when nothing improves.",
                     kPlateauRows, 2),
      builtin_plugin("filter", "values", "Keeps a range of values.", kValuesRows, 2),
      builtin_plugin("filter", "times", "Keeps a range of times.", kTimesRows, 2),
      builtin_plugin("filter", "k_core",
                     "Drops users and items with fewer interactions, until there are none.",
                     kCoreRows, 2),
      builtin_plugin("filter", "top_items", "Keeps the items with the most interactions.",
                     kTopItemsRows, 1),
      builtin_plugin("filter", "sample_users", "Keeps users drawn at random.", kSampleUsersRows, 2),
      builtin_plugin("filter", "implicit", "Values of at least min become 1, lower ones go.",
                     kImplicitRows, 1),
      builtin_plugin("filter", "binarise", "Values become 1, or 0 where they are below min.",
                     kBinariseRows, 1),
      builtin_plugin("candidates", "all", "Every item of the vocabulary."),
      builtin_plugin("candidates", "test", "The items of the evaluated part."),
      builtin_plugin("candidates", "sampled", "The user's own items and some drawn at random.",
                     kSampledRows, 2)};
  return all;
}

Block make_top() {
  Key name{text("name", nullptr, "The experiment's name, and its run's folder.")};
  name.pattern = kNamePattern;
  name.pattern_doc = kNamePatternDoc;
  Key device{text("device", "cpu", "Where tensors live: cpu, cuda, cuda:N or auto.")};
  device.pattern = "cpu|auto|cuda(:[0-9]{1,3})?";
  device.pattern_doc = "cpu, cuda, cuda:N or auto";
  Key sweep{text("sweep", "null", "Blocks of values to try; blocks multiply.")};
  sweep.row.shape = COFI_LIST;
  sweep.block = &sweep_block();
  return {"spec",
          "An experiment of cofi.",
          {name,
           {integer("seed", "0", 0, kMaxSeed, "All random numbers come from it.")},
           {integer("repeat", "1", 1, 1000, "How often each cell runs, with seeds of its own.")},
           device,
           {integer("threads", "0", 0, 4096, "Threads of a process; 0: all cores.")},
           {integer("jobs", "1", 1, 4096, "Cells that run at once, in processes of their own.")},
           {plugin("dataset", "null", "dataset", "The data; or datasets, a map of several.")},
           {map_of(plugin("datasets", "null", "dataset", "Several datasets, by name."))},
           {list_of(plugin("filters", "null", "filter",
                           "What to keep of each dataset: steps, applied in this order."))},
           {plugin("split", nullptr, "splitter", "How to divide the data.")},
           {map_of(plugin("models", nullptr, "model", "The models, by name: a table row each."))},
           {plugin("optimizer", "null", "optimizer", "Of the models that need one.")},
           block_key("train", "{}", train_block()),
           block_key("evaluate", "{}", evaluate_block()),
           {list_of(plugin("metrics", nullptr, "metric", "What to measure: a column each."))},
           sweep,
           block_key("select", "null", select_block()),
           block_key("launch", "{}", launch_block()),
           {choice("save", "all", "all|selected|none", "Which fitted models to keep.")}}};
}

}  // namespace

const char* const kNamePattern = "[a-z0-9_-]+";
const char* const kNamePatternDoc = "letters a to z, digits, _ and -";

const Key* Block::find(const std::string& key_name) const {
  for (const Key& key : keys) {
    if (key_name == key.row.name) return &key;
  }
  return nullptr;
}

std::vector<std::string> Block::names() const {
  std::vector<std::string> all;
  for (const Key& key : keys) all.emplace_back(key.row.name);
  return all;
}

const Block& top_block() {
  static const Block block = make_top();
  return block;
}

const Block& train_block() {
  static const Block block{
      "train",
      "How models that learn in epochs are trained.",
      {{integer("epochs", "20", 1, 1e9, "Passes over the training interactions.")},
       {integer("batch", "1024", 1, 2147483647, "Interactions a step, of all ranks together.")},
       {boolean("shuffle", "true", "A new order every epoch; else file order.")},
       {plugin("loss", "mse", "loss", "What training minimizes.")},
       {plugin("schedule", "constant", "schedule", "How the learning rate changes.")},
       {real("clip", "0", 0, kInfinity, "The gradient's largest norm; 0: no limit.")},
       {integer("validate", "1", 1, 1e9, "Epochs between two validations.")},
       block_key("early_stopping", "null", early_stopping_block()),
       {integer("checkpoint", "0", 0, 1e9,
                "Epochs between two checkpoints; 0: only when interrupted.")},
       {choice("partition", "none", "none|users",
               "users: each rank has its own users' rows, which never travel in steps.")},
       {choice("sum", "float", "float|exact",
               "How ranks add gradients; exact: the same bits at any number of ranks.")},
       {choice("batch_scope", "global", "global|rank",
               "rank: batch is each rank's, and their means are averaged.")},
       {text("warm_start", "null", "A saved model whose parameters to start from.")}}};
  return block;
}

const Block& evaluate_block() {
  static const Block block{
      "evaluate",
      "What is measured, when, and how.",
      {{list_of(choice("on", "[test]", "test|train|validation", "The parts to measure on."))},
       {list_of(integer("epochs", "[]", 1, 1e9, "Epochs at which to measure, for curves."))},
       ranking(plugin("candidates", "all", "candidates", "The items to rank.")),
       ranking(boolean("exclude_train", "true", "Leave out what the user has in training.")),
       ranking(real("relevance", "null", -kInfinity, kInfinity, "The least value that counts.")),
       {choice("cold_start", "average", "average|model",
               "For users and items without training data: the trained rows' mean, or the model's "
               "own.")},
       {list_of(choice("strata", "[]", "user_activity|item_popularity|cold",
                       "Groups of users and items to measure apart."))},
       ranking(choice("export", "null", "csv|trec",
                      "Writes the test part's lists to files: as csv, or as TREC's run files."))}};
  return block;
}

Key processes_key() {
  Key key{text("processes", "1", "How many ranks; auto: as many as there are GPUs, at least one.")};
  key.pattern = "auto|[1-9][0-9]{0,4}";
  key.pattern_doc = "a number of ranks, or auto";
  return key;
}

const Block& launch_block() {
  static const Block block{"launch",
                           "Processes and how they talk.",
                           {processes_key(),
                            {plugin("backend", "null", "backend",
                                    "How ranks talk; null: gloo, and nccl where they have GPUs.")},
                            {text("master", "null", "host:port where ranks meet.")},
                            {real("timeout", "60", 0, 1e6, "Seconds to wait for another rank.")},
                            {integer("max_restarts", "0", 0, 1000, "Restarts after a rank fails.")},
                            {boolean("elastic", "false", "Go on with the ranks that are left.")},
                            {choice("parallel", "data", "data|cells",
                                    "What ranks share out: each fit's data, or the cells.")}}};
  return block;
}

namespace {

Key trials_key() { return {integer("trials", nullptr, 1, 10000, "How many settings to try.")}; }

const Block& random_block() {
  static const Block block{"random", "Values drawn at random.", {trials_key()}};
  return block;
}

const Block& halving_block() {
  static const Block block{
      "halving",
      "Successive halving: many settings with a little training, the best of them with more.",
      {trials_key(),
       {integer("eta", "3", 2, 100,
                "Of so many settings one goes on, with as much more training.")},
       {text("resource", "train.epochs", "The path of what the first rungs have less of.")}}};
  return block;
}

const Block& tpe_block() {
  static const Block block{
      "tpe",
      "Tree-structured Parzen estimators: new settings resemble the best so far.",
      {trials_key(), {integer("startup", "10", 1, 10000, "Trials at random to begin with.")}}};
  return block;
}

}  // namespace

const Block& sweep_block() {
  // Their other values are maps of paths, which sweep.cpp reads.
  static const Block block{
      "sweep",
      "One way of trying values; each key is a path (models.svd.factors).",
      {{text("grid", "null", "Every combination of the lists' values.")},
       {text("zip", "null", "The lists' first values together, then the second, ...")},
       block_key("random", "null", random_block()),
       block_key("halving", "null", halving_block()),
       block_key("tpe", "null", tpe_block())}};
  return block;
}

const Block& select_block() {
  static const Block block{
      "select",
      "Chooses a model's setting by a validation metric; only the chosen one is tested.",
      {{text("metric", nullptr, "The metric to choose by: one of the spec's metrics.")},
       {choice("on", "validation", "validation", "The part that decides.")},
       {choice("per", "all", "fold|all", "Each fold chooses its own, or one for all folds.")}}};
  return block;
}

bool matches(const std::string& value, const char* pattern) {
  constexpr std::size_t kLongest = 256;  // std::regex recurses for every letter
  return value.size() <= kLongest && std::regex_match(value, std::regex(pattern));
}

const cofi_plugin* builtin(const std::string& kind, const std::string& name) {
  for (const cofi_plugin& each : builtins()) {
    if (kind == each.kind && name == each.name) return &each;
  }
  return nullptr;
}

std::vector<std::string> builtin_names(const std::string& kind) {
  std::vector<std::string> names;
  for (const cofi_plugin& each : builtins()) {
    if (kind == each.kind) names.emplace_back(each.name);
  }
  return names;
}

const std::vector<std::string>& builtin_kinds() {
  static const std::vector<std::string> kinds = {"loss", "schedule", "filter", "candidates"};
  return kinds;
}

}  // namespace cofi::spec
