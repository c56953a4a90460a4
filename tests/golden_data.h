// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/npy.h"
#include "engine/ops/op.h"
#include "tests/places.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace chainrule {

/// What PyTorch gives for an operation's samples: the folder that tests/golden/generate.py wrote.
class GoldenData {
public:
    static std::filesystem::path folder() { return places::golden("ops"); }

    /// Read once for each operation.
    static const GoldenData& of(const Op& op)
    {
        static std::map<std::string_view, GoldenData> all;
        return all.try_emplace(op.name, op).first->second;
    }

    explicit GoldenData(const Op& op) : m_op(op)
    {
        std::ifstream file(folder() / op.name / "facts.json");
        if (file)
            m_facts = nlohmann::json::parse(file);
    }

    /// "samples", "dtypes", "errors": what is said about each by its label; nullptr where nothing is.
    const nlohmann::json* find(const char* kind, std::string_view label) const
    {
        if (!m_facts.contains(kind) || !m_facts[kind].contains(label))
            return nullptr;
        return &m_facts[kind][std::string(label)];
    }
    std::vector<std::string> labels(const char* kind) const
    {
        std::vector<std::string> labels;
        if (m_facts.contains(kind))
            for (const auto& [label, facts] : m_facts[kind].items())
                labels.push_back(label);
        return labels;
    }

    /// "dx", 1: the array dx1.npy of that sample; nullopt where PyTorch has none.
    std::optional<Tensor> array(const Sample& sample, const std::string& name) const
    {
        const auto path = folder() / m_op.name / sample.label / (name + ".npy");
        if (!std::filesystem::exists(path))
            return std::nullopt;
        const auto read = readNpy(path);
        assert(read);
        return read->tensor;
    }
    std::optional<Tensor> array(const Sample& sample, const char* name, std::size_t i) const
    {
        return array(sample, name + std::to_string(i));
    }

    std::string missing(std::string_view label) const
    {
        return "no golden data for " + std::string(m_op.name) + "/" + std::string(label)
               + "; this makes it: python3 tests/golden/generate.py " + std::string(m_op.name);
    }

private:
    const Op& m_op;
    nlohmann::json m_facts;
};

}  // namespace chainrule
