// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/ops/attribute.h"
#include "engine/ops/value.h"

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// How the gradient rules and a difference quotient agree about one entry of a Jacobian, from best to worst.
enum class Verdict {
    Agrees,
    /// They differ by less than rounding alone may have brought about: the function's values are too large.
    Unresolved,
    /// The slopes to the two sides differ, and the gradient is one of them or between them.
    Kink,
    /// The function is infinite or undefined there or next to it: there is nothing to compare with.
    Singular,
    Mismatch
};
inline constexpr std::size_t verdictCount = 5;
/// "agrees", "unresolved", "kink", "singular", "mismatch".
std::string_view name(Verdict verdict);

/// d(one element of an output) / d(one element of a leaf). Elements are counted in row-major order.
struct JacobianEntry {
    std::size_t output = 0;
    std::int64_t outputElement = 0;
    std::int64_t leafElement = 0;
    double analytical = 0;  ///< By the gradient rules.
    double numerical = 0;   ///< By the central difference.
    double below = 0;       ///< By the differences to one side.
    double above = 0;
    Verdict verdict = Verdict::Agrees;

    /// Of the analytical and the numerical gradient, to the larger of them.
    double relativeError() const;
};

/// What was found out about one leaf.
struct LeafCheck {
    std::int64_t size = 0;     ///< Its elements,
    std::int64_t checked = 0;  ///< of which so many were tried.
    /// How many of these had that verdict as their worst.
    std::array<std::int64_t, verdictCount> elements = {};
    /// Of each element that was tried, ascending, the entry of the worst verdict that uses most of the tolerance;
    std::vector<JacobianEntry> entries = {};
    /// and of these the worst; absent where nothing was tried.
    std::optional<JacobianEntry> worst = {};
    /// What else PyTorch's gradcheck refuses, in its words.
    std::vector<std::string> faults = {};

    std::int64_t count(Verdict verdict) const { return elements[std::size_t(verdict)]; }
    Verdict verdict() const { return worst ? worst->verdict : Verdict::Agrees; }
    /// A kink passes: there the gradient is a matter of convention.
    bool passes() const { return faults.empty() && verdict() <= Verdict::Kink; }
};

/// The defaults are PyTorch's; the limits are ours.
struct GradcheckOptions {
    double step = 1e-6;
    double absolute = 1e-5;
    double relative = 1e-3;
    /// Of a leaf or of all outputs together that have more elements, so many are tried, spread evenly.
    std::int64_t leafElements = 1000;
    std::int64_t outputElements = 100;
    /// Told how many evaluations are done.
    std::function<void(std::size_t done, std::size_t total)> progress = {};
    std::stop_token stop = {};
};

struct Gradcheck {
    std::vector<LeafCheck> leaves = {};
    std::int64_t outputSize = 0;  ///< Elements of all outputs together,
    std::int64_t checked = 0;     ///< of which so many were differentiated.

    bool passes() const;
};

/// What is differentiated: the outputs at these leaves, recorded where the leaves have places. After the first
/// call, with `moved`, only that leaf is not as it was in the first call, and nothing need be recorded.
using DifferentiableFunction =
    std::function<Result<Values>(std::span<const Value> leaves, std::optional<std::size_t> moved)>;

/// The attributes with float64 for every floating dtype: a function that rounds to less has no derivative.
Attributes inFloat64(Attributes attributes);
/// As perform(), for a function to be checked: its floating results are float64, and a conversion that has nothing to
/// convert in float64 is recorded nonetheless, so that its rule is asked. `attributes` are inFloat64() and outlive the tape.
Result<Values> performInFloat64(const Op& op, std::span<const Value> inputs, const Attributes& attributes);

/// Compares the rules with central differences, as `torch.autograd.gradcheck` does: every entry of the
/// Jacobian; whether two backward passes give the same bits, whether no gradient gives none, and whether
/// outputs without a gradient count as ones with zeros. The leaves are float64.
/// @returns what the function refuses at the leaves themselves, or Cancelled after a stop.
Result<Gradcheck> gradcheck(const DifferentiableFunction& function, std::span<const Tensor> leaves,
                            const GradcheckOptions& options = {});

}  // namespace chainrule
