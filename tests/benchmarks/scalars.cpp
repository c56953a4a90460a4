// SPDX-License-Identifier: GPL-3.0-or-later
// bench_scalars [INDICES]: Chainrule's side of tests/benchmarks/README.md, a JSON object on each line; with a file of
// indices the graph of a million nodes, else the other cases. PyTorch's side is scalars.py, case by case the same.

#include "engine/autograd/backward.h"
#include "engine/ops/operators.h"
#include "tests/benchmarks/stopwatch.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include <sys/resource.h>

namespace chainrule {
namespace {

double highestResidentBytes()
{
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024.0 * double(usage.ru_maxrss);
}

void print(const char* name, double value)
{
    std::printf("{\"case\": \"%s\", \"value\": %.17g}\n", name, value);
    std::fflush(stdout);
}

Tensor scalar(double value)
{
    return Tensor::scalar(value, DType::Float32);
}

float number(const Value& value)
{
    return *value.tensor().data<float>();
}

/// A tensor with a `.grad`, as PyTorch's leaves are; each tape has it as a leaf anew.
struct Leaf {
    Tensor tensor;
    std::optional<Value> grad = {};

    void accumulate(const Backpropagation& result, const Value& value)
    {
        if (const Value* const arrived = result.flow.find(value.place()))
            grad = grad ? *grad + *arrived : *arrived;
    }
};

class Seed {
public:
    void forwardAndBackward()
    {
        Tape tape;
        const Value x = tape.leaf(m_x.tensor), y = tape.leaf(m_y.tensor), z = tape.leaf(m_z.tensor);
        const auto a = x * y + z;
        const auto result = backward(a);
        m_x.accumulate(result, x);
        m_y.accumulate(result, y);
        m_z.accumulate(result, z);
    }
    void forward() const
    {
        Tape tape;
        const Value x = tape.leaf(m_x.tensor), y = tape.leaf(m_y.tensor), z = tape.leaf(m_z.tensor);
        const auto a = x * y + z;
    }
    void withoutGrad() const
    {
        const Value x = m_x.tensor, y = m_y.tensor, z = m_z.tensor;
        const auto a = x * y + z;
    }

private:
    Leaf m_x{scalar(2)}, m_y{scalar(3)}, m_z{scalar(4)};
};

class Chain {
public:
    explicit Chain(int length) : m_length(length) {}

    void operator()()
    {
        Tape tape;
        const Value x = tape.leaf(m_x.tensor), y = tape.leaf(m_y.tensor), z = tape.leaf(m_z.tensor);
        Value v = x;
        for (int i = 0; i < m_length / 2; ++i) {
            v = v * y;
            v = v + z;
        }
        const auto result = backward(v);
        m_x.accumulate(result, x);
        m_y.accumulate(result, y);
        m_z.accumulate(result, z);
    }

private:
    int m_length;
    Leaf m_x{scalar(2)}, m_y{scalar(1.0000001)}, m_z{scalar(1e-7)};
};

using Indices = std::vector<std::int32_t>;

Indices readIndices(const char* file)
{
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    Indices indices(std::size_t(stream.tellg()) / sizeof(std::int32_t));
    stream.seekg(0);
    stream.read(reinterpret_cast<char*>(indices.data()), std::streamsize(indices.size() * sizeof(std::int32_t)));
    return indices;
}

std::vector<Value> dag(Tape& tape, std::span<const std::int32_t> indices)
{
    std::vector<Value> v;
    v.reserve(indices.size());
    v.push_back(tape.leaf(scalar(0.5)));
    for (std::size_t i = 1; i < indices.size(); ++i) {
        const Value& p = v[i - 1];
        if (i % 3 == 0)
            v.push_back(tanh(p));
        else if (i % 3 == 1)
            v.push_back(p * v[std::size_t(indices[i])]);
        else
            v.push_back(p + v[std::size_t(indices[i])]);
    }
    return v;
}

/// The gradient of a deep graph is 0; what is compared is that of its beginning.
float gradientOfStart(const Indices& indices)
{
    Tape tape;
    const auto v = dag(tape, std::span(indices).first(30));
    return number(*backward(v.back()).flow.find(v.front().place()));
}

/// Once and cold: a program that differentiates a graph of a million nodes does so once.
void measureDag(const Indices& indices)
{
    print("a.dag 30 gradient", gradientOfStart(indices));
    const double bytes = highestResidentBytes();
    const double begin = processorSeconds();
    auto tape = std::make_unique<Tape>();
    auto v = dag(*tape, indices);
    const double built = processorSeconds();
    auto result = backward(v.back());
    const double differentiated = processorSeconds();
    const float value = number(v.back());
    const double freeing = processorSeconds();
    result = {};
    v = {};
    tape.reset();
    const double freed = processorSeconds();
    print("a.dag fwd", built - begin);
    print("a.dag bwd", differentiated - built);
    print("a.dag free", freed - freeing);
    print("a.dag bytes", highestResidentBytes() - bytes);
    print("a.dag value", value);
}

void measureTimes()
{
    Seed seed;
    print("a.seed", secondsPerCall([&] { seed.forwardAndBackward(); }));
    print("seed_fwd", secondsPerCall([&] { seed.forward(); }));
    print("seed_nograd", secondsPerCall([&] { seed.withoutGrad(); }));
    print("a.chain 1000", secondsPerCall(Chain(1000)) / 1000);
    print("a.chain 100000", secondsPerCall(Chain(100000)) / 100000);
}

}  // namespace
}  // namespace chainrule

int main(int argc, char** argv)
{
    if (argc > 1)
        chainrule::measureDag(chainrule::readIndices(argv[1]));
    else
        chainrule::measureTimes();
}
