// SPDX-License-Identifier: GPL-3.0-or-later
// bench_events [ROUNDS]: what it costs to record the events of a backward pass, see tests/benchmarks/README.md.
#include "engine/autograd/backward.h"
#include "engine/base/heap.h"
#include "engine/ops/operators.h"
#include "tests/benchmarks/stopwatch.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace chainrule {
namespace {

/// Of the shape, each element what `next` gives.
template <typename T, typename Next>
Tensor filled(const Shape& shape, Next&& next)
{
    Tensor tensor = Tensor::uninitialized(shape, dtypeOf<T>());
    std::generate_n(tensor.writable<T>(), tensor.size(), next);
    return tensor;
}

/// A graph that is recorded once, and whose backward pass can be run again and again.
class Graph {
public:
    virtual ~Graph() = default;

    void differentiate(std::vector<BackwardEvent>* events) const
    {
        const Root root{*m_root};
        BackwardOptions options;
        options.retainGraph = true;
        options.events = events;
        if (!backward({&root, 1}, options))
            std::abort();
    }

protected:
    Tape m_tape;
    std::optional<Value> m_root;
};

/// 784-512-256-10 with ReLU and the mean cross-entropy of a batch of 128.
class Network : public Graph {
public:
    Network()
    {
        std::mt19937 random(1);
        const auto uniform = [&](const Shape& shape, float low, float high) {
            return filled<float>(shape, [&] { return std::uniform_real_distribution(low, high)(random); });
        };
        constexpr std::int64_t sizes[] = {784, 512, 256, 10};
        Value x = uniform({128, sizes[0]}, 0, 1);
        for (int i = 0; i < 3; ++i) {
            const float bound = 1 / std::sqrt(float(sizes[i]));
            const Value weight = m_tape.leaf(uniform({sizes[i + 1], sizes[i]}, -bound, bound));
            const Value bias = m_tape.leaf(uniform({sizes[i + 1]}, -bound, bound));
            x = applied(operation("linear"), {x, weight, bias});
            x = i < 2 ? relu(x) : x;
        }
        const Value labels = filled<std::int64_t>({128}, [&] { return std::int64_t(random() % 10); });
        m_root = applied(operation("cross_entropy"), {x, labels});
    }
};

/// A chain of so many products and sums of numbers, where there is next to nothing to compute.
class Chain : public Graph {
public:
    explicit Chain(int length)
    {
        const auto number = [&](double value) { return m_tape.leaf(Tensor::scalar(value, DType::Float32)); };
        const Value y = number(1.0000001), z = number(1e-7);
        Value v = number(2);
        for (int i = 0; i < length / 2; ++i) {
            v = v * y;
            v = v + z;
        }
        m_root = v;
    }
};

void measure(const char* name, const Graph& graph, int rounds)
{
    for (int round = 0; round < rounds; ++round) {
        std::vector<BackwardEvent> events;
        const double without = secondsPerCall([&] { graph.differentiate(nullptr); });
        const double with = secondsPerCall([&] {
            events.clear();
            graph.differentiate(&events);
        });
        std::printf("%-12s %6zu events   without %8.1f us   with %8.1f us   ratio %.3f\n", name, events.size(),
                    without * 1e6, with * 1e6, with / without);
    }
}

}  // namespace
}  // namespace chainrule

int main(int argc, char** argv)
{
    chainrule::keepFreeMemory();
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 3;
    chainrule::measure("mlp", chainrule::Network(), rounds);
    chainrule::measure("chain 1000", chainrule::Chain(1000), rounds);
}
