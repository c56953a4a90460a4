// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/codegen/python_names.h"

#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// One node as Python.
struct NodeCode {
    enum class Kind {
        Plain,    ///< It is computed.
        Attempt,  ///< It failed in Chainrule, and Python is to show its own error.
        Absent,   ///< Nothing can be computed: it is a comment.
    };

    Kind kind = Kind::Plain;
    std::string expression;
    std::string before = {};  ///< A statement that goes before it.
    std::string remark = {};  ///< A comment behind it, for Absent why it is one. One line.
};

/// Whether a script calls retain_grad() for the output: its node asks for it and it is no leaf. A muted node gives
/// another one's tensor, which keeps no gradient on its behalf.
bool retains(const Evaluation& evaluation, OutputId output);

/// Writes the nodes of an evaluated graph as expressions, each from its operation's record.
class TorchCalls {
public:
    /// `swappedFiles`: those whose numbers have the other byte order, which from_numpy refuses.
    TorchCalls(const Evaluation& evaluation, PythonNames& names, std::span<const std::string> swappedFiles)
        : m_evaluation(evaluation), m_names(names), m_swappedFiles(swappedFiles)
    {
    }

    NodeCode code(NodeId node) const;
    /// How the script reaches an output as a tensor: `x`, `m.values`, `s[0]`, `torch.from_numpy(z)`.
    std::string reference(OutputId output) const;
    /// Likewise of an output that need not exist.
    std::string reference(const Source& source) const;
    /// `np.load("data/w.npy")`, `np.load("data/all.npz")["w"]`.
    std::string loaded(const std::string& file) const;

private:
    struct Arguments;

    std::string spelled(const Op& op, const Node& node) const;
    Arguments arguments(const Op& op, const Node& node) const;
    std::string fromFile(const Op& op, const std::string& file, const Arguments& arguments) const;
    std::string call(const Op& op, const Node& node, const Arguments& arguments) const;
    bool fitsOperator(const Op& op, const Node& node, const Arguments& arguments) const;
    const Tensor* tensorAt(const Input& input) const;
    std::string text(const Input& input) const;
    std::string reached(const Op* op, const Node& node, std::size_t outputs, std::uint32_t index) const;

    const Evaluation& m_evaluation;
    PythonNames& m_names;
    std::span<const std::string> m_swappedFiles;
};

}  // namespace chainrule
