// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/picked_ports.h"

namespace chainrule {

void PickedPorts::pick(const Port& port)
{
    if (const auto* target = std::get_if<Target>(&port))
        input = *target;
    else
        output = std::get<OutputId>(port);
}

void PickedPorts::keepWhatIsIn(const Scene& scene)
{
    if (output && !scene.contains(output->node))
        output.reset();
    if (input && !scene.contains(input->node))
        input.reset();
}

}  // namespace chainrule
