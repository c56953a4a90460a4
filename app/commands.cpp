// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"

#include "widgets/theme/appearance.h"

#include <QActionGroup>
#include <QMenu>
#include <QMenuBar>
#include <QWidget>

namespace chainrule {
namespace {

using Keys = Command::Keys;
using Kind = Command::Kind;
using Menu = Command::Menu;

bool hasNodes(const Situation& now) { return now.hasNodes; }
bool hasSelection(const Situation& now) { return now.hasSelection; }
bool hasValue(const Situation& now) { return now.hasValue; }
bool hasGradient(const Situation& now) { return now.hasGradient; }
bool hasError(const Situation& now) { return now.hasError; }
bool hasBackward(const Situation& now) { return now.hasBackward; }
bool canUndo(const Situation& now) { return now.canUndo; }
bool canRedo(const Situation& now) { return now.canRedo; }
bool canStepBack(const Situation& now) { return now.canStepBack; }
bool canStepForward(const Situation& now) { return now.canStepForward; }
bool canStep(const Situation& now) { return now.canStepBack || now.canStepForward; }
bool hasAnomaly(const Situation& now) { return now.hasAnomaly; }
bool hasBreakpoints(const Situation& now) { return now.hasBreakpoints; }

constexpr const char* context = "Commands";

const Command table[] = {
    // File
    {.id = CommandId::New, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&New"), .keys = "Ctrl+N",
     .help = QT_TRANSLATE_NOOP("Commands", "Opens an empty document."),
     .icon = "new"},
    {.id = CommandId::Open, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&Open…"), .keys = "Ctrl+O",
     .help = QT_TRANSLATE_NOOP("Commands", "Opens documents."),
     .icon = "open"},
    {.id = CommandId::OpenRecent, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "Open &Recent"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Documents that were open before."),
     .kind = Kind::Submenu},
    {.id = CommandId::Save, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&Save"), .keys = "Ctrl+S",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the document to its file."),
     .icon = "save", .startsGroup = true},
    {.id = CommandId::SaveAs, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "Save &As…"), .keys = "Ctrl+Shift+S",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the document to another file.")},
    {.id = CommandId::SaveValue, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "Save &Value as .npy…"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the value of the selected node to a file that NumPy reads."),
     .isEnabled = hasValue, .startsGroup = true},
    {.id = CommandId::SaveGradient, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "Save &Gradient as .npy…"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the gradient of the selected node to a file that NumPy reads."),
     .isEnabled = hasGradient},
    {.id = CommandId::ExportAll, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&Export All as .npy…"), .keys = "Ctrl+E",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes every value and every .grad to a folder."),
     .isEnabled = hasNodes, .icon = "export"},
    {.id = CommandId::ExportPython, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&PyTorch Script…"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes a Python script that computes the same with PyTorch."),
     .isEnabled = hasNodes, .submenu = QT_TRANSLATE_NOOP("Commands", "E&xport")},
    {.id = CommandId::ExportDot, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&Graphviz…"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the graph as text for Graphviz."),
     .isEnabled = hasNodes, .submenu = QT_TRANSLATE_NOOP("Commands", "E&xport")},
    {.id = CommandId::ExportPng, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "P&NG Picture…"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the whole canvas as a picture."),
     .isEnabled = hasNodes, .submenu = QT_TRANSLATE_NOOP("Commands", "E&xport")},
    {.id = CommandId::ExportSvg, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&SVG Picture…"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Writes the whole canvas as a picture that scales."),
     .isEnabled = hasNodes, .submenu = QT_TRANSLATE_NOOP("Commands", "E&xport")},
    {.id = CommandId::Close, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&Close Window"), .keys = "Ctrl+W",
     .help = QT_TRANSLATE_NOOP("Commands", "Closes this window and its document."),
     .startsGroup = true},
    {.id = CommandId::Quit, .menu = Menu::File,
     .text = QT_TRANSLATE_NOOP("Commands", "&Quit"), .keys = "Ctrl+Q",
     .help = QT_TRANSLATE_NOOP("Commands", "Closes all windows.")},
    // Edit
    {.id = CommandId::Undo, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "&Undo"), .keys = "Ctrl+Z",
     .help = QT_TRANSLATE_NOOP("Commands", "Takes the last change back."),
     .isEnabled = canUndo, .icon = "undo"},
    {.id = CommandId::Redo, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "&Redo"), .keys = "Ctrl+Shift+Z; Ctrl+Y",
     .help = QT_TRANSLATE_NOOP("Commands", "Makes a change again that was taken back."),
     .isEnabled = canRedo, .icon = "redo"},
    {.id = CommandId::Cut, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "Cu&t"), .keys = "Ctrl+X",
     .help = QT_TRANSLATE_NOOP("Commands", "Takes the selected nodes to the clipboard, as text."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection, .startsGroup = true},
    {.id = CommandId::Copy, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "&Copy"), .keys = "Ctrl+C",
     .help = QT_TRANSLATE_NOOP("Commands", "Copies the selected nodes to the clipboard, as text."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::Paste, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "&Paste"), .keys = "Ctrl+V",
     .help = QT_TRANSLATE_NOOP("Commands", "Adds the clipboard's nodes where the mouse is."),
     .scope = Keys::OnCanvas},
    {.id = CommandId::Duplicate, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "&Duplicate"), .keys = "Ctrl+D",
     .help = QT_TRANSLATE_NOOP("Commands", "Adds the selected nodes once more, linked to the same inputs."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::Delete, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "De&lete"), .keys = "Del; Backspace",
     .help = QT_TRANSLATE_NOOP("Commands", "Removes the selected nodes."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection, .icon = "delete"},
    {.id = CommandId::DeleteAndReconnect, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "Delete and Rec&onnect"), .keys = "Ctrl+Del",
     .help = QT_TRANSLATE_NOOP("Commands", "Removes the selected nodes; what they were linked to is linked instead."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::SelectAll, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "Select &All"), .keys = "Ctrl+A",
     .help = QT_TRANSLATE_NOOP("Commands", "Selects every node."),
     .scope = Keys::OnCanvas, .isEnabled = hasNodes, .startsGroup = true},
    {.id = CommandId::SelectUpstream, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "Select Up&stream"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Selects also what the selected nodes are computed from."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::SelectDownstream, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "Select Do&wnstream"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Selects also what is computed from the selected nodes."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::Find, .menu = Menu::Edit,
     .text = QT_TRANSLATE_NOOP("Commands", "&Find…"), .keys = "Ctrl+F; Ctrl+K",
     .help = QT_TRANSLATE_NOOP("Commands", "Finds nodes by name, operation, shape or state, and commands by name."),
     .icon = "search", .startsGroup = true},
    // View
    {.id = CommandId::FrameSelection, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Frame Selected"), .keys = "F",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows the selected nodes as large as fits."),
     .scope = Keys::OnCanvas, .isEnabled = hasNodes},
    {.id = CommandId::FrameAll, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Fra&me All"), .keys = "Home; Shift+F",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows all nodes."),
     .scope = Keys::OnCanvas, .isEnabled = hasNodes, .icon = "frame-all"},
    {.id = CommandId::ZoomActual, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&100 %"), .keys = "1; Ctrl+0",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows nodes in their own size."),
     .scope = Keys::OnCanvas},
    {.id = CommandId::ZoomIn, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Zoom &In"), .keys = "Ctrl++; Ctrl+=",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows the canvas larger.")},
    {.id = CommandId::ZoomOut, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Zoom &Out"), .keys = "Ctrl+-",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows the canvas smaller.")},
    {.id = CommandId::ShowPalette, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Palette"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows or hides the operations at the left."),
     .kind = Kind::Checkable, .startsGroup = true},
    {.id = CommandId::ShowInspector, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Inspecto&r"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows or hides the page about the selected node."),
     .kind = Kind::Checkable},
    {.id = CommandId::ShowPlayer, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Steps"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows or hides the steps of the forward and the backward pass."),
     .kind = Kind::Checkable},
    {.id = CommandId::ShowHealth, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Gradient &Health"), .keys = "Ctrl+H",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows or hides the chart of all gradients' norms."),
     .kind = Kind::Checkable},
    {.id = CommandId::ShowBackwardGraph, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Backward Graph"), .keys = "Ctrl+B",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows or hides PyTorch's graph of grad_fns, and what each of them keeps."),
     .kind = Kind::Checkable},
    {.id = CommandId::ShowGradientStates, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Gradients on Lin&ks"), .keys = "O",
     .help = QT_TRANSLATE_NOOP("Commands", "Draws links by what they do in the backward pass, or all alike."),
     .scope = Keys::OnCanvas, .kind = Kind::Checkable, .startsGroup = true},
    {.id = CommandId::HealthOnNodes, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Health on &Nodes"), .keys = "H",
     .help = QT_TRANSLATE_NOOP("Commands", "Tints nodes by their gradient's norm and marks what vanishes, explodes, is dead or saturated."),
     .scope = Keys::OnCanvas, .kind = Kind::Checkable},
    {.id = CommandId::CheckGradients, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Check Gradients"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Compares gradients with central differences, in the background, and says on leaves how they fare."),
     .kind = Kind::Checkable},
    {.id = CommandId::ShowLegend, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "Le&gend"), .keys = "Shift+O",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows or hides what the looks of links mean."),
     .scope = Keys::OnCanvas, .kind = Kind::Checkable},
    {.id = CommandId::ThemeSystem, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "As the &System"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Light or dark as the desktop says."),
     .kind = Kind::Checkable, .submenu = QT_TRANSLATE_NOOP("Commands", "&Theme"), .startsGroup = true},
    {.id = CommandId::ThemeLight, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Light"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Dark text on light."),
     .kind = Kind::Checkable, .submenu = QT_TRANSLATE_NOOP("Commands", "&Theme")},
    {.id = CommandId::ThemeDark, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Dark"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Light text on dark."),
     .kind = Kind::Checkable, .submenu = QT_TRANSLATE_NOOP("Commands", "&Theme")},
    {.id = CommandId::WheelZooms, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Zooms"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "The mouse wheel zooms. Two fingers on a trackpad always scroll."),
     .kind = Kind::Checkable, .submenu = QT_TRANSLATE_NOOP("Commands", "Mouse &Wheel")},
    {.id = CommandId::WheelScrolls, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "&Scrolls"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "The mouse wheel scrolls, and with Ctrl it zooms."),
     .kind = Kind::Checkable, .submenu = QT_TRANSLATE_NOOP("Commands", "Mouse &Wheel")},
    {.id = CommandId::FullScreen, .menu = Menu::View,
     .text = QT_TRANSLATE_NOOP("Commands", "F&ull Screen"), .keys = "F11",
     .help = QT_TRANSLATE_NOOP("Commands", "Gives the window the whole screen, or takes it back."),
     .kind = Kind::Checkable},
    // Node
    {.id = CommandId::AddNode, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "A&dd…"), .keys = "Tab; Shift+A",
     .help = QT_TRANSLATE_NOOP("Commands", "Searches for an operation and adds it where the mouse is."),
     .scope = Keys::OnCanvas, .icon = "add-node"},
    {.id = CommandId::SearchPalette, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "&Search the Palette"), .keys = "Ctrl+P",
     .help = QT_TRANSLATE_NOOP("Commands", "Puts the cursor in the palette's search field.")},
    {.id = CommandId::Rename, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "&Rename"), .keys = "F2",
     .help = QT_TRANSLATE_NOOP("Commands", "Edits the name of the selected node in its place."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection, .startsGroup = true},
    {.id = CommandId::EditValue, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "&Edit Value"), .keys = "E",
     .help = QT_TRANSLATE_NOOP("Commands", "Edits the literal of the selected tensor or number in its place."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::FixError, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "Fi&x Error…"), .keys = "Ctrl+.",
     .help = QT_TRANSLATE_NOOP("Commands", "Offers ways out of the error of the selected node."), .isEnabled = hasError},
    {.id = CommandId::RequiresGrad, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "Re&quires Gradient"), .keys = "R",
     .help = QT_TRANSLATE_NOOP("Commands", "Switches requires_grad of the selected tensors."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection, .startsGroup = true},
    {.id = CommandId::RetainGrad, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "Retai&n Gradient"), .keys = "G",
     .help = QT_TRANSLATE_NOOP("Commands", "Switches retain_grad of the selected nodes: PyTorch then keeps their .grad."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::Mute, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "&Mute"), .keys = "M",
     .help = QT_TRANSLATE_NOOP("Commands", "The first input goes through the selected nodes as it is, or again not."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::ExplainGradient, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "Ex&plain Gradient"), .keys = "Shift+E",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows every term that made the largest number of the selected node's gradient, back to the loss. "
                               "A click on a number explains that one."),
     .scope = Keys::OnCanvas, .isEnabled = hasGradient},
    {.id = CommandId::InsertGradient, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "&Insert Gradient Node"), .keys = "Shift+G",
     .help = QT_TRANSLATE_NOOP("Commands", "Adds the selected output's gradient as a node, which can be differentiated again: with respect to "
                               "the other selected nodes, or else to all leaves."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection},
    {.id = CommandId::LayOutSelection, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "La&y Out Selected"), .keys = "L",
     .help = QT_TRANSLATE_NOOP("Commands", "Orders the selected nodes from left to right."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection, .startsGroup = true},
    {.id = CommandId::LayOutAll, .menu = Menu::Node,
     .text = QT_TRANSLATE_NOOP("Commands", "Lay &Out All"), .keys = "Shift+L",
     .help = QT_TRANSLATE_NOOP("Commands", "Orders all nodes from left to right."),
     .scope = Keys::OnCanvas, .isEnabled = hasNodes, .icon = "layout"},
    // Run
    {.id = CommandId::AutoRun, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Auto-run"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Computes again after every change."),
     .kind = Kind::Checkable},
    {.id = CommandId::Run, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Run"), .keys = "F5; Ctrl+Return",
     .help = QT_TRANSLATE_NOOP("Commands", "Computes everything now."),
     .isEnabled = hasNodes, .icon = "run"},
    {.id = CommandId::Backward, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Backward"), .keys = "F6",
     .help = QT_TRANSLATE_NOOP("Commands", "Calls backward() on the selected node."),
     .isEnabled = hasNodes, .icon = "backward", .startsGroup = true},
    {.id = CommandId::ZeroGrad, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Zero Grad"), .keys = "Z",
     .help = QT_TRANSLATE_NOOP("Commands", "Forgets all backward passes: every .grad is None again."),
     .scope = Keys::OnCanvas, .isEnabled = hasBackward, .icon = "zero-grad"},
    {.id = CommandId::ZeroGradToZeros, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Zero Grad to Z&eros"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Calls zero_grad(set_to_none=False): what has a .grad keeps one, of zeros."),
     .isEnabled = hasBackward},
    {.id = CommandId::StepForward, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Step &Forward"), .keys = "F10",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows the next step of the forward and backward passes."),
     .isEnabled = canStepForward, .icon = "step-forward", .startsGroup = true},
    {.id = CommandId::StepBack, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "S&tep Back"), .keys = "F9",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows the step before."),
     .isEnabled = canStepBack, .icon = "step-back"},
    {.id = CommandId::StepToStart, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "To the &Start"), .keys = "Shift+F9",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows what is the case before any backward step; once more, before anything is computed."),
     .isEnabled = canStepBack, .icon = "first"},
    {.id = CommandId::StepToEnd, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "To the E&nd"), .keys = "Ctrl+F10",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows what is the case after all backward steps."),
     .isEnabled = canStepForward, .icon = "last"},
    {.id = CommandId::Play, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Play"), .keys = "F7",
     .help = QT_TRANSLATE_NOOP("Commands", "Shows step after step, up to a breakpoint or the end, or pauses."),
     .isEnabled = canStep, .icon = "play", .kind = Kind::Checkable},
    {.id = CommandId::Continue, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Continue to Breakpoint"), .keys = "F8",
     .help = QT_TRANSLATE_NOOP("Commands", "Goes on to the next step at which a breakpoint holds, or to the end."),
     .isEnabled = canStepForward, .icon = "continue"},
    {.id = CommandId::ContinueBack, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Back to Breakp&oint"), .keys = "Shift+F8",
     .help = QT_TRANSLATE_NOOP("Commands", "Goes back to the last step at which a breakpoint holds."),
     .isEnabled = canStepBack},
    {.id = CommandId::BreakAtNode, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Brea&kpoint on Node"), .keys = "B",
     .help = QT_TRANSLATE_NOOP("Commands", "Play and Continue stop at the selected nodes, or no more."),
     .scope = Keys::OnCanvas, .isEnabled = hasSelection, .icon = "breakpoint", .startsGroup = true},
    {.id = CommandId::BreakAtNotFinite, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Break on NaN or &Inf"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Play and Continue stop where a value or a gradient has NaN or an infinity."),
     .kind = Kind::Checkable},
    {.id = CommandId::BreakAtNorm, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Break on a Nor&m"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Play and Continue stop where a gradient is larger than the number beside the steps."),
     .kind = Kind::Checkable},
    {.id = CommandId::ClearBreakpoints, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "Remove Breakpoints from No&des"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Play and Continue no longer stop at nodes."),
     .isEnabled = hasBreakpoints},
    {.id = CommandId::FirstAnomaly, .menu = Menu::Run,
     .text = QT_TRANSLATE_NOOP("Commands", "&Go to the First NaN or Inf"), .keys = "N",
     .help = QT_TRANSLATE_NOOP("Commands", "Goes to the node and the step where NaN or an infinity began."),
     .scope = Keys::OnCanvas, .isEnabled = hasAnomaly, .startsGroup = true},
    // Help
    {.id = CommandId::Shortcuts, .menu = Menu::Help,
     .text = QT_TRANSLATE_NOOP("Commands", "&Keyboard Shortcuts"), .keys = "F1",
     .help = QT_TRANSLATE_NOOP("Commands", "Lists all commands with their keys.")},
    {.id = CommandId::Examples, .menu = Menu::Help,
     .text = QT_TRANSLATE_NOOP("Commands", "&Examples"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Documents that teach one thing each."),
     .kind = Kind::Submenu},
    {.id = CommandId::About, .menu = Menu::Help,
     .text = QT_TRANSLATE_NOOP("Commands", "&About Chainrule"), .keys = "",
     .help = QT_TRANSLATE_NOOP("Commands", "Says which version this is."),
     .startsGroup = true},
};

QString translated(const char* text)
{
    return QCoreApplication::translate(context, text);
}

}  // namespace

std::span<const Command> allCommands()
{
    return table;
}

QString menuTitle(Menu menu)
{
    switch (menu) {
    case Menu::File: return translated(QT_TRANSLATE_NOOP("Commands", "&File"));
    case Menu::Edit: return translated(QT_TRANSLATE_NOOP("Commands", "&Edit"));
    case Menu::View: return translated(QT_TRANSLATE_NOOP("Commands", "&View"));
    case Menu::Node: return translated(QT_TRANSLATE_NOOP("Commands", "&Node"));
    case Menu::Run: return translated(QT_TRANSLATE_NOOP("Commands", "&Run"));
    case Menu::Help: return translated(QT_TRANSLATE_NOOP("Commands", "&Help"));
    }
    return {};
}

QString plainText(const Command& command)
{
    return translated(command.text).remove(QLatin1Char('&')).remove(QStringLiteral("…"));
}

QList<QKeySequence> keysOf(const Command& command)
{
    return *command.keys ? QKeySequence::listFromString(QString::fromLatin1(command.keys)) : QList<QKeySequence>();
}

Commands::Commands(QWidget* window, QWidget* canvas) : QObject(window)
{
    for (const Command& command : table) {
        auto* const action = new QAction(translated(command.text), this);
        action->setShortcuts(keysOf(command));
        action->setToolTip(translated(command.help));
        action->setStatusTip(translated(command.help));
        action->setCheckable(command.kind == Kind::Checkable);
        if (*command.icon)
            action->setIcon(icon(QString::fromLatin1(command.icon)));
        const bool isForCanvas = command.scope == Keys::OnCanvas;
        action->setShortcutContext(isForCanvas ? Qt::WidgetShortcut : Qt::WindowShortcut);
        (isForCanvas ? canvas : window)->addAction(action);
        m_actions[command.id] = action;
    }
    auto* const themes = new QActionGroup(this);
    for (const CommandId id : {CommandId::ThemeSystem, CommandId::ThemeLight, CommandId::ThemeDark})
        themes->addAction(action(id));
    auto* const wheel = new QActionGroup(this);
    for (const CommandId id : {CommandId::WheelZooms, CommandId::WheelScrolls})
        wheel->addAction(action(id));
}

void Commands::on(CommandId id, std::function<void()> does)
{
    m_isAlive[id] = true;
    connect(action(id), &QAction::triggered, this, std::move(does));
}

void Commands::update(const Situation& situation)
{
    for (const Command& command : table)
        if (command.isEnabled)
            action(command.id)->setEnabled(command.isEnabled(situation));
}

void Commands::fill(QMenuBar& bar) const
{
    QMenu* menu = nullptr;
    QMenu* submenu = nullptr;
    const Command* previous = nullptr;
    for (const Command& command : table) {
        if (!previous || previous->menu != command.menu)
            menu = bar.addMenu(menuTitle(command.menu));
        if (command.startsGroup)
            menu->addSeparator();
        if (*command.submenu && (!previous || std::string_view(previous->submenu) != command.submenu))
            submenu = menu->addMenu(translated(command.submenu));
        (*command.submenu ? submenu : menu)->addAction(action(command.id));
        previous = &command;
    }
}

void Commands::fill(QMenu& menu, std::span<const CommandId> ids) const
{
    for (const CommandId id : ids)
        menu.addAction(action(id));
}

std::vector<CommandId> Commands::dead() const
{
    std::vector<CommandId> result;
    for (const Command& command : table)
        if (!m_isAlive.contains(command.id) && !action(command.id)->menu())
            result.push_back(command.id);
    return result;
}

}  // namespace chainrule
