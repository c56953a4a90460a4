// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/literal.h"

#include "engine/io/python_literal.h"
#include "engine/tensor/printing.h"
#include "tests/fuzz/target.h"

using namespace chainrule;

/// The text between the brackets of torch.tensor( ), of np.array( ), and of a .npy file's header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = textOf(data, size);
    const auto tensor = tensorLiteral(text);
    demand(tensor || !tensor.error().message.empty(), "an error says what is wrong");
    if (tensor) {
        demand(!literalFailure(text), "what is a tensor is a literal");
        demand(!repr(*tensor).empty(), "what is a tensor can be shown");
    } else if (tensor.error().offset) {
        demand(*tensor.error().offset <= size, "an error lies in the text");
    }
    for (const DType dtype : {DType::Bool, DType::Int8, DType::Int64, DType::Float16, DType::Float64})
        (void)tensorLiteral(text, dtype, isFloating(dtype));
    (void)arrayLiteral(text);
    (void)numberLiteral(text);
    for (const Python version : {Python::Two, Python::Three}) {
        const auto literal = parsePythonLiteral(text, version);
        demand(!literal || !literal->repr.empty(), "a literal can be shown");
    }
    return 0;
}
