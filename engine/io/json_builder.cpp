// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/json_tree.h"

#include "engine/base/limits.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

namespace chainrule {
namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view tooLarge = "the number is too large";

/// The keys of an object that is being read. Objects are small, so they are compared one by one until they
/// are many.
class Keys {
public:
    void clear()
    {
        m_count = 0;
        m_many.clear();
    }
    /// Whether it was not there yet.
    bool add(const std::string& key)
    {
        if (!m_many.empty())
            return m_many.insert(key).second;
        if (std::find(m_few.begin(), usedEnd(), key) != usedEnd())
            return false;
        if (m_count == m_few.size())
            m_few.emplace_back();
        m_few[m_count++] = key;
        if (m_count == 32)
            m_many.insert(m_few.begin(), m_few.end());
        return true;
    }

private:
    std::vector<std::string>::iterator usedEnd() { return m_few.begin() + std::ptrdiff_t(m_count); }

    std::vector<std::string> m_few;  // Strings behind m_count are kept for their memory.
    std::size_t m_count = 0;
    std::unordered_set<std::string> m_many;
};

/// What went wrong at the byte `offset` of `text`; columns count characters.
Error errorAt(std::string_view text, std::size_t offset, std::string_view what)
{
    const std::string_view before = text.substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::string_view lineBefore = before.substr(before.rfind('\n') + 1);
    const auto column = std::ranges::count_if(lineBefore, [](char c) { return (c & 0xC0) != 0x80; }) + 1;
    return {Error::Kind::Document,
            "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + std::string(what)};
}

/// The part of nlohmann-json's message that says what is wrong: no name of an exception, no place, none of
/// the text itself, which need not be printable.
std::string complaint(std::string_view message)
{
    if (const auto start = message.find("number overflow"); start != message.npos)
        return std::string(tooLarge);
    if (const auto start = message.find(" - "); start != message.npos)
        message.remove_prefix(start + 3);
    return std::string(message.substr(0, message.find("; last read: '")));
}

}  // namespace

/// Makes the tree from nlohmann-json's events. Those carry no places, which are found again in the text:
/// between two tokens stands nothing but blanks, commas and colons.
class JsonBuilder {
public:
    JsonBuilder(std::string_view text, JsonReceiver* receiver) : m_text(text), m_receiver(receiver)
    {
        m_tree.m_text = text;
    }

    Failure build()
    {
        if (m_text.size() > limits::jsonBytes)
            return Error{Error::Kind::Document, "it has " + std::to_string(m_text.size()) + " bytes, and no more than "
                                                    + std::to_string(limits::jsonBytes) + " are read"};
        // nlohmann-json takes a NUL for the end of the text.
        if (const auto nul = m_text.find('\0'); nul != m_text.npos)
            return errorAt(m_text, nul, "a NUL byte");
        if (m_text.starts_with(byteOrderMark))
            m_end = m_start = byteOrderMark.size();
        nlohmann::json::sax_parse(m_text.data() + m_start, m_text.data() + m_text.size(), this);
        return std::move(m_error);
    }
    JsonTree takeTree() { return std::move(m_tree); }

    // What nlohmann-json calls; false stops it.
    bool null() { return add(JsonTree::Kind::Null, 0, 4); }
    bool boolean(bool value) { return add(JsonTree::Kind::Bool, value, value ? 4 : 5); }
    bool number_integer(std::int64_t value) { return addNumber(JsonTree::Kind::Int, std::uint64_t(value)); }
    bool number_unsigned(std::uint64_t value)
    {
        if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
            return addNumber(JsonTree::Kind::BigInt, std::bit_cast<std::uint64_t>(double(value)));
        return addNumber(JsonTree::Kind::Int, value);
    }
    bool number_float(double value, const std::string& written)
    {
        const bool isInt = written.find_first_of(".eE") == written.npos;
        return addNumber(isInt ? JsonTree::Kind::BigInt : JsonTree::Kind::Float,
                         std::bit_cast<std::uint64_t>(value));
    }
    bool string(const std::string& value) { return addString(value) && afterValue(); }
    bool binary(const nlohmann::json::binary_t&) { return false; }
    bool key(const std::string& key)
    {
        if (!m_keys[m_open.size() - 1].add(key)) {
            m_error = errorAt(m_text, tokenBegin(), "a key that the object already has");
            return false;
        }
        if (m_receiver && m_open.size() == 1) {
            m_end = stringEnd(tokenBegin());
            m_field = key;
            return true;
        }
        return addString(key);
    }
    bool start_object(std::size_t) { return open(JsonTree::Kind::Object); }
    bool start_array(std::size_t) { return open(JsonTree::Kind::List); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error)
    {
        const std::string what = complaint(error.what());
        std::size_t offset = std::min(m_start + std::max<std::size_t>(position, 1) - 1, m_text.size());
        // The place is that of the last byte read: of a whole string or number, name the first.
        const bool isWhole = what.starts_with("unexpected ") || what == tooLarge;
        if (isWhole && offset < m_text.size()
            && std::string_view("{}[],:").find(m_text[offset]) == std::string_view::npos)
            offset = std::min(offset, tokenBegin());
        m_error = errorAt(m_text, offset, what);
        return false;
    }

private:
    static bool isBetween(char c)
    {
        return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\t' || c == '\r';
    }
    std::size_t tokenBegin() const
    {
        std::size_t begin = m_end;
        while (begin < m_text.size() && isBetween(m_text[begin]))
            ++begin;
        return begin;
    }
    std::size_t stringEnd(std::size_t begin) const
    {
        std::size_t end = begin + 1;
        while (m_text[end] != '"')
            end += m_text[end] == '\\' ? 2 : 1;
        return end + 1;
    }

    void append(JsonTree::Kind kind, std::uint64_t bits, std::size_t begin, std::size_t end)
    {
        m_tree.m_tokens.push_back({bits, std::uint32_t(begin), std::uint32_t(end),
                                   std::uint32_t(m_tree.m_tokens.size() + 1), kind});
        m_end = end;
    }
    bool add(JsonTree::Kind kind, std::uint64_t bits, std::size_t length)
    {
        const std::size_t begin = tokenBegin();
        append(kind, bits, begin, begin + length);
        return afterValue();
    }
    bool addNumber(JsonTree::Kind kind, std::uint64_t bits)
    {
        const std::size_t begin = tokenBegin();
        return add(kind, bits, m_text.find_first_not_of("+-.0123456789eE", begin) - begin);
    }
    bool addString(const std::string& value)
    {
        const std::size_t begin = tokenBegin();
        append(JsonTree::Kind::String, std::uint64_t(m_tree.m_characters.size()) << 32 | value.size(), begin,
               stringEnd(begin));
        m_tree.m_characters += value;
        return true;
    }

    bool open(JsonTree::Kind kind)
    {
        const std::size_t begin = tokenBegin();
        if (m_open.size() == limits::jsonDepth) {
            m_error = errorAt(m_text, begin, "nested more than " + std::to_string(limits::jsonDepth) + " deep");
            return false;
        }
        if (m_receiver && m_open.empty() && kind != JsonTree::Kind::Object)
            return refuseRoot(begin);
        m_open.push_back(std::uint32_t(m_tree.m_tokens.size()));
        if (m_keys.size() < m_open.size())
            m_keys.emplace_back();
        m_keys[m_open.size() - 1].clear();
        append(kind, 0, begin, begin + 1);
        // The outermost object is never a tree, nor is a list whose entries are given one by one.
        if (m_receiver && m_open.size() == 1)
            m_tree.m_tokens.clear();
        m_isSplit = m_receiver && m_open.size() == 2 ? kind == JsonTree::Kind::List : m_isSplit;
        if (m_isSplit && m_open.size() == 2) {
            m_list = m_tree.m_tokens.front();
            m_tree.m_tokens.clear();
        }
        return true;
    }
    bool close()
    {
        const std::size_t end = tokenBegin() + 1;
        m_end = end;
        const std::uint32_t opened = m_open.back();
        m_open.pop_back();
        if (m_receiver && m_open.empty())
            return true;
        if (m_isSplit && m_open.size() == 1) {
            m_tree.m_tokens.push_back(m_list);
            m_isSplit = false;
        }
        JsonTree::Token& token = m_tree.m_tokens[opened];
        token.end = std::uint32_t(end);
        token.next = std::uint32_t(m_tree.m_tokens.size());
        return afterValue();
    }

    /// Hands over what is complete.
    bool afterValue()
    {
        if (!m_receiver)
            return true;
        if (m_open.empty())
            return refuseRoot(m_tree.m_tokens.front().begin);
        const bool isEntry = m_isSplit && m_open.size() == 2;
        if (!isEntry && m_open.size() != 1)
            return true;
        if (isEntry)
            m_receiver->takeEntry(m_field, m_tree);
        else
            m_receiver->takeField(m_field, m_tree);
        m_tree.m_text = m_text;
        m_tree.m_tokens.clear();
        m_tree.m_characters.clear();
        return true;
    }
    bool refuseRoot(std::size_t begin)
    {
        m_error = errorAt(m_text, begin, "the outermost value must be an object");
        return false;
    }

    const std::string_view m_text;
    JsonReceiver* const m_receiver;  // Not owned; may be absent.
    JsonTree m_tree;
    Failure m_error;
    std::size_t m_start = 0;            // Where the JSON begins.
    std::size_t m_end = 0;              // Behind the last token.
    std::vector<std::uint32_t> m_open;  // The lists and objects that have not ended.
    std::vector<Keys> m_keys;           // Of each of them; those of ended ones are kept for their memory.
    std::string m_field;                // Of the outermost object.
    bool m_isSplit = false;             // Inside a list that goes entry by entry.
    JsonTree::Token m_list = {};        // That list.
};

Result<JsonTree> jsonTree(std::string_view text)
{
    JsonBuilder builder(text, nullptr);
    if (auto error = builder.build())
        return std::move(*error);
    return builder.takeTree();
}

Failure readJson(std::string_view text, JsonReceiver& receiver)
{
    return JsonBuilder(text, &receiver).build();
}

}  // namespace chainrule
