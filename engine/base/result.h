// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace chainrule {

/// Why something the user asked for could not be done. Where PyTorch or NumPy raise the same error,
/// `kind` is their exception's class and `message` their wording, so that it can be searched for.
struct Error {
    enum class Kind { RuntimeError, NotImplementedError, LinAlgError, TypeError, ValueError, IndexError,
                      KeyError, OverflowError, EOFError, SyntaxError, NameError, AttributeError, AssertionError,
                      MemoryError, NotEvaluated,
                      Document, File, Cancelled };

    Kind kind;
    std::string message;
    std::string node = {};  ///< NotEvaluated: the node that failed.
    std::optional<std::size_t> offset = {};  ///< In a literal: the byte where it went wrong.

    bool operator==(const Error&) const = default;
};

/// The class name as Python prints it: "RuntimeError".
std::string_view name(Error::Kind kind);

/// Either a value or the Error that prevented it. Test it, then use it; there is no exception path.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return m_state.index() == 0; }

    const T& operator*() const& { assert(*this); return *std::get_if<0>(&m_state); }
    T& operator*() & { assert(*this); return *std::get_if<0>(&m_state); }
    T&& operator*() && { assert(*this); return std::move(*std::get_if<0>(&m_state)); }
    const T* operator->() const { assert(*this); return std::get_if<0>(&m_state); }
    T* operator->() { assert(*this); return std::get_if<0>(&m_state); }
    const Error& error() const { assert(!*this); return *std::get_if<1>(&m_state); }

private:
    std::variant<T, Error> m_state;
};

/// For what returns nothing but can fail: empty is success.
using Failure = std::optional<Error>;

inline Error runtimeError(std::string message) { return {Error::Kind::RuntimeError, std::move(message)}; }
inline Error typeError(std::string message) { return {Error::Kind::TypeError, std::move(message)}; }
inline Error valueError(std::string message) { return {Error::Kind::ValueError, std::move(message)}; }
inline Error indexError(std::string message) { return {Error::Kind::IndexError, std::move(message)}; }
inline Error cancelled() { return {Error::Kind::Cancelled, "Cancelled."}; }
/// What PyTorch raises where there is not enough memory.
inline Error outOfMemory() { return runtimeError("DefaultCPUAllocator: can't allocate memory"); }
inline Error fileError(std::string message) { return {Error::Kind::File, std::move(message)}; }
inline Error notImplemented(std::string message)
{
    return {Error::Kind::NotImplementedError, std::move(message)};
}

}  // namespace chainrule
