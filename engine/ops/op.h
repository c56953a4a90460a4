// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/ops/attribute.h"
#include "engine/ops/gradient_picture.h"
#include "engine/ops/value.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace chainrule {

class GradFnTrace;
struct Op;
struct PythonCall;
struct TracedTensor;

/// One use of an operation, as its functions see it: `infer` types, `forward` tensors, `vjp` values.
/// There is one input for each tensor parameter, None where an optional one is left out; the one list
/// takes the rest.
template <typename T>
struct Call {
    std::span<const T> inputs;
    const Attributes& attributes;  ///< Complete: defaults are filled in.

    const T& x(std::size_t i = 0) const { return inputs[i]; }
    bool has(std::size_t i) const { return i < inputs.size() && !isNone(inputs[i]); }

    template <typename A>
    const A& attribute(std::string_view name) const
    {
        return *std::get_if<A>(&attributes.find(name)->second);
    }
    bool isNone(std::string_view name) const
    {
        return std::holds_alternative<None>(attributes.find(name)->second);
    }

private:
    static bool isNone(const TensorType& type) { return type.isNone; }
    static bool isNone(const Tensor& tensor) { return tensor.isNone(); }
    static bool isNone(const Value& value) { return value.tensor().isNone(); }
};

/// What a gradient rule sees: the call, its outputs `y`, and `dy`, the gradient of the root w.r.t.
/// each of them (zeros where none arrived; None for outputs that are not floating).
struct VjpCall : Call<Value> {
    std::span<const Value> ys;
    std::span<const Value> dys;
    std::span<const bool> needed;

    const Value& y() const { return ys.front(); }
    const Value& dy() const { return dys.front(); }
    /// Whether anyone waits for the gradient of input i; an expensive rule asks (matmul, conv2d).
    bool needs(std::size_t i) const { return needed[i]; }
};

/// One entry per input; nullopt where the op is not differentiable in that input, or nobody needs it.
/// A rule may answer in the *broadcast* shape and the *promoted* dtype: the walk brings each entry
/// back to its input's.
using Gradients = InlineVector<std::optional<Value>, 3>;

/// One parameter, tensor or attribute, as `ops --json` prints it.
struct Parameter {
    enum class Kind { Tensor, TensorList, Number, NumberOrString, Int, Ints, IntsOrNones, IntLists,
                      IntOrInts, IntsOrString, Float, Floats, Bool, String, DType };

    std::string_view name;
    Kind kind;
    std::string_view help;
    std::optional<Attribute> fallback = {};      ///< Absent: it must be given.
    bool acceptsNone = false;                    ///< "tensor?", "int[]?", ...
    std::optional<Attribute> forNone = {};       ///< What None stands for, where rules need not know that it was given.
    bool acceptsNumber = false;                  ///< For tensors: PyTorch takes a Python number there too.
    std::vector<std::string_view> choices = {};  ///< For strings.
    bool differentiable = true;                  ///< For tensors: whether `vjp` has an answer for it.
    /// For a string that is Python text: the function between whose brackets it stands, "np.array".
    std::string_view literalOf = {};

    bool isTensor() const { return kind == Kind::Tensor || kind == Kind::TensorList; }
    bool operator==(const Parameter&) const = default;
};

/// "int[]?", the kind as `ops --json` prints it.
std::string kindText(const Parameter& parameter);

/// One call for the generated tests: inputs as `Call` has them, floating ones in float64 (the tests cast
/// them to the other dtypes), and the attributes that are not left out.
struct Sample {
    std::string_view label;
    std::vector<Tensor> inputs;
    Attributes attributes = {};
};

enum class Category { Source, Arithmetic, Pointwise, Comparison, LinearAlgebra, Activation, Reduction,
                      Shaping, Indexing, Loss, Autograd, Internal };
/// "Linear algebra".
std::string_view name(Category category);

/// The name that PyTorch prints in `grad_fn=<…>`. It may depend on shapes and on what was a number; then
/// `of` decides, else `name` holds.
struct GradFn {
    std::string_view name;
    std::string_view (*of)(const Call<Value>& call, const Tensor& output) = nullptr;
};

/// A tensor that PyTorch keeps for the backward pass, by PyTorch's name for it, and which gradients need
/// it: it is saved exactly if one of those inputs requires grad.
struct Saved {
    std::string_view name;
    unsigned forInputs = ~0u;  ///< One bit for each input.
};

/// A call as Python text, for an op that writes it in its own way.
struct Spelling {
    const Op& op;
    std::span<const std::string> arguments;  ///< One for each parameter, "None" included; tensors are names.
    std::span<const bool> isGiven;           ///< Whether it is there and not the default.
    std::string_view torch;                  ///< The name under which the script has imported it.

    /// The argument for a parameter, which there is.
    const std::string& operator[](std::string_view parameter) const;
};

/// What a call of an operation can change of a tensor that another one refuses.
enum class Repair { Nothing, Sizes, Numbers, Graph };
struct Repairs {
    Repair of = Repair::Nothing;
    /// The attributes that are worth a try for such an input, the likeliest first.
    std::vector<Attributes> (*with)(const TensorType& input) = nullptr;
};

/// Everything Chainrule knows about one operation. Palette, help pages, file format, inspector,
/// PyTorch export, command line and tests all read this record; none of them lists operations itself.
/// A field without a default is mandatory: leaving it out fails the build
/// (-Werror=missing-field-initializers).
struct Op {
    std::string_view name;                  ///< PyTorch's; also the name written to files.
    Category category;                         ///< Internal: a part of rules, not in the palette.
    std::string_view summary;               ///< One sentence for the palette tooltip.
    std::vector<Parameter> parameters;      ///< In PyTorch's signature order.
    std::vector<std::string_view> outputs = {"output"};
    bool variadicOutputs = false;           ///< As many outputs as `infer` says.
    bool shapeFromValues = false;           ///< Only `forward` knows the shapes (masked_select).
    std::string_view formula;               ///< Plain text, shown to the learner: "y = ...".
    std::string_view gradient;              ///< Plain text, shown to the learner: "dx = ...".
    /// One for each tensor parameter, a list's for all of its items; none where the op is not differentiable.
    std::vector<GradientPicture> pictures;
    std::string_view torch;                 ///< Where PyTorch has it: "torch.tanh".
    /// Which arguments PyTorch's own functions take, in the order in which it tries them: see Signature.
    std::vector<std::string_view> overloads = {};
    /// What PyTorch says of arguments where it takes them otherwise, in Python or as a method.
    Failure (*refusal)(const Op& op, const PythonCall& call) = nullptr;
    std::string_view symbol = {};           ///< The Python operator, if there is one: "*".
    /// How PyTorch's users write the call where that is not `torch(tensors, attributes)`: `x[:, 0]`.
    std::string (*spelled)(const Spelling& call) = nullptr;
    bool isPlainTuple = false;  ///< In PyTorch the outputs have no names: they are reached as `y[0]`, `y[1]`.
    bool givesArray = false;    ///< In Python the output is a NumPy array and no tensor.
    /// Its attribute `file` names what it is made of. Whoever evaluates reads the file and hands the tensor
    /// to `forward` as the only input.
    bool readsFile = false;
    /// It walks back over the tape, from its first input to its second with its third as upstream gradient, and gives
    /// the gradient, recorded. It depends on the tape and not on the tensors alone, so whoever evaluates does that
    /// (differentiated() of engine/autograd) and calls neither `forward` nor `vjp`.
    bool walksBack = false;
    GradFn gradFn;
    std::vector<Saved> saves;               ///< Empty: may be differentiated any number of times.
    /// Follows the call where PyTorch makes other grad_fns of it than the one that `gradFn` and `saves` describe, and
    /// gives its output; nullopt where it makes just that one. See grad_fns.h.
    std::optional<TracedTensor> (*gradFns)(GradFnTrace& trace) = nullptr;
    Result<Types> (*infer)(const Call<TensorType>& call);  ///< Refuses by type and attribute.
    Result<Tensors> (*forward)(const Call<Tensor>& call);  ///< Refuses what only values can tell.
    Gradients (*vjp)(const VjpCall& call);                 ///< Total. nullptr: not differentiable.
    Failure (*refusedVjp)(const VjpCall& call) = nullptr;  ///< Refuses what PyTorch does only on the way back.
    /// Whether PyTorch hands back the first input itself and records nothing (`to` its own dtype).
    bool (*returnsInput)(const Call<Tensor>& call) = nullptr;
    /// Whether the outputs are views of the first input, in PyTorch's memory.
    bool (*isView)(const Call<Value>& call, const Tensor& output) = nullptr;
    Repairs repairs = {};
    std::vector<Sample> samples;            ///< Inputs that every generated test runs on.
    std::vector<Sample> errors = {};        ///< Calls that PyTorch refuses; the words are compared.
    Attributes defaults = {};               ///< Of the optional attributes; filled in by the registry.

    std::size_t tensorParameterCount() const;
    /// The tensor parameter that is number `index` among them; nullptr if there are not so many.
    const Parameter* tensorParameter(std::size_t index) const;
    /// How what is sent to an input of a call is drawn. Precondition: there is a rule for it.
    const GradientPicture& picture(std::size_t input) const;
    /// Whether PyTorch keeps anything for the backward pass when these inputs (one bit each) need a gradient.
    bool savesFor(unsigned inputsThatNeedGrad) const;
};

/// The call with all its parameters: "torch.sum(input, dim=None, keepdim=False, dtype=None)".
std::string signature(const Op& op);

/// Which parameter an input of a call belongs to, where it stands in the signature, and which item of a list
/// it is. nullptr: the op has no such input (a file's tensor).
struct InputPlace {
    const Parameter* parameter;
    std::size_t position;
    std::optional<std::size_t> item;
};
InputPlace parameterOf(const Op& op, std::size_t input);

/// An attribute in its parameter's kind (an int as a float, a lone int as a list, "nan" as a number, a dtype by its
/// name), or a TypeError about what it is; PyTorch's own depends on the whole call: see completed().
Result<Attribute> converted(const Op& op, const Parameter& parameter, const Attribute& given);

/// The attributes complete with defaults and each in its parameter's kind, or what PyTorch says of what is missing,
/// unknown or of a wrong kind. `isGiven`: one flag for each tensor parameter, as those that are missing count too.
Result<Attributes> completed(const Op& op, std::span<const bool> isGiven, const Attributes& given);

/// Every operation, in the order of the catalogue; the records live as long as the program.
std::span<const Op> allOps();
/// nullptr: there is no such operation.
const Op* findOp(std::string_view name);

/// How PyTorch begins a complaint about an argument: "mul(): argument 'other' (position 2) ".
std::string argumentText(const Op& op, const Parameter& parameter, std::size_t position);

/// The types of the outputs, or what PyTorch says before it computes: of numbers where only tensors may stand, and of
/// types. `attributes` are complete.
Result<Types> inferred(const Op& op, std::span<const TensorType> inputs, const Attributes& attributes);
/// The first of that: of a Python number as input number `input`.
Failure numberRefusal(const Op& op, std::size_t input, const TensorType& number);
/// Checks and computes: PyTorch's errors for numbers where only tensors may stand, for types (`infer`) and
/// for values (`forward`). `attributes` are complete.
Result<Tensors> computed(const Op& op, std::span<const Value> inputs, const Attributes& attributes);
/// Records, where an input has a place; `attributes` as for Tape::record.
Values recorded(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                std::span<const Tensor> outputs);
/// Under no_grad: nothing is recorded. But an input that is handed back stays what it is, and of a view of a tensor that
/// requires grad PyTorch says that it requires grad, too, though no gradient goes through it.
Values unrecorded(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                  std::span<const Tensor> outputs);
/// What PyTorch prints in `grad_fn=<…>` for what an entry of the tape recorded; empty for a leaf.
std::string_view gradFnName(Tape& tape, std::size_t entry);
/// Both: the call as a user makes it.
Result<Values> perform(const Op& op, std::span<const Value> inputs, const Attributes& attributes);

}  // namespace chainrule
