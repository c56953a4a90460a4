// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/console.h"
#include "engine/autograd/run.h"
#include "engine/io/document.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chainrule::cli {

/// One `--backward NODE[:OUTPUT]` and its `--gradient`.
struct RootOption {
    std::string node;
    std::optional<std::string> gradient = {};
};

/// What stands between two `--then`.
struct PassOption {
    std::vector<RootOption> roots = {};
    bool retainGraph = false;
    bool createGraph = false;
    std::optional<std::vector<std::string>> inputs = {};
};

/// Which document, and what replaces parts of it for this run.
struct SessionOptions {
    std::filesystem::path file;
    std::vector<std::pair<std::string, std::string>> sets = {};  ///< NAME and what follows its `=`.
    std::vector<PassOption> passes = {};  ///< Empty: the document's own.
    bool runsPasses = true;               ///< Otherwise they are prepared and left to the caller.
    bool wantsEvents = false;
    FileErrors damaged = {};              ///< See EvaluateOptions.
};

/// One backward step as it is to be run.
struct Step {
    RunStep run;
    std::vector<std::string> seedFiles = {};  ///< Where its seeds come from, by root; empty for none.
    std::string name;                         ///< The first root, for messages.
};

/// A document that has been evaluated and differentiated.
struct Session {
    Diagram diagram;
    std::filesystem::path folder;  ///< Its files are relative to this.
    std::vector<Step> steps;               ///< Those that were asked for; `run` has those that ran.
    std::vector<std::string> swappedFiles;  ///< Those of another byte order, as the document names them.
    Run run;

    /// The step that failed: none after it ran.
    std::optional<std::size_t> failedStep() const;
};

/// Loads, evaluates and runs the passes. Errors of nodes and passes are in the session.
/// @returns what makes the document or the arguments unusable.
Result<Session> openSession(const SessionOptions& options);

/// Opens a session and has `use` read it, which prints and complains and says with which status to end. Where a file
/// turns out to be damaged after that, nothing is printed, and all is done again with an error on the file's nodes.
/// @returns unusable where there is no session, with a complaint.
Status inSession(SessionOptions options, const std::function<Status(Session&)>& use);

/// Complains of every node and pass that failed. @returns whether any did.
Status complainOf(const Session& session);

}  // namespace chainrule::cli
