// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

class JsonValue;

/// JSON values as one flat list of tokens over the text that they were read from. Nothing about it is nested:
/// neither walking nor destroying it needs stack, however deep the text is.
class JsonTree {
public:
    /// An int that no 64 bits hold is a BigInt; its number() is the nearest double.
    enum class Kind : std::uint8_t { Null, Bool, Int, BigInt, Float, String, List, Object };

    /// Precondition: it has a token.
    JsonValue root() const;

private:
    friend class JsonBuilder;
    friend class JsonValue;

    struct Token {
        std::uint64_t bits;   // The number's; a string's offset and length in m_characters.
        std::uint32_t begin;  // In the text.
        std::uint32_t end;
        std::uint32_t next;  // The token behind this value, and behind all that it contains.
        Kind kind;
    };

    std::string_view m_text;      // Not owned: the text outlives the tree.
    std::vector<Token> m_tokens;  // A list's entries follow it; so do an object's, each a key and a value.
    std::string m_characters;     // Of all strings, decoded.
};

/// One value of a tree, valid while the tree is and nothing is added to it.
class JsonValue {
public:
    using Kind = JsonTree::Kind;

    JsonValue(const JsonTree& tree, std::uint32_t token) : m_tree(&tree), m_token(token) {}

    Kind kind() const { return token().kind; }
    bool isNull() const { return kind() == Kind::Null; }
    bool isNumber() const { return kind() == Kind::Int || kind() == Kind::BigInt || kind() == Kind::Float; }

    /// Each only of the kind in question.
    bool boolean() const { return token().bits != 0; }
    std::int64_t integer() const { return std::int64_t(token().bits); }
    double number() const
    {
        return kind() == Kind::Int ? double(integer()) : std::bit_cast<double>(token().bits);
    }
    std::string_view string() const
    {
        return std::string_view(m_tree->m_characters).substr(token().bits >> 32, std::uint32_t(token().bits));
    }

    /// As it was written.
    std::string_view text() const
    {
        return m_tree->m_text.substr(token().begin, token().end - token().begin);
    }

    /// Calls `f(JsonValue)` for every entry of a list.
    template <typename F>
    void forEachEntry(F&& f) const
    {
        for (std::uint32_t i = m_token + 1; i < token().next; i = m_tree->m_tokens[i].next)
            f(JsonValue(*m_tree, i));
    }
    /// Calls `f(std::string_view key, JsonValue)` for every field of an object, in the order of the text.
    template <typename F>
    void forEachField(F&& f) const
    {
        for (std::uint32_t i = m_token + 1; i < token().next; i = m_tree->m_tokens[i + 1].next)
            f(JsonValue(*m_tree, i).string(), JsonValue(*m_tree, i + 1));
    }

private:
    const JsonTree::Token& token() const { return m_tree->m_tokens[m_token]; }

    const JsonTree* m_tree;
    std::uint32_t m_token;
};

inline JsonValue JsonTree::root() const { return {*this, 0}; }

/// Takes a large object apart while it is read, so that it never is in memory as a tree.
class JsonReceiver {
public:
    virtual ~JsonReceiver() = default;

    /// An entry of a field that is a list, once for each. The tree is the receiver's to keep.
    virtual void takeEntry(const std::string& field, JsonTree& tree) = 0;
    /// A whole field. Of a list, whose entries were given before, the tree has the text alone.
    virtual void takeField(const std::string& field, JsonTree& tree) = 0;
};

/// Reads one JSON value as RFC 8259 has it: strictly, in UTF-8, nothing behind it, no key twice in an object,
/// nested 100 deep at most, no number beyond a double. A byte order mark is passed over.
/// @returns Error::Kind::Document with the place: "line 3, column 7: unexpected ']'; expected …".
Result<JsonTree> jsonTree(std::string_view text);

/// Likewise for an object, whose fields go to `receiver`. After an error it may have been given some.
Failure readJson(std::string_view text, JsonReceiver& receiver);

}  // namespace chainrule
