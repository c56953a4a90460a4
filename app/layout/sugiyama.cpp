// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout/sugiyama.h"

#include <igraph/igraph.h>

#include <algorithm>
#include <mutex>

namespace chainrule {
namespace {

constexpr igraph_integer_t sweeps = 40;

/// An igraph object that destroys itself.
template <typename T, void (*destroy)(T*)>
class Owned {
public:
    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned()
    {
        if (m_isAlive)
            destroy(&m_object);
    }

    /// Takes what igraph says about having made the object.
    bool made(igraph_error_t result) { return m_isAlive = result == IGRAPH_SUCCESS; }
    T* operator&() { return &m_object; }

private:
    T m_object = {};
    bool m_isAlive = false;
};

using Integers = Owned<igraph_vector_int_t, igraph_vector_int_destroy>;

bool fill(Integers& integers, std::size_t size, auto&& element)
{
    if (!integers.made(igraph_vector_int_init(&integers, igraph_integer_t(size))))
        return false;
    for (std::size_t i = 0; i < size; ++i)
        VECTOR(*&integers)[i] = igraph_integer_t(element(i));
    return true;
}

}  // namespace

std::optional<Order> sugiyamaOrder(const Network& network)
{
    static std::mutex mutex;
    const std::scoped_lock lock(mutex);
    igraph_set_error_handler(igraph_error_handler_ignore);  // The one it begins with aborts the program.

    std::vector<std::size_t> ends;
    for (const Network::Link& link : network.links)
        if (network.columns[link.to] == network.columns[link.from] + 1) {
            ends.push_back(link.from);
            ends.push_back(link.to);
        }

    Integers edges;
    Integers columns;
    Owned<igraph_t, igraph_destroy> graph;
    Owned<igraph_matrix_t, igraph_matrix_destroy> places;
    if (!fill(edges, ends.size(), [&](std::size_t i) { return ends[i]; })
        || !fill(columns, network.vertices(), [&](std::size_t i) { return network.columns[i]; })
        || !graph.made(igraph_create(&graph, &edges, igraph_integer_t(network.vertices()), IGRAPH_DIRECTED))
        || !places.made(igraph_matrix_init(&places, 0, 0))
        || igraph_layout_sugiyama(&graph, &places, nullptr, nullptr, &columns, 1, 1, sweeps, nullptr)
               != IGRAPH_SUCCESS)
        return std::nullopt;

    Order order(*std::ranges::max_element(network.columns) + 1);
    for (std::size_t vertex = 0; vertex < network.vertices(); ++vertex)
        order[network.columns[vertex]].push_back(vertex);
    for (auto& column : order)
        std::ranges::stable_sort(column, {}, [&](std::size_t vertex) {
            return igraph_matrix_get(&places, igraph_integer_t(vertex), 0);
        });
    return order;
}

}  // namespace chainrule
