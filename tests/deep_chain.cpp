// SPDX-License-Identifier: GPL-3.0-or-later
// deep_chain LENGTH: builds a chain of so many scalar operations, differentiates it and frees it. Run with a small
// stack, it shows that the depth of a graph costs none.

#include "engine/autograd/backward.h"
#include "engine/ops/operators.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace chainrule {
namespace {

bool agrees(const char* what, const Tensor& tensor, double expected)
{
    const double actual = *tensor.data<double>();
    const bool isClose = std::abs(actual - expected) <= 1e-9 * std::abs(expected);
    std::printf("%s = %.17g, expected %.17g%s\n", what, actual, expected, isClose ? "" : ": WRONG");
    return isClose;
}

/// v ← v·y + z, `steps` times from x; and the same recurrence for its derivatives, in plain numbers.
bool isRight(int steps)
{
    const double factor = 1 + 1.0 / steps, summand = 0.5 / steps;
    double number = 2, dx = 1, dy = 0, dz = 0;
    Tape tape;
    const Value x = tape.leaf(Tensor::scalar(number, DType::Float64));
    const Value y = tape.leaf(Tensor::scalar(factor, DType::Float64));
    const Value z = tape.leaf(Tensor::scalar(summand, DType::Float64));
    Value v = x;
    for (int i = 0; i < steps; ++i) {
        v = v * y + z;
        dy = dy * factor + number;
        dx *= factor;
        dz = dz * factor + 1;
        number = number * factor + summand;
    }
    const auto result = backward(v);
    if (!result)
        return false;
    const auto gradient = [&](const Value& leaf) { return result.flow.find(leaf.place())->tensor(); };
    const bool areRight[] = {agrees("v", v.tensor(), number), agrees("x.grad", gradient(x), dx),
                             agrees("y.grad", gradient(y), dy), agrees("z.grad", gradient(z), dz)};
    return areRight[0] && areRight[1] && areRight[2] && areRight[3];
}

}  // namespace
}  // namespace chainrule

int main(int argc, char** argv)
{
    const int length = argc > 1 ? std::atoi(argv[1]) : 0;
    return length > 1 && chainrule::isRight(length / 2) ? EXIT_SUCCESS : EXIT_FAILURE;
}
