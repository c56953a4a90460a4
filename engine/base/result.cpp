// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/result.h"

namespace chainrule {

std::string_view name(Error::Kind kind)
{
    switch (kind) {
    case Error::Kind::RuntimeError: return "RuntimeError";
    case Error::Kind::NotImplementedError: return "NotImplementedError";
    case Error::Kind::LinAlgError: return "LinAlgError";
    case Error::Kind::TypeError: return "TypeError";
    case Error::Kind::ValueError: return "ValueError";
    case Error::Kind::IndexError: return "IndexError";
    case Error::Kind::KeyError: return "KeyError";
    case Error::Kind::OverflowError: return "OverflowError";
    case Error::Kind::EOFError: return "EOFError";
    case Error::Kind::SyntaxError: return "SyntaxError";
    case Error::Kind::NameError: return "NameError";
    case Error::Kind::AttributeError: return "AttributeError";
    case Error::Kind::AssertionError: return "AssertionError";
    case Error::Kind::MemoryError: return "MemoryError";
    case Error::Kind::NotEvaluated: return "NotEvaluated";
    case Error::Kind::Document: return "DocumentError";
    case Error::Kind::File: return "FileError";
    case Error::Kind::Cancelled: return "Cancelled";
    }
    return "Error";
}

}  // namespace chainrule
