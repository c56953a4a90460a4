// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/npz.h"
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
        const auto archive = NpzArchive::open(folder() / op.name / "arrays.npz");
        for (std::size_t i = 0; archive && i < archive->members().size(); ++i) {
            const auto read = archive->read(i);
            assert(read);
            m_arrays.emplace(archive->members()[i].name, read->tensor);
        }
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

    /// "float32"; nullopt where PyTorch has none.
    std::optional<Tensor> array(const Sample& sample, const std::string& name) const
    {
        const auto found = m_arrays.find(std::string(sample.label) + "/" + name);
        return found == m_arrays.end() ? std::nullopt : std::optional(found->second);
    }
    /// "dx", 1: the gradient of input 1.
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
    std::map<std::string, Tensor> m_arrays;
};

}  // namespace chainrule
