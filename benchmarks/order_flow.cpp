// The documented order flow as hand-written loops: how far Python is from what a machine can do.
//
//     order_flow explore guarded|naive CUSTOMERS UNITS MOST_STATES
//     order_flow simulate guarded|naive CUSTOMERS UNITS SEED STATEMENT_S EXTERNAL_S THINK_S
//         ARRIVALS_PER_S APPROVED
//
// `explore` is order_flow_by_hand.py again, `simulate` is order_flow_in_simpy.py: the same labels,
// statements, latencies and lock, and nothing beside. Each prints one line of JSON; the Python
// files say what is meant, and the benchmarks hold the figures of the two against each other.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <queue>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// ---- explore -----------------------------------------------------------------------------------

enum Label : std::uint8_t {
  LOOK_IN_CART, COMMIT_CART, LOOK_AT_CHECKOUT, COMMIT_CHECKOUT, ORDER, COMMIT_ORDER, ALLOCATE,
  WRITE, BOOK_ALLOCATION, COMMIT_ALLOCATION, PAY, SET_PAID, COMMIT_PAID, SHIP, BOOK_SHIPMENT,
  SET_SHIPPED, COMMIT_SHIPMENT, SHIPPED, GIVE_BACK, BOOK_RETURN, SET_CANCELLED, COMMIT_RETURN,
  DECLINED, REFUSED
};

constexpr int MOST_CUSTOMERS = 8;

struct Customer {
  std::uint8_t label, available, allocated;  // what the naive way has read
  bool operator==(const Customer&) const = default;
};

struct State {
  std::int8_t row[3];      // total, available, allocated
  std::int8_t holder;      // of the row's lock; -1: nobody
  std::int8_t pending[3];  // what the holder will commit
  std::int8_t unused;
  std::array<Customer, MOST_CUSTOMERS> customers;
  bool operator==(const State& other) const { return !std::memcmp(this, &other, sizeof *this); }
};
static_assert(sizeof(State) == 32);

struct Hash {
  std::size_t operator()(const State& state) const {
    std::uint64_t words[4], mixed = 0;
    std::memcpy(words, &state, sizeof words);
    for (std::uint64_t word : words) {
      mixed = (mixed ^ word) * 0x9E3779B97F4A7C15u;
      mixed ^= mixed >> 29;
    }
    return mixed;
  }
};

struct Search {
  bool naive;
  int customers, units;
  std::unordered_set<State, Hash> seen;
  std::deque<State> waiting;
  std::uint64_t transitions = 0;
  bool oversold = false, unbalanced = false;

  void meet(const State& state) {
    ++transitions;
    if (!seen.insert(state).second) return;
    waiting.push_back(state);
    judge(state);
  }

  void judge(const State& state) {
    int paid = 0, booked[3] = {units, units, 0};
    for (int me = 0; me < customers; ++me) {
      std::uint8_t label = state.customers[me].label;
      paid += label >= SHIP && label <= SHIPPED;
      bool is_allocated = (label >= PAY && label <= COMMIT_SHIPMENT) ||
                          (label >= GIVE_BACK && label <= COMMIT_RETURN);
      if (is_allocated) --booked[1], ++booked[2];
      if (label == SHIPPED) --booked[0], --booked[1];
    }
    oversold |= paid > units;
    unbalanced |= booked[0] != state.row[0] || booked[1] != state.row[1] ||
                  booked[2] != state.row[2];
  }

  void go(State state, int me, Label label) {
    state.customers[me] = {label, 0, 0};
    meet(state);
  }

  void lock(State state, int me, int total, int available, int allocated, Label label) {
    if (state.holder >= 0) return;
    state.holder = static_cast<std::int8_t>(me);
    state.pending[0] = static_cast<std::int8_t>(total);
    state.pending[1] = static_cast<std::int8_t>(available);
    state.pending[2] = static_cast<std::int8_t>(allocated);
    go(state, me, label);
  }

  void commit(State state, int me, Label label) {
    std::memcpy(state.row, state.pending, sizeof state.row);
    std::memset(state.pending, 0, sizeof state.pending);
    state.holder = -1;
    go(state, me, label);
  }

  void step(const State& state, int me) {
    auto [label, available, allocated] = state.customers[me];
    const std::int8_t* row = state.row;
    bool is_left = row[1] >= 1;
    switch (label) {
      case LOOK_IN_CART: return go(state, me, is_left ? COMMIT_CART : REFUSED);
      case LOOK_AT_CHECKOUT: return go(state, me, is_left ? COMMIT_CHECKOUT : REFUSED);
      case ALLOCATE:
        if (!is_left) return go(state, me, REFUSED);
        if (!naive) return lock(state, me, row[0], row[1] - 1, row[2] + 1, BOOK_ALLOCATION);
        {
          State after = state;
          after.customers[me] = {WRITE, static_cast<std::uint8_t>(row[1]),
                                 static_cast<std::uint8_t>(row[2])};
          return meet(after);
        }
      case WRITE: return lock(state, me, row[0], available - 1, allocated + 1, BOOK_ALLOCATION);
      case COMMIT_ALLOCATION: return commit(state, me, PAY);
      case PAY: go(state, me, SET_PAID); return go(state, me, GIVE_BACK);
      case SHIP: return lock(state, me, row[0] - 1, row[1], row[2] - 1, BOOK_SHIPMENT);
      case COMMIT_SHIPMENT: return commit(state, me, SHIPPED);
      case GIVE_BACK: return lock(state, me, row[0], row[1] + 1, row[2] - 1, BOOK_RETURN);
      case COMMIT_RETURN: return commit(state, me, DECLINED);
      case SHIPPED: case DECLINED: case REFUSED: return;
      default: return go(state, me, static_cast<Label>(label + 1));
    }
  }

  bool run(std::size_t most_states) {
    State first{};
    first.row[0] = first.row[1] = static_cast<std::int8_t>(units);
    first.holder = -1;
    seen.insert(first);
    waiting.push_back(first);
    while (!waiting.empty() && seen.size() <= most_states) {
      State state = waiting.front();
      waiting.pop_front();
      for (int me = 0; me < customers; ++me) step(state, me);
    }
    return waiting.empty();
  }
};

int explore(bool naive, int customers, int units, std::size_t most_states) {
  auto begun = Clock::now();
  Search search{};
  search.naive = naive;
  search.customers = customers;
  search.units = units;
  bool exhausted = search.run(most_states);
  double seconds = seconds_since(begun);
  std::printf("{\"states\": %zu, \"transitions\": %llu, \"oversold\": %s, \"unbalanced\": %s, "
              "\"exhausted\": %s, \"seconds\": %.9f}\n",
              search.seen.size(), static_cast<unsigned long long>(search.transitions),
              search.oversold ? "true" : "false", search.unbalanced ? "true" : "false",
              exhausted ? "true" : "false", seconds);
  return 0;
}

// ---- simulate ----------------------------------------------------------------------------------

struct Pace {
  double statement_s, external_s, think_s, arrivals_per_s;
  double approved;  // the share of payments that are
};

struct Event {
  double at;
  std::uint64_t number;
  int customer;  // -1: the next one arrives
  bool operator<(const Event& other) const {
    return at != other.at ? at > other.at : number > other.number;
  }
};

struct Shopper {
  int stage = 0, left = 0;     // left: statements still to pass before the stage's end
  int available = 0, allocated = 0;  // what the naive way has read
  bool is_short = false;
};

struct Shop {
  Pace pace;
  bool naive;
  int customers, total, available, allocated = 0;
  std::mt19937_64 random;
  std::priority_queue<Event> events;
  std::uint64_t count = 0;
  double now = 0;
  std::vector<Shopper> shoppers;
  bool locked = false;
  std::deque<int> queue;
  int paid = 0, declined = 0, refused = 0;

  void after(double mean_s, int customer) {
    std::exponential_distribution<double> about(1 / mean_s);
    events.push({now + about(random), ++count, customer});
  }

  // What happens, a stage after the other; each ends with a time to pass, a wait, or the end.
  enum Stage { CART = 0, CART_LOOK, CART_LEFT, CHECKOUT, CHECKOUT_LOOK, CHECKOUT_LEFT, ORDERED,
               THOUGHT, ASKED, HELD, BOOKED, PAID, SET_PAID, CHANGE, CHANGE_HELD, CHANGED };

  void statements(int me, int number, int stage) {
    shoppers[me].left = number - 1;
    shoppers[me].stage = stage;
    after(pace.statement_s, me);
  }

  void think(int me, double mean_s, int stage) {
    shoppers[me].stage = stage;
    after(mean_s, me);
  }

  void acquire(int me, int stage) {
    shoppers[me].stage = stage;
    if (locked) queue.push_back(me);
    else locked = true, go_on(me);
  }

  void release() {
    if (queue.empty()) { locked = false; return; }
    int next = queue.front();
    queue.pop_front();
    go_on(next);
  }

  void go_on(int me) {
    Shopper& my = shoppers[me];
    if (my.left) { --my.left; return after(pace.statement_s, me); }
    switch (my.stage) {
      case CART: return statements(me, 2, CART_LOOK);
      case CHECKOUT: return statements(me, 2, CHECKOUT_LOOK);
      case CART_LOOK: case CHECKOUT_LOOK:
        my.is_short = available < 1;
        return statements(me, 1, my.stage + 1);
      case CART_LEFT:
        if (my.is_short) { ++refused; return; }
        return think(me, pace.think_s, CHECKOUT);
      case CHECKOUT_LEFT:
        if (my.is_short) { ++refused; return; }
        return statements(me, 3, ORDERED);
      case ORDERED: return think(me, pace.think_s, THOUGHT);
      case THOUGHT: return statements(me, 2, ASKED);
      case ASKED:
        my.is_short = available < 1;
        my.available = available, my.allocated = allocated;
        if (naive) return statements(me, 1, HELD);
        if (my.is_short) return statements(me, 1, CART_LEFT);  // a rollback, and refused
        return acquire(me, HELD);
      case HELD:
        if (naive) {
          if (my.is_short) { ++refused; return; }
          return acquire(me, BOOKED);
        }
        my.is_short = available < 1;
        my.stage = BOOKED;
        return statements(me, my.is_short ? 1 : 2, PAID);
      case BOOKED: return statements(me, 2, PAID);
      case PAID:
        if (my.is_short) { ++refused; return release(); }
        if (naive) available = my.available - 1, allocated = my.allocated + 1;
        else --available, ++allocated;
        think(me, pace.external_s, SET_PAID);
        return release();
      case SET_PAID:
        my.is_short = std::uniform_real_distribution<>()(random) >= pace.approved;  // declined
        return my.is_short ? statements(me, 2, CHANGE) : statements(me, 5, CHANGE);
      case CHANGE: return acquire(me, CHANGE_HELD);
      case CHANGE_HELD: return statements(me, 3, CHANGED);
      case CHANGED:
        --allocated;
        if (my.is_short) ++available, ++declined; else --total, ++paid;
        return release();
    }
  }

  void run() {
    after(1 / pace.arrivals_per_s, -1);
    while (!events.empty()) {
      Event event = events.top();
      events.pop();
      now = event.at;
      if (event.customer >= 0) { go_on(event.customer); continue; }
      shoppers.emplace_back();
      int arrived = static_cast<int>(shoppers.size());
      think(arrived - 1, pace.think_s, CART);
      if (arrived < customers) after(1 / pace.arrivals_per_s, -1);
    }
  }
};

int simulate(const Pace& pace, bool naive, int customers, int units, unsigned seed) {
  auto begun = Clock::now();
  Shop shop{};
  shop.pace = pace;
  shop.naive = naive;
  shop.customers = customers;
  shop.total = shop.available = units;
  shop.random.seed(seed);
  shop.run();
  double seconds = seconds_since(begun);
  std::printf("{\"paid\": %d, \"declined\": %d, \"refused\": %d, \"seconds\": %.9f}\n", shop.paid,
              shop.declined, shop.refused, seconds);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count < 6) return 2;
  bool naive = !std::strcmp(words[2], "naive");
  int customers = std::atoi(words[3]), units = std::atoi(words[4]);
  if (!std::strcmp(words[1], "explore") && customers <= MOST_CUSTOMERS)
    return explore(naive, customers, units, std::strtoull(words[5], nullptr, 10));
  if (std::strcmp(words[1], "simulate") || count != 11) return 2;
  auto number = [&](int at) { return std::strtod(words[at], nullptr); };
  Pace pace{number(6), number(7), number(8), number(9), number(10)};
  return simulate(pace, naive, customers, units, static_cast<unsigned>(std::atoi(words[5])));
}
